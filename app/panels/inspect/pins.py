"""Several places at once, each with its colour, its value now and its curve."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.measures import Pin
from app.painting import painting
from app.panels.inspect.reading import Reading, Table
from app.series import Series
from app.viewports.decorations import tabular
from app.widgets.sparkline import Curve, Sparkline
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["PinsReading"]


class _Swatch(QWidget):
    """A square of a pin's colour."""

    def __init__(self, colour: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setFixedSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), QColor(self._colour))


class _Card(QWidget):
    """One pin."""

    dropped = Signal(tuple)

    def __init__(self, pin: Pin, parent: QWidget) -> None:
        super().__init__(parent)
        self.pin = pin
        self._value = QLabel()
        self._value.setFont(tabular("body"))
        drop = self._drop = QToolButton()
        drop.setAutoRaise(True)
        drop.setAccessibleName(f"Unpin {pin.title}")
        drop.setToolTip(f"Unpin {pin.title}")
        drop.clicked.connect(self._ask)
        self.curve = Sparkline(f"Curve of {pin.title}", 36)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addWidget(_Swatch(pin.colour, self))
        row.addWidget(QLabel(pin.title))
        row.addStretch(1)
        row.addWidget(self._value)
        row.addWidget(drop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT)
        layout.addLayout(row)
        layout.addWidget(self.curve)
        self._retint()

    def show_series(self, series: Series | None, name: str) -> None:
        """Show a channel."""
        if series is None or series.last is None:
            self._value.setText("")
            self.curve.clear()
            return
        self._value.setText(f"{series.last:.4g}")
        x, y = series.points()
        self.curve.set_curves([Curve(x, y, self.pin.colour, name)])

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _retint(self) -> None:
        self._drop.setIcon(theme.icon("x", "dim"))

    def _ask(self) -> None:
        self.dropped.emit(self.pin.probe)


class PinsReading(Reading):
    """The pins of a world, as cards."""

    title = "Pins"
    hint = "Choose Inspect and Shift+click places to follow several of them here"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[_Card] = []
        self._box = QVBoxLayout()
        self._box.setSpacing(2 * theme.UNIT)
        self.column.addLayout(self._box)
        self._clear = QPushButton("Unpin all")
        self._clear.clicked.connect(self._drop_all)
        self.buttons.insertWidget(1, self._clear)
        self.finish()
        self._clear.hide()

    def want(self) -> ViewRequest | None:
        """Want the channels of all pins."""
        if self.measures is None or not self.measures.pins:
            return None
        probes = tuple(pin.probe for pin in self.measures.pins if self._fits(pin))
        return ViewRequest(probes=probes) if probes else None

    def take(self, view: ImageView | MeshView) -> None:
        """Add what came to the curves."""
        probed = [one if isinstance(one, tuple) else (one,) for one in view.probed]
        for place, probe in enumerate(probed):
            if self.measures is not None and any(p.probe == probe for p in self.measures.pins):
                self.records.take_pin(view.step, probe, view.channels, view.probes[place])
        self.show_all()

    def measured(self) -> None:
        """Make the cards anew where others are pinned."""
        pins = self.measures.pins if self.measures is not None else ()
        if pins != tuple(card.pin for card in self._cards):
            for card in self._cards:
                self._box.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = [_Card(pin, self) for pin in pins]
            for card in self._cards:
                card.dropped.connect(self._drop)
                self._box.addWidget(card)
        self.has_something(bool(pins))
        self._clear.setVisible(bool(pins))
        self.note_changed.emit(f"{len(pins)}" if pins else "")
        self.show_all()

    def show_all(self) -> None:
        """Show the channel that is looked at in every card."""
        name = self.names[self.channel] if self.channel < len(self.names) else ""
        for card in self._cards:
            card.show_series(self.records.pins.get(card.pin.probe, {}).get(name), name)

    def table(self) -> Table | None:
        """Return every channel of every pin, a row a step."""
        if not self._cards:
            return None
        columns, series = ["step"], []
        for card in self._cards:
            for name, one in self.records.pins.get(card.pin.probe, {}).items():
                columns.append(f"{card.pin.title} {name}")
                series.append(one.points())
        steps = np.unique(np.concatenate([x for x, _ in series])) if series else np.zeros(0)
        known = [dict(zip(x.tolist(), y.tolist(), strict=True)) for x, y in series]
        rows = ((_whole(step), *(one.get(step) for one in known)) for step in steps.tolist())
        return Table("pins", columns, rows)

    def _fits(self, pin: Pin) -> bool:
        return (len(pin.probe) == 1) == self.solid

    def _drop(self, probe: tuple[int, ...]) -> None:
        if self.measures is not None:
            self.measures.drop(probe)

    def _drop_all(self) -> None:
        if self.measures is not None:
            for pin in self.measures.pins:
                self.measures.drop(pin.probe)


def _whole(step: float) -> float | int:
    """Write steps as whole numbers, but means of thinned-out curves as they are."""
    return int(step) if step.is_integer() else step
