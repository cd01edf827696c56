"""The line above a comparison: what is shown of the two worlds, and what differs, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["MODES", "CompareBar"]

MODES = ("first", "second", "difference", "wipe")
_TITLES = ("A", "B", "Difference", "Wipe")
_FINE = 1000  # places of the wipe


class CompareBar(QWidget):
    """Buttons and words; what is shown is the page's matter.

    Signals
    -------
    mode_chosen : str
        One of `MODES`.
    wiped
        `share` changed.
    view_chosen : str
        Title of the view to compare.
    again_asked, link_asked
        Both worlds shall begin anew; they shall be linked again.
    """

    mode_chosen = Signal(str)
    wiped = Signal()
    view_chosen = Signal(str)
    again_asked = Signal()
    link_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        for mode, words in zip(MODES, _TITLES, strict=True):
            button = QPushButton(words)
            button.setObjectName("pill")
            button.setCheckable(True)
            button.setProperty("mode", mode)
            group.addButton(button)
            row.addWidget(button)
            self.buttons[mode] = button
        group.buttonClicked.connect(self._clicked)
        self.buttons["difference"].setToolTip("What differs: second minus first")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _FINE)
        self.slider.setValue(_FINE // 2)
        self.slider.setMaximumWidth(160)
        self.slider.setAccessibleName("How much of the first world is shown")
        self.slider.setToolTip("How much of the first world is shown")
        self.slider.valueChanged.connect(self.wiped)
        self.slider.hide()
        self.views = QComboBox()
        self.views.setAccessibleName("Compared view")
        self.views.setToolTip("What of both worlds is compared")
        self.views.currentTextChanged.connect(self.view_chosen)
        self.views.hide()
        self.again = QToolButton()
        self.again.setToolTip("Begin both again with one seed")
        self.again.setAccessibleName("Begin both again with one seed")
        self.again.clicked.connect(self.again_asked)
        self.relink = QPushButton("Link them again")
        self.relink.clicked.connect(self.link_asked)
        self.relink.hide()
        self._words = QLabel()
        self._words.setProperty("dim", True)
        self._words.setFont(theme.font("caption"))
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Two lines, also where one would do: the picture below shall not jump.
        self._words.setMinimumHeight(2 * self._words.fontMetrics().lineSpacing())
        row.addWidget(self.slider)
        row.addWidget(self.views)
        row.addStretch(1)
        row.addWidget(self.again)
        row.addWidget(self.relink)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        column.setSpacing(theme.UNIT)
        column.addLayout(row)
        column.addWidget(self._words)
        self._retint()

    @property
    def share(self) -> float:
        """How much of the first world a wipe shows, 0 to 1."""
        return self.slider.value() / _FINE

    @property
    def view(self) -> str:
        """Title of the view to compare; "" before there is one."""
        return self.views.currentText()

    def say(self, words: str) -> None:
        """Say what differs."""
        self._words.setText(words)
        self._words.setToolTip(words)

    def set_mode(self, mode: str) -> None:
        """Mark what is shown."""
        self.buttons[mode].setChecked(True)
        self.slider.setVisible(mode == "wipe")

    def set_wipes(self, on: bool) -> None:
        """Offer the wipe, or say why not."""
        words = "The first on the left, the second on the right"
        self.buttons["wipe"].setEnabled(on)
        self.buttons["wipe"].setToolTip(words if on else "Only pictures can be wiped")

    def set_views(self, titles: Sequence[str], wanted: str) -> None:
        """Offer views, where there are several; the one that is chosen stays, else `wanted`."""
        if list(titles) != [self.views.itemText(place) for place in range(self.views.count())]:
            before = self.view or wanted
            blocked = self.views.blockSignals(True)
            self.views.clear()
            self.views.addItems(list(titles))
            self.views.setCurrentIndex(max(0, self.views.findText(before)))
            self.views.blockSignals(blocked)
        self.views.setVisible(len(titles) > 1)

    def set_linked(self, on: bool) -> None:
        """Offer to begin both again, or to link them again."""
        self.again.setVisible(on)
        self.relink.setVisible(not on)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _retint(self) -> None:
        self.again.setIcon(theme.icon("rotate-ccw", "dim"))

    def _clicked(self, button: QPushButton) -> None:
        self.mode_chosen.emit(str(button.property("mode")))
