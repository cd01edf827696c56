"""The menus of the tape inspector, filled when they open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from app.panels.tape_insert import insertions

if TYPE_CHECKING:
    from app.panels.tape import TapePanel

__all__ = ["TapeMenus"]


class TapeMenus(QObject):
    """Fills the three menus of a panel's tools."""

    def __init__(self, panel: TapePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        tools = panel.tools
        tools.partner.menu().aboutToShow.connect(self._fill_partner)
        tools.insert.menu().aboutToShow.connect(self._fill_insert)
        tools.more.menu().aboutToShow.connect(self._fill_more)

    def _fill_partner(self) -> None:
        menu = self._menu("partner")
        menu.addAction("Noise, always the same").triggered.connect(self._with_noise)
        menu.addAction("Itself").triggered.connect(self._panel.pair_with_itself)
        menu.addAction("The program that is clicked next").triggered.connect(self._want_partner)
        menu.addSeparator()
        menu.addAction("Exchange left and right").triggered.connect(self._panel.swap)

    def _fill_insert(self) -> None:
        menu = self._menu("insert")
        menu.setToolTipsVisible(True)
        for offer in insertions(self._panel.world):
            action = menu.addAction(f"{offer.title}...")
            action.setToolTip(offer.help)
            action.setData(offer)
            action.triggered.connect(self._insert)
        if menu.isEmpty():
            menu.addAction("This world takes no programs").setEnabled(False)

    def _fill_more(self) -> None:
        menu = self._menu("more")
        panel = self._panel
        breaks = panel.session is not None and bool(panel.session.breakpoints)
        for words, deed in (
            ("Copy program as text", panel.copy),
            ("Edit bytes", panel.begin_editing),
        ):
            menu.addAction(words).triggered.connect(deed)
        clear = menu.addAction("Clear breakpoints")
        clear.setEnabled(breaks)
        clear.triggered.connect(panel.run.clear_breakpoints)
        menu.addSeparator()
        menu.addAction("Export run as text...").triggered.connect(self._ask_text)
        menu.addAction("Export run as picture...").triggered.connect(self._ask_picture)

    def _menu(self, name: str) -> QMenu:
        menu: QMenu = getattr(self._panel.tools, name).menu()
        menu.clear()
        return menu

    def _with_noise(self) -> None:
        self._panel.set_partner(None)

    def _want_partner(self) -> None:
        self._panel.want_partner()

    def _insert(self) -> None:
        chosen = self.sender()
        assert isinstance(chosen, QAction)
        self._panel.insert(chosen.data())

    def _ask_text(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._panel, "Export run", "trace.txt", "Text (*.txt)"
        )
        if name:
            self._panel.export_text(Path(name))

    def _ask_picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self._panel, "Export run", "trace.png", "PNG (*.png)")
        if name:
            self._panel.export_picture(Path(name))
