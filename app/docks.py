"""The panels around the picture: gallery, controls and bottom panel, shown, hidden, remembered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QObject, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.settings import Settings

__all__ = ["LAYOUT_VERSION", "Docks"]

LAYOUT_VERSION = 1
# Together they leave more than half of a window of 1280 x 800 to the picture.
GALLERY_WIDTH = 224
CONTROLS_WIDTH = 300
BOTTOM_HEIGHT = 236


class Docks(QObject):
    """Arranges a window's panels.

    Parameters
    ----------
    window : QMainWindow
    gallery, controls, bottom : QWidget
        What stands on the left, on the right and below.
    """

    def __init__(
        self, window: QMainWindow, gallery: QWidget, controls: QWidget, bottom: QWidget
    ) -> None:
        super().__init__(window)
        self._window = window
        areas = Qt.DockWidgetArea
        self.gallery = self._dock("gallery", gallery, areas.LeftDockWidgetArea)
        self.controls = self._dock("controls", controls, areas.RightDockWidgetArea)
        self.bottom = self._dock("bottom", bottom, areas.BottomDockWidgetArea)
        self.bottom.hide()
        window.setCorner(Qt.Corner.BottomLeftCorner, areas.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, areas.RightDockWidgetArea)
        self._before_hiding: list[QDockWidget] = []
        self.added: dict[str, QDockWidget] = {}
        self._open_first: dict[str, bool] = {}

    def all(self) -> tuple[QDockWidget, QDockWidget, QDockWidget]:
        """Return them as they are listed in the menu."""
        return self.gallery, self.controls, self.bottom

    def _dock(self, name: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(self._window)
        dock.setObjectName(name)
        dock.setTitleBarWidget(QWidget(dock))
        dock.setWidget(panel)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._window.addDockWidget(area, dock)
        return dock

    def add(
        self,
        name: str,
        title: str,
        make: Callable[[], QWidget],
        area: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
        *,
        tab_with: str = "",
        open: bool = False,
    ) -> QDockWidget:
        """Add a panel that can float, move and be tabbed; its widget is made when it is first seen.

        Parameters
        ----------
        name : str
            Of the object, by which the layout is remembered.
        tab_with : str
            Name of the panel that it shares its place with at first.
        open : bool
            Whether it is shown in the layout of the first launch.
        """
        dock = _Panel(name, title, make, self._window)
        self._window.addDockWidget(area, dock)
        other = self.added.get(tab_with)
        if other is not None:
            self._window.tabifyDockWidget(other, dock)
        dock.setVisible(open)
        self.added[name] = dock
        self._open_first[name] = open
        return dock

    def toggle(self, name: str) -> None:
        """Bring an added panel to the front, or hide it where it is in front."""
        dock = self.added[name]
        if dock.isVisible() and not dock.visibleRegion().isEmpty():
            dock.hide()
        else:
            self.bring(name)

    def bring(self, name: str) -> None:
        """Show an added panel in front of those that it shares its place with."""
        dock = self.added[name]
        dock.show()
        dock.raise_()

    def toggle_gallery(self, argument: str) -> None:
        self.gallery.setVisible(not self.gallery.isVisible())

    def toggle_controls(self, argument: str) -> None:
        self.controls.setVisible(not self.controls.isVisible())

    def toggle_bottom(self, argument: str) -> None:
        self.bottom.setVisible(not self.bottom.isVisible())

    def toggle_all(self, argument: str) -> None:
        """Hide those that are shown, or show those that were hidden so."""
        shown = [dock for dock in self.all() if dock.isVisible()]
        for dock in shown or self._before_hiding or self.all()[:2]:
            dock.setVisible(not shown)
        self._before_hiding = shown

    def reset(self, argument: str = "") -> None:
        """Arrange window and panels as at the first start."""
        self._window.resize(QSize(1280, 800))
        self.gallery.show()
        self.controls.show()
        self.bottom.hide()
        for name, dock in self.added.items():
            dock.setFloating(False)
            dock.setVisible(self._open_first[name])
        self._window.resizeDocks(
            [self.gallery, self.controls],
            [GALLERY_WIDTH, CONTROLS_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self._window.resizeDocks([self.bottom], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    def restore(self, saved: Settings) -> None:
        """Arrange them as they were left."""
        self.reset()
        if saved.layout_version != LAYOUT_VERSION:
            return
        # Qt refuses what it cannot read and changes nothing then.
        geometry, layout = (
            saved.geometry.encode("ascii", "ignore"),
            saved.layout.encode("ascii", "ignore"),
        )
        self._window.restoreGeometry(QByteArray.fromBase64(geometry))
        self._window.restoreState(QByteArray.fromBase64(layout), LAYOUT_VERSION)

    def remember(self, settings: Settings) -> None:
        """Note how they are arranged."""
        window = self._window
        settings.geometry = bytes(window.saveGeometry().toBase64().data()).decode()
        settings.layout = bytes(window.saveState(LAYOUT_VERSION).toBase64().data()).decode()
        settings.layout_version = LAYOUT_VERSION


class _Panel(QDockWidget):
    """A panel whose widget is made when it is first seen."""

    def __init__(
        self, name: str, title: str, make: Callable[[], QWidget], window: QMainWindow
    ) -> None:
        super().__init__(title, window)
        self._make: Callable[[], QWidget] | None = make
        self.setObjectName(name)
        self.visibilityChanged.connect(self._fill)

    def _fill(self, visible: bool) -> None:
        if visible and self._make is not None:
            make, self._make = self._make, None
            self.setWidget(make())
