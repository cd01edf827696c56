"""A choice parameter as a button on the picture: what is shown, and a menu of what else can be."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.viewports.chrome import ChromeButton
from engine.core.params import ParamField

__all__ = ["ChoiceButton"]


class ChoiceButton(ChromeButton):
    """Shows the value of a choice parameter; a click opens the others.

    Signals
    -------
    chosen(name, value)
    """

    chosen = Signal(str, str)

    def __init__(self, field: ParamField, parent: QWidget | None = None) -> None:
        super().__init__(
            "",
            _words(field, str(field.default)),
            name=field.title,
            tip=f"{field.title}: {field.help[:1].lower()}{field.help[1:]}",
            menu=True,
            parent=parent,
        )
        self.field = field
        self._popup = QMenu(self)
        self._group = QActionGroup(self)
        for value in field.choices:
            action = self._popup.addAction(_words(field, value))
            action.setCheckable(True)
            action.setData(value)
            action.triggered.connect(self._triggered)
            self._group.addAction(action)
        self.reserve(max((_words(field, value) for value in field.choices), key=len))
        self.value = ""
        self._lacking: frozenset[str] = frozenset()
        self.set_value(str(field.default))
        self.clicked.connect(self._open)

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self.value:
            self.value = value
            self.set_words(_words(self.field, value))
            for action in self._group.actions():
                action.setChecked(action.data() == value)

    def set_lacking(self, values: frozenset[str]) -> None:
        """Leave out values that would show nothing."""
        if values != self._lacking:
            self._lacking = values
            for action in self._group.actions():
                action.setVisible(action.data() not in values)

    def choose_next(self) -> None:
        """Go on to the next value that shows something, round and round."""
        values = tuple(
            value
            for value in self.field.choices
            if value not in self._lacking or value == self.value
        )
        place = values.index(self.value) if self.value in values else -1
        self.chosen.emit(self.field.name, values[(place + 1) % len(values)])

    def _open(self) -> None:
        width = self._popup.sizeHint().width()
        self._popup.popup(self.mapToGlobal(QPoint(self.width() - width, self.height() + 6)))

    def _triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen.emit(self.field.name, str(action.data()))


def _words(field: ParamField, value: str) -> str:
    """Write a value so that it is understood without the name of its parameter."""
    if value == "none":
        return f"No {field.title.lower()}"
    if not set(value) & set("aeiouy"):
        return value.upper()  # letters for words, such as PBR
    return value.replace("_", " ").capitalize()
