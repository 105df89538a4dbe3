"""The one bureau behind every channel. It knows nothing of HTTP."""
