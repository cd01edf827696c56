"""All channels at once beside the picture, live, and their principal components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from app.panels.inspect.reading import Reading, Table
from app.panels.inspect.tiles import Tiles
from engine.core.colour import lut
from engine.core.reducing import Steady
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["ChannelsReading", "ComponentsReading"]


class ChannelsReading(Reading):
    """Every channel as a tile.

    Signals
    -------
    channel_chosen : int
        It is to be shown in the picture.
    """

    title = "Channels"
    fills = True
    hint = "Every channel appears here as the world is drawn"

    channel_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: ImageView | None = None
        self.tiles = Tiles("All channels", chooses=True)
        self.tiles.chosen.connect(self.channel_chosen)
        self.tiles.resized.connect(self.wanted_changed)
        self.each = QCheckBox("Own scale each")
        self.each.setToolTip("Draw every channel between its own least and greatest value")
        self.each.toggled.connect(self.show_all)
        self.buttons.insertWidget(0, self.each)
        self.column.addWidget(self.tiles)
        self.finish()
        self.measured()

    def serves(self, kind: str) -> bool:
        """Show planes of cells only."""
        return kind == "image"

    def want(self) -> ViewRequest | None:
        """Want a mosaic of as many pixels as there are here."""
        return ViewRequest(reduce="mosaic", max_size=self.tiles.pixels())

    def take(self, view: ImageView | MeshView) -> None:
        """Show the mosaic."""
        if isinstance(view, ImageView):
            first, self._shown = self._shown is None, view
            if first:
                self._there()
            self.show_all()

    def measured(self) -> None:
        """Forget the pictures of another world."""
        if self.measures is None and self._shown is not None:
            self._shown = None
        self._there()

    def show_all(self) -> None:
        """Draw the tiles, by one scale or each by its own."""
        view = self._shown
        if view is None or not self.each.isChecked():
            self.tiles.set_view(view)
            return
        tall, wide = (side // n for side, n in zip(view.data.shape, view.tiles, strict=True))
        rgb = np.zeros((*view.data.shape, 3), np.uint8)
        for index in range(len(view.channels)):
            row, column = divmod(index, view.tiles[1])
            here = np.s_[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide]
            rgb[here] = _scaled(view.data[here])
        self.tiles.set_view(replace(view, data=rgb))

    def table(self) -> Table | None:
        """Return a row a texel of the tiles: where it is, and all its channels."""
        view = self._shown
        if view is None:
            return None
        columns = ["row", "column", *view.channels]
        return Table("channels", columns, _texels(view))

    def _there(self) -> None:
        self.has_something(self._shown is not None)


class ComponentsReading(Reading):
    """The first three principal components of the channels as red, green and blue."""

    title = "Principal components"
    fills = True
    hint = "The widest directions of the channels appear here as colours as the world is drawn"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: ImageView | None = None
        self._steady = Steady()
        self.picture = Tiles("Principal components as red, green and blue")
        self.picture.resized.connect(self.wanted_changed)
        self.column.addWidget(self.picture)
        self.finish()
        self.measured()

    def serves(self, kind: str) -> bool:
        """Show planes of cells only; on a solid the picture itself can show components."""
        return kind == "image"

    def want(self) -> ViewRequest | None:
        """Want them in as many pixels as there are here."""
        return ViewRequest(reduce="pca", max_size=self.picture.pixels())

    def take(self, view: ImageView | MeshView) -> None:
        """Show them in the colours of the last picture."""
        if isinstance(view, ImageView) and view.axes is not None:
            first, self._shown = self._shown is None, self._steady.image(view)
            if first:
                self.has_something(True)
            self.picture.set_view(self._shown)

    def measured(self) -> None:
        """Forget the pictures of another world."""
        if self.measures is None:
            self._shown = None
            self._steady = Steady()
            self.picture.set_view(None)
        self.has_something(self._shown is not None)

    def table(self) -> Table | None:
        """Return the directions: a row a channel, a column a component."""
        view = self._shown
        if view is None or view.axes is None:
            return None
        columns = ["channel", "red", "green", "blue"][: 1 + view.axes.shape[1]]
        axes = view.axes.tolist()
        rows = [(name, *row) for name, row in zip(view.channels, axes, strict=True)]
        return Table("components", columns, rows)


def _scaled(tile: NDArray[Any]) -> NDArray[np.uint8]:
    """Colour a channel between its own ends, centred on zero where it has both signs."""
    values = np.nan_to_num(tile)
    low, high = float(values.min()), float(values.max())
    signed = low < 0
    if signed:
        high = max(-low, high, 1e-6)
        low = -high
    share = (values - low) / max(high - low, 1e-12)
    table = lut("diverging" if signed else "viridis")
    return np.asarray(table[np.rint(share * 255).astype(np.uint8)])


def _texels(view: ImageView) -> Iterator[tuple[Any, ...]]:
    """Go through the texels of a mosaic; a place is that of the middle of its cells."""
    rows, columns = (side // n for side, n in zip(view.data.shape, view.tiles, strict=True))
    tiles = view.data.reshape(view.tiles[0], rows, view.tiles[1], columns).transpose(0, 2, 1, 3)
    flat = tiles.reshape(-1, rows, columns)[: len(view.channels)]
    top, left, tall, wide = view.region
    for row in range(rows):
        for column in range(columns):
            place = (top + (row + 0.5) * tall / rows, left + (column + 0.5) * wide / columns)
            yield (*place, *flat[:, row, column].tolist())
