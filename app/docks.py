"""The panels around the picture: moved, floated, tabbed, hidden, remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from app.dock_title import DockTitle
from app.settings import Settings
from engine.core.courtesy import please

__all__ = ["LAYOUT_VERSION", "Docks"]

LAYOUT_VERSION = 2
# Together they leave more than half of a window of 1280 x 800 to the picture.
GALLERY_WIDTH = 224
CONTROLS_WIDTH = 300
BOTTOM_HEIGHT = 236

_Area = Qt.DockWidgetArea
_CHILDREN = Qt.FindChildOption.FindDirectChildrenOnly


class Docks(QObject):
    """Arranges a window's panels: each can be moved, put onto another one, floated and hidden.

    Parameters
    ----------
    window : QMainWindow
    gallery, controls, bottom : QWidget
        What stands on the left, on the right and below.

    Attributes
    ----------
    added : dict of str to QDockWidget
        Panels of parts, by their names.
    """

    def __init__(
        self, window: QMainWindow, gallery: QWidget, controls: QWidget, bottom: QWidget
    ) -> None:
        super().__init__(window)
        self._window = window
        # Not animated: a layout that still moves cannot be remembered.
        options = QMainWindow.DockOption
        window.setDockOptions(options.AllowTabbedDocks | options.AllowNestedDocks)
        window.setTabPosition(_Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.gallery = self._dock("gallery", "Gallery", gallery, _Area.LeftDockWidgetArea)
        self.controls = self._dock("controls", "Controls", controls, _Area.RightDockWidgetArea)
        self.bottom = self._dock("bottom", "Plots and log", bottom, _Area.BottomDockWidgetArea)
        self.bottom.hide()
        window.setCorner(Qt.Corner.BottomLeftCorner, _Area.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea)
        self._before_hiding: list[QDockWidget] = []
        self._first: QByteArray | None = None
        self.added: dict[str, QDockWidget] = {}
        self._open_first: dict[str, bool] = {}

    def all(self) -> tuple[QDockWidget, QDockWidget, QDockWidget]:
        """Return the three that every window has, as they are listed in the menu."""
        return self.gallery, self.controls, self.bottom

    def every(self) -> tuple[QDockWidget, ...]:
        """Return all panels, those of parts included."""
        return (*self.all(), *self.added.values())

    def _dock(self, name: str, title: str, panel: QWidget, area: _Area) -> QDockWidget:
        dock = _Dock(title, self._window)
        dock.setObjectName(name)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(panel)
        self._window.addDockWidget(area, dock)
        return dock

    def add(
        self,
        name: str,
        title: str,
        make: Callable[[], QWidget],
        area: _Area = _Area.RightDockWidgetArea,
        *,
        tab_with: str = "",
        open: bool = False,
    ) -> QDockWidget:
        """Add a panel; its widget is made when it is first seen.

        Parameters
        ----------
        name : str
            Of the object, by which the layout is remembered.
        tab_with : str
            Name of the panel that it shares its place with at first; the one that stands in the
            area already if none is named.
        open : bool
            Whether it is shown in the layout of the first launch.
        """
        dock = _Panel(name, title, make, self._window)
        self._window.addDockWidget(area, dock)
        known = {other.objectName(): other for other in self.every()}
        standing = (d for d in self.all() if self._window.dockWidgetArea(d) == area)
        other = known.get(tab_with) or next(standing, None)
        if other is not None:
            self._window.tabifyDockWidget(other, dock)
        dock.setVisible(open)
        self.added[name] = dock
        self._open_first[name] = open
        return dock

    def toggle(self, name: str) -> None:
        """Bring an added panel to the front, or hide it where it is in front."""
        dock = self.added[name]
        self._show(dock, not _in_front(dock))

    def bring(self, name: str) -> None:
        """Show an added panel in front of those that it shares its place with."""
        self._show(self.added[name], True)

    def _show(self, dock: QDockWidget, on: bool) -> None:
        dock.setVisible(on)
        if on:
            dock.raise_()

    def toggle_gallery(self, argument: str) -> None:
        self._show(self.gallery, not _in_front(self.gallery))

    def toggle_controls(self, argument: str) -> None:
        self._show(self.controls, not _in_front(self.controls))

    def toggle_bottom(self, argument: str) -> None:
        self._show(self.bottom, not _in_front(self.bottom))

    def toggle_all(self, argument: str) -> None:
        """Hide those that are shown, or show those that were hidden so."""
        shown = [dock for dock in self.every() if dock.isVisible()]
        for dock in shown or self._before_hiding or self.all()[:2]:
            dock.setVisible(not shown)
        self._before_hiding = shown

    def reset(self, argument: str = "") -> None:
        """Arrange window and panels as at the first start."""
        self._window.resize(QSize(1280, 800))
        if self._first is not None:
            self._window.restoreState(self._first, LAYOUT_VERSION)
        for dock in self.all():
            dock.setVisible(dock is not self.bottom)
        for name, dock in self.added.items():
            dock.setVisible(self._open_first[name])
        self._window.resizeDocks(
            [self.gallery, self.controls],
            [GALLERY_WIDTH, CONTROLS_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self._window.resizeDocks([self.bottom], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    # Layouts by name.

    def layout(self) -> dict[str, Any]:
        """Return how panels are arranged now, as JSON, for a layout with a name."""
        state = self._window.saveState(LAYOUT_VERSION).toBase64().data()
        return {"version": LAYOUT_VERSION, "state": bytes(state).decode()}

    def arrange(self, layout: Any) -> bool:
        """Arrange the panels as `layout` said once; False where it cannot be used."""
        known = isinstance(layout, Mapping) and layout.get("version") == LAYOUT_VERSION
        state = layout.get("state") if known else None
        if not isinstance(state, str):
            return False
        data = QByteArray.fromBase64(state.encode("ascii", "ignore"))
        return bool(self._window.restoreState(data, LAYOUT_VERSION))

    def restore(self, saved: Settings) -> None:
        """Arrange them as they were left; what they are like before is the layout to reset to."""
        self._first = self._window.saveState(LAYOUT_VERSION)
        self.reset()
        if saved.layout_version == LAYOUT_VERSION:
            self._restore(saved)
        # Tabs of panels that are hidden would be seen in the first picture; Qt moves those in use.
        for bar in self._window.findChildren(QTabBar, options=_CHILDREN):
            bar.move(-self._window.width(), -self._window.height())

    def _restore(self, saved: Settings) -> None:
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


class _Dock(QDockWidget):
    """A panel that comes in front of those that share its place when it is shown."""

    def show(self) -> None:
        """Show it, and bring it in front."""
        super().show()
        self.raise_()


class _Panel(_Dock):
    """A panel whose widget is made when it is first seen."""

    def __init__(
        self, name: str, title: str, make: Callable[[], QWidget], window: QMainWindow
    ) -> None:
        super().__init__(title, window)
        self._make: Callable[[], QWidget] | None = make
        self.setObjectName(name)
        self.setTitleBarWidget(DockTitle(self))
        self.visibilityChanged.connect(self._fill)

    def _fill(self, visible: bool) -> None:
        if visible and self._make is not None:
            make, self._make = self._make, None
            with please():
                self.setWidget(make())


def _in_front(dock: QDockWidget) -> bool:
    """Tell whether a panel can be seen: one behind others in its place counts as shown to Qt."""
    return dock.isVisible() and (dock.isFloating() or not dock.visibleRegion().isEmpty())
