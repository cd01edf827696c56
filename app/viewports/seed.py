"""The seed of a world on its picture: seen, copied, typed, drawn anew."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QGuiApplication, QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QWidget, QWidgetAction

from app import theme
from app.viewports.chrome import ChromeButton
from engine.core.spec import LAST_SEED

__all__ = ["SeedButton"]


class SeedButton(ChromeButton):
    """The seed of a world: it can be copied, typed, or drawn anew.

    Signals
    -------
    wanted : int or None
        Begin again with this seed; None is a new one.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        tip = "The seed: the same one gives the same world again. Copy it, type one, draw another"
        super().__init__("", "seed", tip=tip, size=theme.CONTROL, parent=parent)
        self.seed: int | None = None
        self.setObjectName("seed")
        self._choices: QMenu | None = None
        self.clicked.connect(self._open)

    def set_seed(self, seed: int) -> None:
        """Show a seed; one of many figures is shortened, not where it is copied."""
        self.seed = seed
        text = str(seed)
        self.reserve(words := f"seed {text if len(text) <= 8 else f'{text[:4]}…{text[-3:]}'}")
        self.set_words(words)
        self.setAccessibleName(f"Seed {seed}")
        self.resize(self.sizeHint())

    def _open(self) -> None:
        if self._choices is None:
            self._choices = QMenu(self)
            self._copy = self._choices.addAction(theme.icon("copy"), "")
            self._copy.triggered.connect(self._copied)
            self._choices.addSeparator()
            self._field = SeedAction(self._choices)
            self._field.chosen.connect(self._typed)
            self._choices.addAction(self._field)
            same = self._choices.addAction(theme.icon("rotate-ccw"), "Begin again with this seed")
            same.triggered.connect(self._same)
            new = self._choices.addAction(theme.icon("dices"), "Begin again with another seed")
            new.triggered.connect(self._new)
        self._copy.setText(f"Copy {self.seed}")
        self._field.field.setText(str(self.seed))
        self._choices.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(str(self.seed))

    def _typed(self, seed: int) -> None:
        self.wanted.emit(seed)

    def _same(self) -> None:
        self.wanted.emit(self.seed)

    def _new(self) -> None:
        self.wanted.emit(None)


class SeedAction(QWidgetAction):
    """A line of the menu that takes a seed; Return begins with it.

    Signals
    -------
    chosen : object
        The seed; `object`, since it has more figures than a C++ int.
    """

    chosen = Signal(object)

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(12, 2, 8, 2)
        self.field = QLineEdit()
        self.field.setMaxLength(len(str(LAST_SEED)))
        self.field.setValidator(
            QRegularExpressionValidator(QRegularExpression("[0-9]+"), self.field)
        )
        self.field.setAccessibleName("Seed")
        self.field.setToolTip("A whole number from 0 to 2^63 - 1; Return begins with it")
        self.field.returnPressed.connect(self._choose)
        layout.addWidget(QLabel("Seed"))
        layout.addWidget(self.field, 1)
        self.setDefaultWidget(row)

    def _choose(self) -> None:
        text = self.field.text()
        menu = self.parent()
        if text and int(text) <= LAST_SEED:
            if isinstance(menu, QMenu):
                menu.close()
            self.chosen.emit(int(text))
