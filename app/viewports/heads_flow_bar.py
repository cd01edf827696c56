"""How many lines are drawn between tokens: so many of each, from so strong on, of which heads."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QActionGroup, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget

from app import theme
from app.viewports.chrome import ChromeButton
from app.viewports.decorations import tabular
from app.viewports.heads_layout import CAPTION
from app.viewports.heads_scene import Scene
from app.widgets.slider import Slider

__all__ = ["FlowBar"]

TOPS = (1, 2, 3, 5, 8, 0)
SLIDER = 72


class FlowBar(QWidget):
    """Stands at the right end of the arcs' caption."""

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self.layer = ChromeButton(
            "layers",
            name="All heads of the layer",
            tip="Lines of all heads of the layer, not only of the one in focus "
            "(Shift-click a head to add it alone)",
            checkable=True,
            size=CAPTION,
        )
        self.layer.toggled.connect(self._layer_toggled)
        self.top = ChromeButton(
            "", name="Lines of each token", tip="Lines of each token", menu=True, size=CAPTION
        )
        self.top.reserve(_words(max(TOPS)))
        self.top.clicked.connect(self._open)
        self._menu = QMenu(self)
        self._group = QActionGroup(self)
        for count in TOPS:
            action = self._menu.addAction(_words(count).capitalize())
            action.setCheckable(True)
            action.setData(count)
            action.triggered.connect(self._top_chosen)
            self._group.addAction(action)
        self.least = Slider(self)
        self.least.setFixedSize(SLIDER, CAPTION)
        self.least.setAccessibleName("Weakest line")
        self.least.setToolTip("Lines weaker than this share of the scale are left out")
        self.least.valueChanged.connect(self._slid)
        self._from = QLabel("from")
        self._from.setFont(theme.font("caption"))
        self._from.setProperty("dim", True)
        self._figure = QLabel()
        self._figure.setFont(tabular("caption"))
        self._figure.setFixedWidth(QFontMetrics(self._figure.font()).horizontalAdvance("100%") + 2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        for part in (self.layer, self.top, self._from, self.least, self._figure):
            row.addWidget(part)
        scene.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen."""
        look = self._scene.look
        blocked = self.layer.blockSignals(True)
        self.layer.setChecked(look.layer_flow)
        self.layer.blockSignals(blocked)
        self.layer.setVisible(self._scene.size[1] > 1)
        self.top.set_words(_words(look.top))
        for action in self._group.actions():
            action.setChecked(action.data() == look.top)
        self.least.set_fraction(look.least)
        self._figure.setText(f"{100 * look.least:.0f}%")

    def _layer_toggled(self, on: bool) -> None:
        self._scene.choose(layer_flow=on)

    def _open(self) -> None:
        self._menu.popup(self.top.mapToGlobal(QPoint(0, self.top.height() + 4)))

    def _top_chosen(self) -> None:
        action = self._group.checkedAction()
        if action is not None:
            self._scene.choose(top=int(action.data()))

    def _slid(self) -> None:
        self._scene.choose(least=round(self.least.fraction(), 2))


def _words(top: int) -> str:
    return f"{top} of each" if top else "all of each"
