"""A world stopped: what happened, what was kept, and the way on, in a sentence each."""

from __future__ import annotations

from engine.core.commands import Failure
from engine.core.errors import DivergedError, UserError

__all__ = ["cause", "headline", "way_on"]

_TITLES = {
    "building": "could not be built",
    "stepping": "stopped",
    "training": "stopped training",
    "drawing": "could not be drawn",
    "recording": "stopped recording",
}


def headline(title: str, failure: Failure) -> str:
    """Say which world failed at what, and why."""
    return f"{title} {_TITLES.get(failure.during, 'failed')}: {cause(failure)}"


def cause(failure: Failure) -> str:
    """Say what happened in one sentence."""
    error = failure.error
    if isinstance(error, UserError):
        return str(error)
    return f"{type(error).__name__}: {error}".rstrip(".") + "."


def way_on(failure: Failure) -> str:
    """Say what was kept and what can be done now."""
    if failure.during == "building":
        return "Change a parameter or open another world; nothing else was touched."
    if failure.during == "recording":
        return "The world goes on."  # the error says what was kept
    if failure.during == "training":
        return "The weights are those before the failure. Press Train (T) to go on."
    if isinstance(failure.error, DivergedError) and failure.restored is not None:
        return "Press Play to go on."  # the error names the step itself
    if failure.restored is None:
        return "Reset begins again from the seed."
    return (
        f"The last good state, of step {failure.restored:,}, was brought back. Press Play to go on."
    )
