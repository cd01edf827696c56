"""Every user action as a Qt action: menus, toolbar, shortcuts and scripts are made from them.

`primordia gui --do "id argument; id"` runs them by their ids; they are declared in `app.deeds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from app import theme
from app.deeds import ACTIONS
from app.deeds.spec import ActionSpec, Handler
from app.keymap import Keymap
from app.lab import Lab
from engine.core.errors import BadInput, UserError

__all__ = ["ACTIONS", "ActionSpec", "Actions"]


class Actions(QObject):
    """The actions of one window, as Qt actions that know whether they can be done.

    Parameters
    ----------
    lab : Lab
    handlers : mapping of id to callable
        What each action does; it gets the argument of a script, "" from a menu. Every id of the
        table must be there.
    changed_keys : mapping of id to list of keys, optional
        The user's own, as the settings hold them.

    Signals
    -------
    keys_changed
        Some action has another key.

    Attributes
    ----------
    keymap : Keymap
        Which keys the actions have; `set_keys` and `reset_keys` change it.
    """

    keys_changed = Signal()

    def __init__(
        self,
        lab: Lab,
        handlers: Mapping[str, Handler],
        parent: QObject | None = None,
        changed_keys: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parent)
        missing = {spec.id for spec in ACTIONS} ^ set(handlers)
        if missing:
            raise KeyError(f"actions and handlers differ in {sorted(missing)}")
        self._lab = lab
        self._handlers = dict(handlers)
        self.keymap = Keymap(ACTIONS, changed_keys)
        self._reasons: dict[str, str] = {}
        self._actions: dict[str, QAction] = {}
        for spec in ACTIONS:
            self._actions[spec.id] = self._make(spec)
        self.refresh()

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def key_text(self, id: str) -> str:
        """Return the key of an action as this system's users know it; "" if it has none."""
        return self._actions[id].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def set_keys(self, id: str, keys: Sequence[str]) -> None:
        """Give an action other keys; `BadInput` says whose a taken one is."""
        self.keymap.set(id, keys)
        self._take_keys()

    def reset_keys(self, id: str = "") -> None:
        """Give an action, or all of them, the keys that they are declared with."""
        if id:
            self.keymap.reset(id)
        else:
            self.keymap.reset_all()
        self._take_keys()

    def _take_keys(self) -> None:
        for id, action in self._actions.items():
            action.setShortcuts([QKeySequence.fromString(key) for key in self.keymap.keys(id)])
        self._reasons.clear()  # tooltips tell of keys
        self.refresh()
        self.keys_changed.emit()

    def run(self, id: str, argument: str = "") -> None:
        """Do an action by its id, as scripts and tests do.

        Raises
        ------
        BadInput
            If there is no such action, or it cannot be done now (the message says why).
        """
        spec = next((spec for spec in ACTIONS if spec.id == id), None)
        if spec is None:
            known = ", ".join(spec.id for spec in ACTIONS)
            raise BadInput(f"there is no action {id!r}", remedy=f"Use one of: {known}")
        reason = spec.refusal(self._lab)
        if reason:
            raise BadInput(f"{id} cannot be done now", remedy=reason)
        if spec.checkable and not argument:
            self._actions[id].trigger()
        else:
            self._handlers[id](argument)
        self.refresh()

    def refresh(self) -> None:
        """Bring enabled states, words and tooltips up to date; what is so already is not touched.

        It is called at every change of the world's state, many times a second.
        """
        for spec in ACTIONS:
            reason = spec.refusal(self._lab)
            if self._reasons.get(spec.id) != reason:
                self._reasons[spec.id] = reason
                action = self._actions[spec.id]
                action.setEnabled(not reason)
                action.setToolTip(_tooltip(spec, self.key_text(spec.id), reason))
        world = self._lab.world
        state = world.state if world is not None else None
        self._check("transport.play", state is not None and state.playing)
        self._check("train.toggle", state is not None and state.training)
        self._name("transport.play", "Pause" if state and state.playing else "Play")
        self._name("train.toggle", "Stop training" if state and state.training else "Train")
        back, again = world.undo_words if world is not None else ("", "")
        self._name("edit.undo", f"Undo {back}".strip())
        self._name("edit.redo", f"Redo {again}".strip())

    def retint(self) -> None:
        """Draw the icons anew after the theme changed."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(theme.icon(_icon(spec)))

    def _check(self, id: str, on: bool) -> None:
        if self._actions[id].isChecked() != on:
            self._actions[id].setChecked(on)

    def _name(self, id: str, words: str) -> None:
        if self._actions[id].text() != words:
            self._actions[id].setText(words)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        action.setStatusTip(spec.help)
        if spec.icon:
            action.setIcon(theme.icon(_icon(spec)))
        action.setShortcuts([QKeySequence.fromString(key) for key in self.keymap.keys(spec.id)])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(self._triggered)
        return action

    def _triggered(self) -> None:
        sender = self.sender()
        try:
            self._handlers[sender.objectName()]("")
        except UserError as error:
            self._lab.problem.emit(error)
        self.refresh()


def _icon(spec: ActionSpec) -> str:
    """The theme's switch wears the sign of the theme in force."""
    if spec.id == "view.theme" and not theme.current().dark:
        return "sun"
    return spec.icon


def _tooltip(spec: ActionSpec, key: str, reason: str) -> str:
    words = spec.help or spec.text.rstrip(".")
    keys = f"  ({key})" if key else ""
    return f"{words}{keys}" + (f"\n{reason}" if reason else "")
