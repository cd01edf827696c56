"""A button for each of the actions that the selected world offers."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.dialogs.act import asks, perform
from app.lab import Lab
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import RunnerState
from engine.core.figures import HeadsView
from engine.core.programs import Place
from engine.core.system import ActionOffer
from engine.core.views import View

__all__ = ["OwnActionsPanel"]

_PLACES = {"program": ("program",), "head": ("layer", "head")}
"""Arguments that are known of what is picked, or in focus."""

BESIDE = 122
"""A button that is not wider stands beside another one."""


class OwnActionsPanel(QWidget):
    """Offers the actions of the selected world; those for a program wait until one is picked.

    Those for a head of attention are for the one in focus.

    Signals
    -------
    available : bool
        Whether the selected world has any.
    """

    available = Signal(bool)

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._offers: tuple[ActionOffer, ...] = ()
        self._place: Place | None = None
        self._head: tuple[int, int] | None = None
        self.buttons: dict[str, QPushButton] = {}
        self.note = dim_label()
        self.note.setWordWrap(True)
        self.note.hide()
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.UNIT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        layout.setSpacing(theme.UNIT)
        layout.addLayout(self._grid)
        layout.addWidget(self.note)
        lab.selected.connect(self._select)
        self._select(lab.world)

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.state_changed.disconnect(self._state_changed)
            self._world.program_picked.disconnect(self._picked)
            self._world.views_changed.disconnect(self._views_changed)
        self._world = world
        self._place = self._head = None
        self._say("")
        self._offer(())
        if world is not None:
            world.state_changed.connect(self._state_changed)
            world.program_picked.connect(self._picked)
            world.views_changed.connect(self._views_changed)
            self._state_changed(world.state)
            self._views_changed(world.views)

    def _state_changed(self, state: RunnerState) -> None:
        if state.capabilities is not None:
            wanted = ("none", "program", "head")
            self._offer(tuple(o for o in state.capabilities.actions if o.target in wanted))

    def _offer(self, offers: tuple[ActionOffer, ...]) -> None:
        if offers != self._offers:
            self._offers = offers
            for button in self.buttons.values():
                self._grid.removeWidget(button)
                button.hide()
                button.deleteLater()
            self.buttons = {offer.name: self._button(offer) for offer in offers}
            self._arrange()
            self._refresh()
        self.available.emit(bool(offers))

    def _button(self, offer: ActionOffer) -> QPushButton:
        asked = asks(offer, dict.fromkeys(_PLACES.get(offer.target, ())))
        button = QPushButton(f"{offer.title}..." if asked else offer.title)
        button.setObjectName(offer.name)
        button.clicked.connect(self._clicked)
        return button

    def _arrange(self) -> None:
        buttons = list(self.buttons.values())
        narrow = all(button.sizeHint().width() <= BESIDE for button in buttons)
        columns = 2 if narrow and len(buttons) > 1 else 1
        for place, button in enumerate(buttons):
            self._grid.addWidget(button, place // columns, place % columns)

    def _picked(self, code: bytes, place: Place | None) -> None:
        self._place = place
        self._refresh()

    def _views_changed(self, views: dict[str, View]) -> None:
        heads = next((view for view in views.values() if isinstance(view, HeadsView)), None)
        if heads is not None and heads.focused != self._head:
            self._head = heads.focused
            self._refresh()

    def _refresh(self) -> None:
        """Say of an action for a program or a head which it would change, or how to choose it."""
        for offer in self._offers:
            button = self.buttons[offer.name]
            help = offer.help
            if offer.target == "program":
                button.setEnabled(self._place is not None)
                where = "Click a program in the picture first"
                if self._place is not None:
                    where = f"Of program {self._place.program:,}"
                help = "\n".join(words for words in (help, where) if words)
            elif offer.target == "head":
                button.setEnabled(self._head is not None)
                where = "Look at the heads first"
                if self._head is not None:
                    where = f"Of layer {self._head[0] + 1}, head {self._head[1] + 1}"
                help = "\n".join(words for words in (help, where) if words)
            button.setToolTip(help)

    def _clicked(self) -> None:
        name = self.sender().objectName()
        offer = next(offer for offer in self._offers if offer.name == name)
        if self._world is None:
            return
        known = {}
        if offer.target == "program" and self._place is not None:
            known = {"program": self._place.program}
        if offer.target == "head" and self._head is not None:
            known = {"layer": self._head[0], "head": self._head[1]}
        self._say("")
        perform(offer, known, self._world, self, partial(self._done, self._world, offer.title))

    def _done(self, world: World, title: str) -> None:
        if world is self._world:
            self._say(f"{title}: done at step {world.state.step:,}")

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))
