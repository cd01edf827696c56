"""Actions one after the other: ``primordia gui --do "world.open life; wait 3; screenshot F"``.

Beside the ids of `app.actions` a script knows ``wait SECONDS``, ``wait-for alive|updates N|step
N|drawn|warm|recorded|idle|file PATH`` (what is waited for in vain ends the script), ``screenshot
FILE`` (the window as the user sees it, with what floats above it), ``key Ctrl+K``, ``type TEXT``,
``click BUTTON``, ``panel NAME``, ``drop FILE``, ``hover-drop FILE``, ``set NAME=VALUE``, ``size
WxH``, ``stroke ROW,COLUMN ROW,COLUMN ... [tool=NAME] [radius=R]``, ``pin ROW,COLUMN``,
``stroke-at X,Y X,Y ... [tool=NAME] [radius=R] [value=V]``, ``hover-at X,Y`` and ``pin-at X,Y``
(pixels of the viewport), ``orbit AZIMUTH,ELEVATION[,DISTANCE]``, ``switch NAME on|off``,
``theme dark|light``, ``view TITLE``, ``jump STEP``, ``replay`` and ``quit``. It is how the README's
and the guide's pictures are made.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from engine.core.errors import BadInput, UserError

__all__ = ["Awaited", "Script", "Statement", "parse"]

POLL_MS = 20
PATIENCE = 120.0
"""Seconds without a sign of what is waited for after which it is waited for in vain."""


@dataclass(frozen=True)
class Statement:
    """One line: a verb and the rest of it."""

    verb: str
    argument: str

    def __str__(self) -> str:
        return f"{self.verb} {self.argument}".rstrip()


@dataclass(frozen=True)
class Awaited:
    """What a script waits for.

    Attributes
    ----------
    done : callable
        Whether it is there.
    sign : callable
        Anything that changes while it comes nearer: a wait without a sign of it ends by itself.
    """

    done: Callable[[], bool]
    sign: Callable[[], object] = lambda: None


def parse(text: str) -> tuple[Statement, ...]:
    """Split a script at semicolons; a verb ends at the first space.

    Raises
    ------
    BadInput
        If quotes do not close.
    """
    try:
        tokens = shlex.shlex(text, posix=True, punctuation_chars=";")
        tokens.whitespace_split = True
        words = list(tokens)
    except ValueError as error:
        raise BadInput(f"the script cannot be read: {error}") from None
    statements: list[Statement] = []
    line: list[str] = []
    for word in [*words, ";"]:
        if set(word) == {";"}:
            if line:
                statements.append(Statement(line[0], " ".join(line[1:])))
            line = []
        else:
            line.append(word)
    return tuple(statements)


class Script(QObject):
    """Runs statements in the window's event loop.

    Parameters
    ----------
    statements : tuple of Statement
    verbs : mapping
        Verb to a function of its argument; it may return an `Awaited`.

    Signals
    -------
    finished : object
        None, or the error that ended it.
    """

    finished = Signal(object)

    def __init__(
        self,
        statements: tuple[Statement, ...],
        verbs: Callable[[str], Callable[[str], object] | None] | Mapping[str, object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._rest = list(statements)
        self._now = Statement("", "")
        self._verbs = verbs if callable(verbs) else verbs.get
        self._ended = False
        self._until: Awaited | None = None
        self._sign: object = None
        self._deadline = 0.0
        # What opens a dialog and waits for its answer keeps the timer below from coming again.
        self._watch = QTimer(self, singleShot=True, interval=round(1000 * PATIENCE))
        self._watch.timeout.connect(self._held)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._advance)

    def start(self) -> None:
        """Begin; `finished` tells of the end."""
        self._timer.start()

    def stop(self) -> None:
        """Give up what remains."""
        self._timer.stop()
        self._watch.stop()

    def _advance(self) -> None:
        statement = self._now
        try:
            if self._until is not None and not self._met(self._until):
                return
            self._until = None
            if not self._rest:
                self._end(None)
                return
            statement = self._now = self._rest.pop(0)
            verb = self._verbs(statement.verb)
            if verb is None:
                raise BadInput(
                    f"there is no action {statement.verb!r}",
                    remedy="Use an id of the shortcut page, or wait, screenshot, drop, set",
                )
            self._watch.start()
            waiting = verb(statement.argument)  # type: ignore[operator]
            self._watch.stop()
            if isinstance(waiting, Awaited):
                self._until, self._sign = waiting, waiting.sign()
                self._deadline = time.monotonic() + PATIENCE
        except UserError as error:
            self._end(error)
        except ValueError:
            words = f"{statement.verb} cannot use {statement.argument!r}"
            self._end(BadInput(words, remedy="app/verbs.py says what each verb takes"))
        except Exception as error:  # noqa: BLE001 (raised again by whoever runs the script)
            self._end(error)

    def _met(self, awaited: Awaited) -> bool:
        """Tell whether what is waited for is there.

        Raises
        ------
        BadInput
            If nothing came nearer to it for too long.
        """
        if awaited.done():
            return True
        sign, now = awaited.sign(), time.monotonic()
        if sign != self._sign:
            self._sign, self._deadline = sign, now + PATIENCE
        elif now > self._deadline:
            words = f"{str(self._now)!r} waited in vain: nothing came of it in {PATIENCE:.0f} s"
            raise BadInput(words, remedy="Let the script bring about what it waits for")
        return False

    def _held(self) -> None:
        words = f"{str(self._now)!r} did not come back in {PATIENCE:.0f} s"
        self._end(BadInput(words, remedy="Give it all that it would ask for"))

    def _end(self, error: Exception | None) -> None:
        if self._ended:
            return  # what came back after all comes too late
        self._ended = True
        self.stop()
        self.finished.emit(error)
