"""From the kind of a view to the widget that draws it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.viewports.base import Viewport
from app.viewports.grid import GridViewport
from app.viewports.table import TableViewport
from app.viewports.tapes import TapesViewport
from engine.core.system import ViewOffer
from engine.core.views import View

__all__ = ["UnknownViewport", "make_viewport"]

_KINDS: dict[str, type[Viewport]] = {
    "image": GridViewport,
    "table": TableViewport,
    "tapes": TapesViewport,
}


class UnknownViewport(Viewport):
    """Says that this kind of view cannot be drawn yet."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        words = QLabel("This kind of view cannot be drawn yet.", self)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.addWidget(words)

    def set_view(self, view: View) -> None:
        """Ignore the view: the world goes on all the same."""


def make_viewport(offer: ViewOffer, parent: QWidget | None = None) -> Viewport:
    """Make the viewport for a view that a system offers."""
    # Those that draw by pyqtgraph or numba are imported on use: that takes a second.
    if offer.kind == "chart":
        from app.viewports.chart import ChartViewport

        return ChartViewport(offer.name, parent)
    if offer.kind == "graph":
        from app.viewports.graph import GraphViewport

        return GraphViewport(offer.name, parent)
    if offer.kind == "heads":
        from app.viewports.heads import HeadsViewport

        return HeadsViewport(offer.name, parent)
    if offer.kind == "matrices":
        from app.viewports.matrices import MatricesViewport

        return MatricesViewport(offer.name, parent)
    if offer.kind == "mesh":
        from app.viewports.mesh import MeshViewport

        return MeshViewport(offer.name, parent)
    return _KINDS.get(offer.kind, UnknownViewport)(offer.name, parent)
