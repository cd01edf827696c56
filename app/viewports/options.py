"""The menu of how a view is drawn: colour map and its limits, switches, sides to look from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.viewports.display import Display
from engine.core import colour

__all__ = ["OptionsMenu"]

SWATCH = 32


class OptionsMenu(QMenu):
    """What `Display` lets be changed.

    Signals
    -------
    switched(str, bool), jumped(str)
        One of `display.switches`; one of `display.jumps`.
    colormap_chosen(str)
        "" is the system's own.
    limits_asked()
        The limits of the colour map are to be set.
    """

    switched = Signal(str, bool)
    jumped = Signal(str)
    colormap_chosen = Signal(str)
    limits_asked = Signal()

    def __init__(self, display: Display, parent: QWidget) -> None:
        super().__init__(parent)
        self._switches: dict[str, QAction] = {}
        self._maps: QMenu | None = None
        self._group = QActionGroup(self)
        self._map = ""
        if display.maps:
            self._maps = self._add_maps()
            self.addAction("Limits of the colour map...").triggered.connect(self._ask_limits)
            self.addSeparator()
        for switch in display.switches:
            action = self._switches[switch.name] = _line(self, switch.words, switch.key)
            action.setCheckable(True)
            action.setChecked(switch.on)
            action.setData(switch.name)
            action.toggled.connect(self._switched)
        if display.jumps:
            self.addSeparator()
        for jump in display.jumps:
            action = _line(self, jump.words, jump.key)
            action.setData(jump.name)
            action.triggered.connect(self._jumped)

    def set_switch(self, name: str, on: bool) -> None:
        """Turn one of the switches on or off, if there is such a one."""
        if name in self._switches:
            self._switches[name].setChecked(on)

    def set_map(self, name: str) -> None:
        """Check a colour map."""
        self._map = name
        for action in self._group.actions():
            action.setChecked(action.data() == name)
            action.setFont(theme.font("strong" if action.isChecked() else "body"))

    def _add_maps(self) -> QMenu:
        maps = self.addMenu("Colour map of scalars")
        maps.aboutToShow.connect(self._fill_maps)
        return maps

    def _fill_maps(self) -> None:
        """List the maps and show what they look like; only now: most have to be looked up."""
        maps = self._maps
        if maps is None or self._group.actions():
            return
        self._add_map(maps, "", "The system's own")
        for name in colour.names():
            self._add_map(maps, name, name[:1].upper() + name[1:])
        maps.addSection("For classes")
        for name in colour.categorical():
            count = colour.classes(name)
            self._add_map(maps, name, f"{name[:1].upper()}{name[1:]}, {count} colours")
        self.set_map(self._map)

    def _add_map(self, maps: QMenu, name: str, words: str) -> None:
        action = maps.addAction(words)
        action.setCheckable(True)
        action.setData(name)
        if name:
            action.setIcon(_swatch(colour.lut(name)))
        action.triggered.connect(self._map_chosen)
        self._group.addAction(action)

    def _switched(self, on: bool) -> None:
        self.switched.emit(str(_data(self.sender())), on)

    def _jumped(self) -> None:
        self.jumped.emit(str(_data(self.sender())))

    def _map_chosen(self) -> None:
        name = str(_data(self.sender()))
        self.set_map(name)  # an icon hides the check
        self.colormap_chosen.emit(name)

    def _ask_limits(self) -> None:
        self.limits_asked.emit()


def _swatch(table: NDArray[np.uint8]) -> QIcon:
    """Draw a colour map from left to right, 16 px square."""
    row = np.ascontiguousarray(table[:: len(table) // SWATCH][:SWATCH])
    pixels = np.repeat(row[None], SWATCH, axis=0)
    image = QImage(pixels.data, SWATCH, SWATCH, 3 * SWATCH, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.copy()))


def _line(menu: QMenu, words: str, key: str) -> QAction:
    """Add a line; the key beside it belongs to the viewport, the menu does not listen to it."""
    return menu.addAction(f"{words}\t{key}" if key else words)


def _data(sender: QObject) -> Any:
    assert isinstance(sender, QAction)
    return sender.data()
