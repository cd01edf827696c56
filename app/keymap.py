"""Which key does what: as the actions declare it, and as the user changed it. No widgets in here.

Some keys belong to the picture (it takes them before the window when it has the keyboard) or to
moving about by keyboard; they cannot be given to an action, or it would work only at times.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Protocol

from PySide6.QtGui import QKeySequence

from engine.core.errors import BadInput

__all__ = ["RESERVED", "Keyed", "Keymap"]

logger = logging.getLogger(__name__)

RESERVED: Mapping[str, str] = {
    "Space": "plays or pauses, and held moves the picture",
    "Left": "goes one step back, and moves in lists",
    "Right": "does one step, and moves in lists",
    "Up": "moves the picture and the choice in lists",
    "Down": "moves the picture and the choice in lists",
    "Tab": "goes to the next control",
    "Shift+Tab": "goes to the control before",
    "Return": "presses what has the keyboard",
    "Enter": "presses what has the keyboard",
    "Esc": "leaves whatever is under way",
    "Backspace": "deletes in a field",
    "Del": "deletes in a field",
    "Home": "goes to the first of a list",
    "End": "goes to the last of a list",
    "PgUp": "pages in a list",
    "PgDown": "pages in a list",
    "Menu": "opens the menu of a place",
    "Shift+F10": "opens the menu of a place",
    "[": "makes the brush smaller",
    "]": "makes the brush larger",
    **{str(digit): "chooses a side of a solid, or a head" for digit in range(1, 10)},
    "L": "holds the camera of a solid",
    "O": "turns a solid like a turntable",
    "P": "shows a solid in parallel projection",
    "W": "shows the wires of a solid",
    "V": "shows the vertices of a solid",
}
"""Keys that a picture or the keyboard's own way through the window takes, and what they do there.

An action that has one of them by its declaration means the same by it.
"""

_MOST = 2  # keys of one action


class Keyed(Protocol):
    """What the keymap must know of an action."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def shortcut(self) -> str: ...
    @property
    def also(self) -> str: ...


def portable(key: str) -> str:
    """Write a key in Qt's portable notation; "" where it is none."""
    sequence = QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)
    text = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    # Qt makes keys without a name of what it cannot read.
    return text if text.isprintable() else ""


class Keymap:
    """The keys of every action.

    Parameters
    ----------
    actions : iterable of Keyed
    changed : mapping of id to list of keys
        The user's own, as `changes` returned them; what is not understood, belongs to nobody, or
        is taken is left out with a line in the log.
    """

    def __init__(self, actions: Iterable[Keyed], changed: Mapping[str, Any] | None = None) -> None:
        self._texts: dict[str, str] = {}
        self._declared: dict[str, tuple[str, ...]] = {}
        for action in actions:
            self._texts[action.id] = action.text.rstrip(".")
            keys = (portable(key) for key in (action.shortcut, action.also) if key)
            self._declared[action.id] = tuple(key for key in keys if key)
        self._own: dict[str, tuple[str, ...]] = {}
        self._take(changed or {})

    def ids(self) -> tuple[str, ...]:
        """All actions, in the order of their declaration."""
        return tuple(self._declared)

    def keys(self, id: str) -> tuple[str, ...]:
        """Keys of an action, in Qt's portable notation, the one that is shown first."""
        return self._own.get(id, self._declared.get(id, ()))

    def declared(self, id: str) -> tuple[str, ...]:
        """Keys that an action has unless the user changed them."""
        return self._declared.get(id, ())

    def is_changed(self, id: str) -> bool:
        """Whether an action has other keys than declared."""
        return id in self._own

    def changes(self) -> dict[str, list[str]]:
        """What differs from the declaration, for the settings file."""
        return {id: list(keys) for id, keys in sorted(self._own.items())}

    def owner(self, key: str, *, but: str = "") -> str:
        """Return the id of the action that has a key, or one that begins like it; "" if none."""
        wanted = QKeySequence.fromString(key)
        for id in self._declared:
            if id != but and any(_collide(wanted, other) for other in self.keys(id)):
                return id
        return ""

    def objection(self, id: str, key: str) -> str:
        """Say why an action cannot have a key; "" when it can."""
        key = portable(key)
        if not key:
            return "That is no key"
        if key in self._declared.get(id, ()) and not self.owner(key, but=id):
            return ""
        first = key.split(", ")[0]
        if first in RESERVED:
            return f"{_shown(first)} {RESERVED[first]}"
        owner = self.owner(key, but=id)
        return f"{_shown(key)} is taken by {self._texts[owner]}" if owner else ""

    def set(self, id: str, keys: Sequence[str]) -> None:
        """Give an action other keys; none takes them away.

        Raises
        ------
        BadInput
            If there is no such action, or a key is none, is reserved or is another's.
        """
        if id not in self._declared:
            raise BadInput(f"there is no action {id!r}", remedy="Choose one of the list")
        wanted = tuple(dict.fromkeys(portable(key) for key in keys))
        if len(wanted) > _MOST:
            raise BadInput(f"an action has at most {_MOST} keys", remedy="Take one away first")
        for key, given in zip(wanted, keys, strict=False):
            reason = self.objection(id, key or given)
            if reason:
                raise BadInput(reason, remedy="Press another key")
        if wanted == self._declared[id]:
            self._own.pop(id, None)
        else:
            self._own[id] = wanted

    def reset(self, id: str) -> None:
        """Give an action its declared keys again.

        Raises
        ------
        BadInput
            If one of them is another's by now.
        """
        self.set(id, self._declared.get(id, ()))

    def reset_all(self) -> None:
        """Give every action its declared keys again."""
        self._own.clear()

    def text(self) -> str:
        """List actions and keys as text, a line each, for a file or a message."""
        width = max((len(text) for text in self._texts.values()), default=0)
        lines = []
        for id, text in self._texts.items():
            keys = ", ".join(self.keys(id))
            if keys:
                lines.append(f"{text:<{width}}  {keys}" + ("  *" if id in self._own else ""))
        return "\n".join(lines)

    def _take(self, changed: Mapping[str, Any]) -> None:
        """Take the user's keys: first all that are taken away, then those that are given."""
        known = {id: keys for id, keys in changed.items() if id in self._declared and _fits(keys)}
        for id in set(changed) - set(known):
            logger.info("keys of %s were left out", id)
        self._own.update(dict.fromkeys(known, ()))
        for id, keys in known.items():
            try:
                self.set(id, keys)
            except BadInput as error:
                logger.warning("keys of %s were left out: %s", id, error)
                del self._own[id]
        # What was left out has its declared keys again: those given to others meanwhile stay there.
        for id in set(known) - set(self._own):
            free = tuple(key for key in self._declared[id] if not self.owner(key, but=id))
            if free != self._declared[id]:
                self._own[id] = free


def _fits(keys: Any) -> bool:
    return (
        isinstance(keys, list)
        and len(keys) <= _MOST
        and all(isinstance(key, str) and portable(key) for key in keys)
        # One of an action's own keys must not be how another one begins, either.
        and not any(_collide(QKeySequence.fromString(a), b) for a, b in combinations(keys, 2))
    )


def _collide(one: QKeySequence, other: str) -> bool:
    """Whether two keys cannot both be: they are equal, or one is how the other begins."""
    if one.isEmpty() or not other:
        return False
    against = QKeySequence.fromString(other)
    none = QKeySequence.SequenceMatch.NoMatch
    return one.matches(against) != none or against.matches(one) != none


def _shown(key: str) -> str:
    """Write a key as this system's users know it."""
    return QKeySequence.fromString(key).toString(QKeySequence.SequenceFormat.NativeText)
