"""What of the cells is shown: colour, one channel, all channels, principal components; and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.viewports.choices import ChoiceButton
from app.viewports.chrome import ChromeButton, FloatingPanel, with_key
from app.viewports.display import Display, Switch
from app.viewports.options import OptionsMenu
from engine.core.params import ParamField
from engine.core.views import ImageView, MeshView, TapesView

__all__ = ["ViewModes"]

COLOUR, CHANNEL, ALL, PCA = "colour", "channel", "all", "pca"
PCA_FROM = 4


class ViewModes(FloatingPanel):
    """The modes of a view, side by side or, where it is narrow, in one menu.

    Parameters
    ----------
    display : Display
        What the viewport lets be changed.

    Signals
    -------
    mode_chosen(tuple of channels, reduce)
        As `ViewRequest` has them.
    switched(str, bool), jumped(str)
        One of `display.switches`; one of `display.jumps`.
    colormap_chosen(str)
        "" is the system's own.
    limits_asked()
        The limits of the colour map are to be set.
    choice_made(name, value)
        A parameter that says how the view is drawn was set; see `ViewOffer.modes`.
    legend_toggled(bool)
    """

    mode_chosen = Signal(tuple, str)
    switched = Signal(str, bool)
    jumped = Signal(str)
    colormap_chosen = Signal(str)
    limits_asked = Signal()
    choice_made = Signal(str, str)
    legend_toggled = Signal(bool)

    def __init__(self, display: Display, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("View modes")
        self._display = display
        self._quick: dict[str, ChromeButton] = {}
        self._names: tuple[str, ...] = ()
        self._mode, self._index = COLOUR, 0
        self._compact = False
        self._choices: dict[str, ChoiceButton] = {}
        self._lacking: frozenset[str] = frozenset()
        self._channelled = True
        self._buttons = {
            COLOUR: ChromeButton("", "Colour", tip="The system's own colours", checkable=True),
            CHANNEL: ChromeButton(
                "", "Hidden", tip="One channel of the cells", checkable=True, menu=True
            ),
            ALL: ChromeButton("", "All", tip="Every channel as a tile", checkable=True),
            PCA: ChromeButton(
                "", "PCA", tip="First three principal components of the channels", checkable=True
            ),
        }
        self._one = ChromeButton("", "Colour", tip="What is shown", menu=True)
        self._legend = ChromeButton(
            "list", name="Legend", tip="What the colours mean", checkable=True
        )
        self._legend.setChecked(True)
        self._legend.hide()
        self._legend.toggled.connect(self.legend_toggled)
        self._options = ChromeButton("palette", name="Display", tip=display.words)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(4, 4, 4, 4)
        self._layout.setSpacing(2)
        self._layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)
        for mode, button in self._buttons.items():
            button.setProperty("mode", mode)
            button.clicked.connect(self._clicked)
            self._layout.addWidget(button)
        self._layout.addWidget(self._one)
        self._layout.addWidget(self._legend)
        for switch in display.switches:
            if switch.icon:
                self._layout.addWidget(self._quick_button(switch))
        self._layout.addWidget(self._options)
        self._channels = QMenu(self)
        self._channel_group = QActionGroup(self)
        self._modes = QMenu(self)
        self._one.clicked.connect(self._open_modes)
        self._menu = OptionsMenu(display, self)
        self._menu.switched.connect(self._switched)
        self._menu.jumped.connect(self.jumped)
        self._menu.colormap_chosen.connect(self.colormap_chosen)
        self._menu.limits_asked.connect(self.limits_asked)
        self._options.clicked.connect(self._open_options)
        self._show()

    def set_view(self, view: ImageView | MeshView) -> None:
        """Follow the channels of the world; the bytes of programs are not channels of a cell."""
        if isinstance(view, MeshView):
            self._lacking = view.lacking
            for button in self._choices.values():
                button.set_lacking(view.lacking)
        channelled = not isinstance(view, TapesView)
        if view.channels == self._names and channelled == self._channelled:
            return
        self._names, self._channelled = view.channels, channelled
        self._channels.clear()
        if not self._display.tiles:
            action = self._channels.addAction("None")
            action.setProperty("mode", COLOUR)
            action.triggered.connect(self._clicked)
        for index, name in enumerate(self._names):
            action = self._channels.addAction(name)
            action.setCheckable(True)
            action.setData(index)
            action.triggered.connect(self._channel_chosen)
            self._channel_group.addAction(action)
        if self._index >= len(self._names):
            self._index = 0
        self._buttons[CHANNEL].reserve(max((*self._names, self._channel_words()), key=len))
        self._buttons[ALL].set_words(f"All {len(self._names)}")
        self._modes.clear()
        for words, mode in (("Colour", COLOUR), ("All channels", ALL), ("PCA", PCA)):
            if mode in self._offered():
                action = self._modes.addAction(words)
                action.setProperty("mode", mode)
                action.triggered.connect(self._clicked)
        if CHANNEL in self._offered():
            self._channels.setTitle("One channel")
            self._modes.addMenu(self._channels)
        if self._mode not in self._offered() and self._mode != COLOUR:
            self._choose(COLOUR)
        self._show()

    def set_choices(self, fields: tuple[ParamField, ...], values: Mapping[str, Any]) -> None:
        """Offer choice parameters that say how the view is drawn, and show their values."""
        if tuple(button.field for button in self._choices.values()) != fields:
            for button in self._choices.values():
                self._layout.removeWidget(button)
                button.hide()
                button.deleteLater()
            self._choices = {}
            for place, field in enumerate(fields):
                button = self._choices[field.name] = ChoiceButton(field, self)
                button.set_lacking(self._lacking)
                button.chosen.connect(self._choice_chosen)
                self._layout.insertWidget(place, button)
                button.show()
            self._show()
        for name, button in self._choices.items():
            button.set_value(str(values.get(name, button.field.default)))

    def set_legend(self, known: bool) -> None:
        """Say whether there is a legend to be shown."""
        if self._legend.isHidden() == known:
            self._legend.setVisible(known)
            self.adjustSize()

    @property
    def legend_wanted(self) -> bool:
        """Whether the legend should be seen, if there is one."""
        return self._legend.isChecked()

    def set_switch(self, name: str, on: bool) -> None:
        """Turn one of the switches on or off, if there is such a one."""
        self._menu.set_switch(name, on)

    def set_map(self, name: str) -> None:
        """Show which colour map is chosen; "" is the system's own."""
        self._menu.set_map(name)

    def set_mode(self, channels: tuple[int, ...], reduce: str) -> None:
        """Show what is shown, as `mode_chosen` tells it."""
        self._mode = {"mosaic": ALL, "pca": PCA}.get(reduce, CHANNEL if channels else COLOUR)
        self._index = channels[0] if channels else self._index
        self._show()

    def choose_next(self) -> None:
        """Go from colour through every channel to all of them, then PCA, and round again.

        Where the system itself says how it may be drawn, go to the next of its ways.
        """
        if self._choices:
            next(iter(self._choices.values())).choose_next()
            return
        places: list[tuple[str, int]] = []
        for mode in self._offered():
            count = len(self._names) if mode == CHANNEL else 1
            places += [(mode, index) for index in range(count)]
        now = (self._mode, self._index if self._mode == CHANNEL else 0)
        mode, index = places[(places.index(now) + 1) % len(places)]
        self._index = index
        self._choose(mode)

    def set_compact(self, on: bool) -> None:
        """Fold the modes into one button with a menu."""
        if on != self._compact:
            self._compact = on
            self._show()

    def full_width(self) -> int:
        """Say how wide it is when unfolded."""
        shown: list[QWidget] = [self._buttons[mode] for mode in self._offered()]
        shown += [*self._choices.values(), *([] if self._legend.isHidden() else [self._legend])]
        shown += self._quick.values()
        return sum(part.sizeHint().width() + 2 for part in (*shown, self._options)) + 8

    def _offered(self) -> tuple[str, ...]:
        if self._choices and not self._channelled:
            return ()
        count = len(self._names) if self._channelled else 0
        if not self._display.tiles:
            # What the system itself shows is chosen by its own buttons, if it has any.
            own = () if self._choices else (COLOUR,)
            single = (CHANNEL,) if count > 1 else ()
            wide = self._display.components and count >= PCA_FROM
            return (*own, *single, *((PCA,) if wide else ()))
        more = (CHANNEL, ALL) if count > 1 else ()
        return (COLOUR, *more, *((PCA,) if count >= PCA_FROM else ()))

    def _show(self) -> None:
        for mode, button in self._buttons.items():
            button.setVisible(not self._compact and mode in self._offered())
            button.setChecked(mode == self._mode)
        named = self._mode == CHANNEL and self._index < len(self._names)
        self._buttons[CHANNEL].set_words(
            self._names[self._index] if named else self._channel_words()
        )
        own = "Colour" if COLOUR in self._offered() else self._channel_words()
        words = {COLOUR: own, ALL: "All channels", PCA: "PCA"}
        self._one.set_words(words.get(self._mode, self._names[self._index] if named else ""))
        self._one.setVisible(self._compact and bool(self._offered()))
        for place, choice in enumerate(self._choices.values()):
            choice.setVisible(place == 0 or not self._compact)
        for index, action in enumerate(self._channel_group.actions()):
            action.setChecked(named and index == self._index)
        self.adjustSize()

    def _channel_words(self) -> str:
        """Name the mode: beside colours there are hidden channels, or there are channels."""
        hidden = self._display.tiles and len(self._names) > PCA_FROM
        return "Hidden" if hidden else "Channel"

    def _choose(self, mode: str) -> None:
        self._mode = mode
        self._show()
        channels = (self._index,) if mode == CHANNEL else ()
        self.mode_chosen.emit(channels, {ALL: "mosaic", PCA: "pca"}.get(mode, "none"))

    def _clicked(self) -> None:
        mode = str(self.sender().property("mode"))
        if mode == CHANNEL:
            self._show()  # the click has checked it, but nothing is chosen yet
            self._popup(self._channels, self._buttons[CHANNEL])
        else:
            self._choose(mode)

    def _choice_chosen(self, name: str, value: str) -> None:
        """Show what was chosen: where there are no tiles, a channel would hide it."""
        if self._mode == CHANNEL and not self._display.tiles:
            self._choose(COLOUR)
        self.choice_made.emit(name, value)

    def _channel_chosen(self) -> None:
        self._index = int(_data(self.sender()))
        self._choose(CHANNEL)

    def _quick_button(self, switch: Switch) -> ChromeButton:
        """Make the button on the picture for a switch."""
        tip = with_key(switch.words, switch.key)
        button = ChromeButton(switch.icon, name=switch.words, tip=tip, checkable=True)
        button.setChecked(switch.on)
        button.setProperty("switch", switch.name)
        button.toggled.connect(self._quick_toggled)
        self._quick[switch.name] = button
        return button

    def _quick_toggled(self, on: bool) -> None:
        self._menu.set_switch(str(self.sender().property("switch")), on)

    def _switched(self, name: str, on: bool) -> None:
        if name in self._quick:
            self._quick[name].setChecked(on)
        self.switched.emit(name, on)

    def _open_options(self) -> None:
        self._popup(self._menu, self._options)

    def _open_modes(self) -> None:
        self._popup(self._modes, self._one)

    def _popup(self, menu: QMenu, button: QWidget) -> None:
        width = menu.sizeHint().width()
        menu.popup(button.mapToGlobal(QPoint(button.width() - width, button.height() + 6)))


def _data(sender: QObject) -> Any:
    assert isinstance(sender, QAction)
    return sender.data()
