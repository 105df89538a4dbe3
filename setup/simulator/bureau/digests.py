"""What tells whether two requests ask for the same."""

import hashlib
import json


def digest(content: dict) -> str:
    """A digest of what was asked for."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
