"""What went wrong, in a form that can be shown: causes told apart, tracebacks as text."""

from __future__ import annotations

import traceback
from typing import Any

from engine.core.blame import blamed
from engine.core.errors import DeviceError, DivergedError

__all__ = ["NotFinite", "detach", "diverged", "in_words", "report_of"]

_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


def in_words(error: BaseException) -> BaseException:
    """Return the error as the user should read it.

    Exhausted memory becomes a `DeviceError`, what a plugin did a `PluginError` that names its line.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    text = str(error)
    starved = isinstance(error, MemoryError) or "OutOfMemoryError" in kinds
    if isinstance(error, RuntimeError) and any(sign in text.lower() for sign in _NO_MEMORY):
        starved = True
    if not starved:
        return blamed(error)
    if "cuda" in text.lower():
        return DeviceError(
            "the graphics card ran out of memory",
            remedy="Make the world or the batch smaller, or choose the device cpu",
        )
    return DeviceError(
        "this computer ran out of memory", remedy="Make the world or the batch smaller"
    )


def report_of(error: BaseException) -> str:
    """Format the traceback, causes included."""
    return "".join(traceback.format_exception(error))


def detach(error: BaseException) -> BaseException:
    """Drop tracebacks and contexts: their frames would keep a whole world's arrays alive."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


class NotFinite(Exception):
    """What left the finite numbers, and when: found by the runner, told as a `DivergedError`."""


def diverged(
    found: NotFinite, changed: tuple[str, Any] | None, restored: int | None
) -> DivergedError:
    """Say what left the finite numbers, after which change, and which state was restored."""
    after = f" (the parameter changed last was {changed[0]} = {changed[1]!r})" if changed else ""
    back = (
        f"the state of step {restored} was restored"
        if restored is not None
        else "no earlier state could be restored"
    )
    name = changed[0] if changed else "its parameters"
    return DivergedError(
        f"{found} left the finite numbers{after}; {back}", remedy=f"Change {name} before you go on"
    )
