"""What all sections of the panel Inspect have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.measures import Measures
from app.panels.inspect.records import Records
from app.widgets.section import dim_label
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["Maker", "Reading", "Table"]


@dataclass(frozen=True)
class Table:
    """Rows for a file; they are made where the file is written.

    Attributes
    ----------
    name : str
        What it is of, for the file's name.
    columns : sequence of str
    rows : iterable of rows
        It reads nothing that changes.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


Maker = Callable[[], Table | None]


class Reading(QWidget):
    """One section: it says what it wants to see of a world and shows that.

    Attributes
    ----------
    title : str
        Of the section.
    hint : str
        What a user can do to fill it.
    fills : bool
        Whether it fills by itself: then its buttons are there from the beginning.

    Signals
    -------
    wanted_changed()
        `want` would answer otherwise.
    export_asked(callable)
        The table that it makes is to be written to a file.
    note_changed(str)
        For the section's header.
    """

    title: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    fills: ClassVar[bool] = False

    wanted_changed = Signal()
    export_asked = Signal(object)
    note_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measures: Measures | None = None
        self.records = Records()
        self.channel = 0
        self.solid = False
        self.names: tuple[str, ...] = ()
        self.words = dim_label(self.hint)
        self.words.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        self.column.setSpacing(2 * theme.UNIT)
        self.column.addWidget(self.words)
        self.export = QPushButton("Export CSV...")
        self.export.setAccessibleName(f"{self.title}: export as CSV")
        self.export.clicked.connect(self._ask_export)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.export)

    def finish(self) -> None:
        """Put the buttons below everything that was added."""
        self.column.addLayout(self.buttons)
        self.export.setVisible(self.fills)

    def serves(self, kind: str) -> bool:
        """Tell whether there is something to show of a kind of view: "image", "mesh", "tapes"."""
        return kind in ("image", "mesh")

    def set_world(self, measures: Measures | None, records: Records, solid: bool) -> None:
        """Be about another world from now on."""
        self.measures, self.records, self.solid = measures, records, solid
        self.measured()

    def set_channels(self, names: tuple[str, ...], channel: int) -> None:
        """Take the names of all channels, and which one is looked at."""
        self.names, self.channel = names, channel
        self.show_all()

    def want(self) -> ViewRequest | None:
        """Return what is wanted of the world, None for nothing."""
        raise NotImplementedError

    def take(self, view: ImageView | MeshView) -> None:
        """Show what came."""
        raise NotImplementedError

    def measured(self) -> None:
        """Follow pins, line and region, which may have changed."""
        self.show_all()

    def show_all(self) -> None:
        """Show what is known, anew."""

    def table(self) -> Table | None:
        """Return what is shown as rows, None where nothing is shown."""
        return None

    def tables(self) -> dict[str, Maker]:
        """Return what can be written, by names for scripts."""
        return {self.title.lower().split()[-1]: self.table}

    def has_something(self, on: bool) -> None:
        """Say whether there is something to export, or a hint to be shown instead."""
        self.export.setVisible(on or self.fills)
        self.words.setVisible(not on)

    def _ask_export(self) -> None:
        self.export_asked.emit(self.table)
