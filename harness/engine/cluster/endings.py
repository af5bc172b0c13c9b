"""How actors end, in a few words: Ray says it in a paragraph."""

from __future__ import annotations

from harness.core.text import one_line

NODE_GONE = "its machine is gone"


def end_of(error: Exception) -> str:
    """How the actor that an error is about ended."""
    text = str(error)
    if getattr(error, "actor_init_failed", False):
        return f"it cannot begin: {one_line(text.strip().splitlines()[-1])[:200]}"
    if "node" in text and ("died" in text or "dead" in text) and "its node" in text.lower():
        return NODE_GONE
    if "OutOfMemory" in type(error).__name__:
        return "it ran out of memory"
    return "its process ended"
