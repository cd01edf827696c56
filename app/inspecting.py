"""The panel Inspect as a part of the window: its dock, its files, and what it shows in pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from app.asking import stem
from app.measures import measures_of
from app.panels.inspect.reading import Maker
from app.shell import Shell
from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.views import ImageView

__all__ = ["DOCK", "Inspecting", "install"]

DOCK = "inspect"
KINDS = {"CSV table (*.csv)": ".csv", "Tab-separated table (*.tsv)": ".tsv"}


class Inspecting(QObject):
    """Holds the panel, which is made when it is first seen.

    Attributes
    ----------
    panel : InspectPanel, optional
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.panel: Any = None
        self._kept: Mapping[str, Any] = {}
        right = Qt.DockWidgetArea.RightDockWidgetArea
        shell.docks.add(DOCK, "Inspect", self._make, right, tab_with="controls")

    def close(self) -> None:
        """Nothing goes on by itself."""

    def memento(self) -> dict[str, Any]:
        """Return which sections are open."""
        return self.panel.memento() if self.panel is not None else dict(self._kept)

    def recall(self, kept: Mapping[str, Any], worlds: Any = ()) -> None:
        """Open the sections that were open."""
        self._kept = kept
        if self.panel is not None:
            self.panel.recall(kept)

    def show(self) -> Any:
        """Bring the panel to the front and return it."""
        self._shell.docks.bring(DOCK)
        if self.panel is None:  # the window is not on the screen yet
            self._shell.docks.added[DOCK].setWidget(self._make())
        return self.panel

    def keep(self, place: tuple[float, ...], probe: tuple[int, ...]) -> None:
        """Follow one more place of the selected world."""
        world = self._shell.lab.world
        view = world.views.get("world") if world is not None else None
        if isinstance(view, ImageView) and any(
            not 0 <= at < side for at, side in zip(place, view.extent, strict=True)
        ):
            rows, columns = view.extent
            raise BadInput(
                "there is no such cell", remedy=f"This world has {rows} rows, {columns} columns"
            )
        if world is not None and not measures_of(world).keep(place, probe):
            raise BadInput(
                "that place is followed already, or seven others are",
                remedy="Unpin one in the panel Inspect",
            )

    def write(self, name: str, path: str) -> None:
        """Write what a section shows to a file.

        Raises
        ------
        BadInput
            If there is no such section, or nothing is in it.
        """
        tables = self.show().tables()
        if name not in tables:
            raise BadInput(f"there is nothing called {name!r}", remedy=f"Use {', '.join(tables)}")
        self._write(tables[name], path)

    def _make(self) -> QWidget:
        if isinstance(self.panel, QWidget):
            return self.panel
        from app.panels.inspect.panel import InspectPanel

        panel = self.panel = InspectPanel(self._shell.lab)
        panel.recall(self._kept)
        panel.channel_chosen.connect(self._show_channel)
        panel.export_asked.connect(self._export)
        return panel

    def _show_channel(self, channel: int) -> None:
        page = self._shell.page
        for viewport in page.grids() if page is not None else ():
            if viewport.name == "world":
                viewport.show_mode((channel,))

    def _export(self, make: Maker) -> None:
        try:
            self._write(make)
        except BadInput as error:
            self._shell.teller.tell(error)

    def _write(self, make: Maker, path: str = "") -> None:
        from engine.media.table import write_table

        table = make()
        world = self._shell.lab.world
        if table is None or world is None:
            raise BadInput("there is nothing to write yet", remedy="Let the world run on a little")
        chosen = self._shell.asking.to_save(path, f"{stem(world)}-{table.name}.csv", KINDS)
        if chosen is None:
            return

        def write(activity: Activity) -> Path:
            write_table(chosen, table.columns, table.rows)
            return chosen

        failed = self._shell.teller.tell
        self._shell.jobs.start(write, self._saved, failed, title=f"Write {chosen.name}")

    def _saved(self, path: Path) -> None:
        self._shell.teller.said(f"Saved {path.name}", "accent", None)


def install(shell: Shell) -> Inspecting:
    """Add the panel to a window."""
    return Inspecting(shell)
