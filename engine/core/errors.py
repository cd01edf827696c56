"""The exceptions that carry a sentence for the user.

Everything a user can cause (a broken file, a value out of range, a device that is not there) is
raised as a `UserError`: one plain sentence that says what is wrong, the file it is about and the
remedy. The command line prints it on one line and exits with 2; the window shows it as a toast.
Anything else that reaches the top is our own fault and is reported with its traceback.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

__all__ = [
    "BadInput",
    "Cancelled",
    "DeviceError",
    "DivergedError",
    "PrimordiaError",
    "TooLarge",
    "UserError",
    "about",
]

E = TypeVar("E", bound=BaseException)


class PrimordiaError(Exception):
    """Base of every exception that Primordia raises on purpose."""


class Cancelled(PrimordiaError):
    """Raised by `poll` or an `Activity` when the user stopped the work; never an error."""


class UserError(PrimordiaError):
    """Something that the user can mend.

    Parameters
    ----------
    problem : str
        What is wrong, one plain sentence without a full stop at the end.
    path : Path or str, optional
        The file it is about; its name leads the message.
    remedy : str
        What to do, one plain sentence.
    """

    def __init__(self, problem: str, *, path: Path | str | None = None, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem.rstrip(".")
        self.path = Path(path) if path is not None else None
        self.remedy = remedy.rstrip(".")

    def __str__(self) -> str:
        lead = f"{self.path}: " if self.path is not None else ""
        tail = f". {self.remedy}." if self.remedy else "."
        return f"{lead}{self.problem}{tail}".replace("\n", " ")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.problem, self.path, self.remedy))


def _rebuild(kind: type[UserError], problem: str, path: Path | None, remedy: str) -> UserError:
    return kind(problem, path=path, remedy=remedy)


def about(error: E, path: Path | str | None) -> E:
    """Name the file that an error is about, where it names none itself."""
    if path is None or not isinstance(error, UserError) or error.path is not None:
        return error
    return type(error)(error.problem, path=path, remedy=error.remedy)


class BadInput(UserError):
    """A file, a value or an argument that cannot be used."""


class TooLarge(BadInput):
    """A file that is sound but too large to be used as it is; it can be made smaller."""


class DeviceError(UserError):
    """A device that is not there, or that ran out of memory."""


class DivergedError(UserError):
    """Training or a world left the finite numbers; the last good state was restored."""
