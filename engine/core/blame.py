"""Errors of plugins: which file, which line, and what happened there."""

from __future__ import annotations

import traceback
from pathlib import Path

from engine.core.errors import BadInput, UserError

__all__ = ["PREFIX", "PluginError", "blame", "blamed"]

PREFIX = "primordia_plugin_"
"""What the names of modules made of a user's files begin with."""


class PluginError(BadInput):
    """Something wrong in a plugin: its file, the line if it is known, and what happened there."""

    def __init__(
        self, problem: str, *, path: Path | str | None = None, remedy: str = "", line: int = 0
    ) -> None:
        super().__init__(problem, path=path, remedy=remedy)
        self.line = line

    def __str__(self) -> str:
        words = super().__str__()
        if self.line and self.path is not None:
            return words.replace(f"{self.path}:", f"{self.path}, line {self.line}:", 1)
        return words

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.problem, self.path, self.remedy, self.line))


def _rebuild(problem: str, path: Path | None, remedy: str, line: int) -> PluginError:
    return PluginError(problem, path=path, remedy=remedy, line=line)


def blame(error: BaseException, path: Path) -> PluginError:
    """Say what went wrong in a plugin and in which of its lines."""
    remedy = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        remedy = f"Install {error.name} beside Primordia, or do without it"
    if isinstance(error, SystemExit):
        problem = "wants to end the program (sys.exit), which it may not"
    elif isinstance(error, SyntaxError):
        problem = f"{type(error).__name__}: {error.msg}"
    elif isinstance(error, UserError):
        problem, remedy = error.problem, error.remedy
    else:
        problem = f"{type(error).__name__}: {error}".rstrip(": ")
    return PluginError(problem, path=path, remedy=remedy, line=_line(error, path))


def _line(error: BaseException, path: Path) -> int:
    """Find the deepest line of the file that an error passed through; 0 if it did not."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    lines = [
        frame.lineno or 0
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return lines[-1] if lines else 0


def blamed(error: BaseException) -> BaseException:
    """Return an error as it is told: one that passed through a plugin names its file and line."""
    if isinstance(error, UserError):
        return error
    step, file = error.__traceback__, ""
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        file = step.tb_frame.f_code.co_filename if module.startswith(PREFIX) else file
        step = step.tb_next
    return blame(error, Path(file)) if file else error
