"""The form of an answer of the RPA channel."""

from ..calls import Answer


def answer(code: str, message: str, data: dict | None = None, **more) -> Answer:
    """An answer of this channel."""
    content = {"code": code, "message": message, "data": data or {}}
    return Answer(code, content, **more)


def ok(**data) -> Answer:
    """A good answer."""
    return answer("0000", "成功", data)
