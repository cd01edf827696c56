"""The panel Inspect: sections that measure the selected world, beside what its picture shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.lab import Lab
from app.measures import Measures, measures_of
from app.panels.inspect.channels import ChannelsReading, ComponentsReading
from app.panels.inspect.histogram import HistogramReading
from app.panels.inspect.line import LineReading
from app.panels.inspect.pins import PinsReading
from app.panels.inspect.reading import Maker, Reading
from app.panels.inspect.records import Records
from app.panels.inspect.region import RegionReading
from app.remembering import flag
from app.widgets.section import Section, dim_label
from app.world import World, own_view
from engine.core.commands import RunnerState
from engine.core.views import ImageView, MeshView, TapesView, View, ViewRequest

__all__ = ["InspectPanel"]

VIEW = "world"
OPEN_FIRST = ("Pins", "Channels", "Histogram", "Line", "Region")
EMPTY = "Open a world to measure it"
KINDS = ("image", "mesh", "tapes")
NO_CELLS = "This world has no cells and no vertices to measure"
NUMBERS = "inspect-numbers"


class InspectPanel(QWidget):
    """Pins, channels, components, histogram, line and region of the selected world.

    Sections that are folded or out of sight ask the world for nothing.

    Signals
    -------
    channel_chosen : int
        It is to be shown in the picture.
    export_asked : callable
        Makes a `Table` that is to be written to a file.
    """

    channel_chosen = Signal(int)
    export_asked = Signal(object)

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._measures: Measures | None = None
        self._kind = ""
        self._records: WeakKeyDictionary[World, Records] = WeakKeyDictionary()
        self._names: tuple[str, ...] = ()
        self._hint = dim_label(EMPTY)
        self._hint.setWordWrap(True)
        self._channel = QComboBox()
        self._channel.setAccessibleName("Channel that is measured")
        self._channel.currentIndexChanged.connect(self._channel_changed)
        self._label = QLabel("Channel")
        self.pins, self.line, self.region = PinsReading(), LineReading(), RegionReading()
        self.channels, self.components = ChannelsReading(), ComponentsReading()
        self.histogram = HistogramReading()
        # What is only numbers is asked for together, by one request of one cell's picture.
        self._numbers: tuple[Reading, ...] = (self.pins, self.histogram, self.line, self.region)
        self._pictures: dict[str, Reading] = {
            "inspect-channels": self.channels,
            "inspect-components": self.components,
        }
        order = (
            self.pins,
            self.channels,
            self.components,
            self.histogram,
            self.line,
            self.region,
        )
        self.readings: tuple[Reading, ...] = order
        self.channels.channel_chosen.connect(self._choose)
        self._sections: dict[str, Section] = {}
        self.setProperty("guide", "inspect.md#the-panel-inspect")
        self.setLayout(self._lay_out())
        self.setMinimumWidth(260)
        lab.selected.connect(self._select)
        self._select(lab.world)

    def section(self, title: str) -> Section:
        """Return a section by its title."""
        return self._sections[title]

    @property
    def records_now(self) -> Records:
        """What was measured in the selected world so far."""
        return self.pins.records

    def tables(self) -> dict[str, Maker]:
        """Return everything that can be written to a file, by names for scripts."""
        found: dict[str, Maker] = {}
        for reading in self.readings:
            found.update(reading.tables())
        return found

    def memento(self) -> dict[str, Any]:
        """Return which sections are open."""
        return {title: section.is_open() for title, section in self._sections.items()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Open those that were open."""
        for title, section in self._sections.items():
            on = flag(kept, title)
            if on is not None:
                section.set_open(on)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the world again."""
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing that is not seen."""
        super().hideEvent(event)
        self._look()

    # The world.

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.views_changed.disconnect(self._views_changed)
            self._world.state_changed.disconnect(self._state_changed)
            for client in (NUMBERS, *self._pictures):
                self._world.look(client, {}, own=True)
        if self._measures is not None:
            self._measures.changed.disconnect(self._measured)
        self._world, self._names, self._kind = world, (), ""
        self._measures = None
        if world is not None:
            world.views_changed.connect(self._views_changed)
            world.state_changed.connect(self._state_changed)
            self._measures = measures_of(world)
            self._measures.changed.connect(self._measured)
        self._adopt()
        if world is not None:
            self._state_changed(world.state)

    def _adopt(self) -> None:
        """Let all sections be about the present world."""
        records = Records()
        if self._world is not None:
            records = self._records.setdefault(self._world, records)
        if self._measures is not None:
            records.follow(self._measures)
        solid = self._kind == "mesh"
        for reading in self.readings:
            reading.set_world(None, records, solid)
            reading.set_world(self._measures, records, solid)
            section = self._sections[reading.title]
            section.setVisible(bool(self._kind) and reading.serves(self._kind))
        shown = self._world.views.get(VIEW) if self._world is not None else None
        if isinstance(shown, ImageView | MeshView) and self._kind:
            self._name(_channels(shown))
        words = EMPTY if self._world is None else NO_CELLS
        self._hint.setText(words)
        self._hint.setVisible(not self._kind)
        for widget in (self._label, self._channel):
            widget.setVisible(bool(self._kind))

    def _state_changed(self, state: RunnerState) -> None:
        can = state.capabilities
        offers = can.views if can is not None else ()
        kind = next((o.kind for o in offers if o.name == VIEW and o.kind in KINDS), "")
        if kind != self._kind:
            self._kind = kind
            self._adopt()
            self._look()

    def _views_changed(self, views: dict[str, View]) -> None:
        plain = views.get(VIEW)
        for view in (plain, *(views.get(own_view(VIEW, c)) for c in (*self._pictures, NUMBERS))):
            if isinstance(view, ImageView | MeshView) and _channels(view) != self._names:
                self._name(_channels(view))
        numbers = views.get(own_view(VIEW, NUMBERS))
        if isinstance(numbers, ImageView | MeshView):
            for reading in self._numbers:
                if self._seen(reading):
                    reading.take(numbers)
        for client, picture in self._pictures.items():
            view = views.get(own_view(VIEW, client))
            if isinstance(view, ImageView) and self._seen(picture):
                picture.take(view)

    def _name(self, names: tuple[str, ...]) -> None:
        """Offer other channels; the chosen one stays chosen by its name."""
        chosen = self._channel.currentText()
        self._names = names
        blocked = self._channel.blockSignals(True)
        self._channel.clear()
        self._channel.addItems(list(names))
        self._channel.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self._channel.blockSignals(blocked)
        self._channel_changed()

    def _channel_changed(self) -> None:
        for reading in self.readings:
            reading.set_channels(self._names, max(self._channel.currentIndex(), 0))
        self._look()

    def _choose(self, channel: int) -> None:
        self._channel.setCurrentIndex(channel)
        self.channel_chosen.emit(channel)

    def _measured(self) -> None:
        if self._world is not None and self._measures is not None:
            self._records[self._world].follow(self._measures)
        for reading in self.readings:
            reading.measured()
        self._look()

    def _look(self) -> None:
        """Ask the world for what the sections that are seen want."""
        world = self._world
        if world is None:
            return
        wanted = [
            request
            for reading in self._numbers
            if self._seen(reading) and (request := reading.want()) is not None
        ]
        merged = {VIEW: _merged(wanted)} if wanted else {}
        world.look(NUMBERS, merged, own=True)
        for client, reading in self._pictures.items():
            request = reading.want() if self._seen(reading) else None
            world.look(client, {VIEW: request} if request is not None else {}, own=True)

    def _seen(self, reading: Reading) -> bool:
        section = self._sections[reading.title]
        open_ = section.is_open() and not section.isHidden()
        return self.isVisible() and open_ and bool(self._kind)

    # The widgets.

    def _lay_out(self) -> QVBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(theme.PADDING, 2 * theme.UNIT, theme.PADDING, theme.UNIT)
        head.setSpacing(2 * theme.UNIT)
        head.addWidget(self._hint, 1)
        head.addWidget(self._label)
        head.addWidget(self._channel, 1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for reading in self.readings:
            section = self._sections[reading.title] = Section(reading.title, reading)
            section.set_open(reading.title in OPEN_FIRST)
            section.folded.connect(self._look)
            reading.note_changed.connect(section.set_note)
            reading.wanted_changed.connect(self._look)
            reading.export_asked.connect(self.export_asked)
            column.addWidget(section)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName("Inspect")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what has the keyboard
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        layout = QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        return layout


def _channels(view: ImageView | MeshView) -> tuple[str, ...]:
    """Name the channels; programs have none but their bytes."""
    return ("byte",) if isinstance(view, TapesView) else view.channels


def _merged(wanted: list[ViewRequest]) -> ViewRequest:
    """Ask for everything at once, with a picture of one cell: nobody looks at that."""
    result = ViewRequest(region=(0, 0, 1, 1), max_size=1)
    for one in wanted:
        result = replace(
            result,
            channels=one.channels or result.channels,
            probes=one.probes or result.probes,
            line=one.line or result.line,
            stats=one.stats or result.stats,
            bins=one.bins or result.bins,
        )
    return result
