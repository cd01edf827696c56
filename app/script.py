"""Actions one after the other: ``primordia gui --do "world.open life; wait 3; screenshot F"``.

Beside the ids of `app.actions` a script knows ``wait SECONDS``, ``wait-for alive|updates N|step
N|drawn|idle|file PATH``, ``screenshot FILE`` (the window as the user sees it, with what floats
above it), ``key Ctrl+K``, ``type TEXT``, ``click BUTTON``, ``panel NAME``, ``drop FILE``,
``hover-drop FILE``, ``set NAME=VALUE``,
``size WxH``, ``stroke ROW,COLUMN ROW,COLUMN ... [tool=NAME] [radius=R]``, ``pin ROW,COLUMN``,
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

__all__ = ["Script", "Statement", "parse"]

POLL_MS = 20
PATIENCE = 600.0


@dataclass(frozen=True)
class Statement:
    """One line: a verb and the rest of it."""

    verb: str
    argument: str


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
        Verb to a function of its argument; it may return a condition to wait for.

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
        self._until: Callable[[], bool] | None = None
        self._deadline = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._advance)

    def start(self) -> None:
        """Begin; `finished` tells of the end."""
        self._timer.start()

    def stop(self) -> None:
        """Give up what remains."""
        self._timer.stop()

    def _advance(self) -> None:
        statement = self._now
        try:
            if self._until is not None:
                if not self._until():
                    if time.monotonic() > self._deadline:
                        raise BadInput(f"waited {PATIENCE:.0f} s in vain")
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
            waiting = verb(statement.argument)  # type: ignore[operator]
            if callable(waiting):
                self._until, self._deadline = waiting, time.monotonic() + PATIENCE
        except UserError as error:
            self._end(error)
        except ValueError:
            words = f"{statement.verb} cannot use {statement.argument!r}"
            self._end(BadInput(words, remedy="app/verbs.py says what each verb takes"))
        except Exception as error:  # noqa: BLE001 (raised again by whoever runs the script)
            self._end(error)

    def _end(self, error: Exception | None) -> None:
        self._timer.stop()
        self.finished.emit(error)
