"""Runs what is typed, in the thread of the window, and can be stopped while Python code runs.

Between two lines of typed code the interpreter calls `breathe` about 20 times a second, in which
the window lives on and may ask for a stop. What runs for long inside of one call of a library
cannot be stopped before it returns.
"""

from __future__ import annotations

import ast
import builtins
import code
import dis
import keyword
import linecache
import rlcompleter
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

from app.console.namespace import Namespace

__all__ = ["MOST_LETTERS", "Interpreter"]

MOST_LETTERS = 20_000
"""Of the output of one command; what is more is counted only."""

BREATH = 0.05  # seconds
_FILE = "<console"


class Interpreter(code.InteractiveInterpreter):
    """A Python session.

    Parameters
    ----------
    names : Namespace
    say : callable
        Gets text to show: what was printed, values, errors.
    breathe : callable
        Called between lines while something runs.

    Attributes
    ----------
    running : bool
    """

    def __init__(
        self, names: Namespace, say: Callable[[str], object], breathe: Callable[[], object]
    ) -> None:
        super().__init__(names)
        self.names = names
        self.running = False
        self._say, self._breathe = say, breathe
        self._stopping = False
        self._number = 0
        self._breathed = 0.0
        self._out = _Bounded()

    def is_whole(self, text: str) -> bool:
        """Tell whether a text can be run as it is, rather than being continued.

        A block is whole when an empty line follows it; what is wrong is whole, to be told so.
        """
        lines = text.split("\n")
        if not lines[-1].strip():
            text = text.rstrip() + "\n"
        try:
            if len(lines) > 1:
                return code.compile_command(text, _FILE, "single") is not None
        except (SyntaxError, ValueError, OverflowError):
            pass  # several statements, or a wrong one
        try:
            if code.compile_command(text, _FILE, "exec") is None:
                return False
        except (SyntaxError, ValueError, OverflowError):
            return True
        return not (lines[-1][:1].isspace() and lines[-1].strip())

    def run(self, text: str) -> None:
        """Run a text; the value of its last expression is shown."""
        self._number += 1
        name = f"{_FILE} {self._number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        try:
            parts = _parts(text, name)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            self._show(error, name)
            self._flush()
            return
        self.running, self._stopping, self._out = True, False, _Bounded()
        hook, tracing = sys.displayhook, sys.gettrace()
        sys.displayhook = self._display
        self._breathed = time.monotonic()
        try:
            with redirect_stdout(self._out), redirect_stderr(self._out):
                try:
                    sys.settrace(self._trace)
                    for part in parts:
                        exec(part, self.names)
                finally:
                    sys.settrace(tracing)
        except KeyboardInterrupt:
            self._out.write("Stopped\n")
        except SystemExit:
            self._out.write("The console does not end the program; close the window for that\n")
        except BaseException as error:  # noqa: BLE001 (shown, as a prompt does)
            self._show(error, name)
        finally:
            sys.displayhook = hook
            self.running = False
            self._flush()

    def stop(self) -> None:
        """Stop what runs, at its next line."""
        self._stopping = True

    def completions(self, text: str) -> list[str]:
        """Return what a text may go on as: names, attributes, keywords."""
        word = _last_word(text)
        if "." in word:
            names = self.names
            top = word.partition(".")[0]
            try:  # a property may fail, and one of a module is imported
                scope = {**names, top: names[top]} if top in names.names() else dict(names)
                found = rlcompleter.Completer(scope).attr_matches(word)
            except Exception:  # noqa: BLE001 (no completion is no error)
                found = []
        else:
            known = [*self.names.names(), *dir(builtins), *keyword.kwlist]
            found = [name for name in known if name.startswith(word)] if word else []
        return sorted({str(one).partition("(")[0] for one in found})

    # Within a run.

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Look at lines of typed code alone; what they call runs at full speed."""
        if not frame.f_code.co_filename.startswith(_FILE):
            return None
        # A loop without a body is one instruction that jumps to itself: no line is ever begun.
        frame.f_trace_opcodes = _spins(frame.f_code)
        return self._line

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        now = time.monotonic()
        if now - self._breathed > BREATH:
            self._breathed = now
            self._flush()
            self._breathe()
        if self._stopping:
            self._stopping = False
            raise KeyboardInterrupt
        return self._line

    def _display(self, value: Any) -> None:
        if value is not None:
            self.names["_"] = value
            self._out.write(repr(value) + "\n")

    def _show(self, error: BaseException, name: str) -> None:
        """Show an error by the lines that were typed and what they called, not by ours."""
        step = error.__traceback__
        while step is not None and not step.tb_frame.f_code.co_filename.startswith(_FILE):
            step = step.tb_next
        self._out.write("".join(traceback.format_exception(type(error), error, step)))

    def _flush(self) -> None:
        text = self._out.take()
        if text:
            self._say(text)


class _Bounded:
    """A file to write to, from any thread, that keeps so many letters and counts the rest."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = MOST_LETTERS
        self._lost = 0

    def write(self, text: str) -> int:
        kept = text[: self._room]
        self._room -= len(kept)
        self._lost += len(text) - len(kept)
        if kept:
            self._parts.append(kept)
        return len(text)

    def flush(self) -> None:
        """Do nothing: it is shown between lines."""

    def take(self) -> str:
        parts, self._parts = self._parts, []
        lost, self._lost = self._lost, 0
        return "".join(parts) + (f"\n... {lost:,} letters more\n" if lost else "")


def _parts(text: str, name: str) -> list[CodeType]:
    """Compile a text so that the value of its last statement is shown."""
    body = ast.parse(text, name).body
    parts = []
    if body[:-1]:
        parts.append(compile(ast.Module(body[:-1], []), name, "exec"))
    if body:
        parts.append(compile(ast.Interactive(body[-1:]), name, "single"))
    return parts


@lru_cache(maxsize=256)
def _spins(made: CodeType) -> bool:
    """Tell whether there is an instruction that jumps to itself."""
    steps = dis.get_instructions(made)
    return any(s.opcode in dis.hasjrel and s.argval == s.offset for s in steps)


def _last_word(text: str) -> str:
    """Return the name, with its dots, that a text ends with."""
    place = len(text)
    while place and (text[place - 1].isalnum() or text[place - 1] in "_."):
        place -= 1
    return text[place:]
