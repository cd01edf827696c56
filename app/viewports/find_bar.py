"""The bar that searches a world of programs, floating on the picture."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.viewports.chrome import ChromeButton, FloatingPanel, with_key
from engine.core.programs import Found, Place

__all__ = ["FindBar"]

FIELD = 260
STATUS = 200


class FindBar(FloatingPanel):
    """A text, what was found, next and previous; why nothing was searched is written below.

    Signals
    -------
    asked(str)
        Search for this.
    place_shown(Place or None)
        This is the place to show now.
    closed()
    form_changed()
        It takes another size.
    """

    asked = Signal(str)
    place_shown = Signal(object)
    closed = Signal()
    form_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Find")
        self._asked_for = ""
        self._found = Found(0, ())
        self._index = 0
        self.field = QLineEdit()
        self.field.setFont(theme.font("mono"))
        self.field.setPlaceholderText("Find program text, or hex:..")
        self.field.setAccessibleName("Find in the world")
        self.field.setFixedWidth(FIELD)
        self.field.returnPressed.connect(self._return)
        self.field.textEdited.connect(self._edited)
        self.status = QLabel()
        self.status.setProperty("dim", True)
        self.status.setFixedWidth(STATUS)
        self.previous_button = ChromeButton(
            "chevron-up", name="Previous", tip=with_key("Previous place", "Shift+Return")
        )
        self.next_button = ChromeButton(
            "chevron-down", name="Next", tip=with_key("Next place", "Return")
        )
        self.close_button = ChromeButton("x", name="Close", tip=with_key("Close", "Esc"))
        self.previous_button.clicked.connect(self.show_previous)
        self.next_button.clicked.connect(self.show_next)
        self.close_button.clicked.connect(self.close_bar)
        self.trouble = QLabel()
        self.trouble.setProperty("role", "danger")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        box = self._box = QVBoxLayout(self)
        box.setContentsMargins(8, 4, 4, 4)
        box.setSpacing(theme.UNIT)
        row = self._row = QHBoxLayout()
        box.addLayout(row)
        box.addWidget(self.trouble)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.field)
        row.addSpacing(theme.UNIT)
        row.addWidget(self.status)
        for button in (self.previous_button, self.next_button, self.close_button):
            row.addWidget(button)
        self._tell()

    @property
    def places(self) -> tuple[Place, ...]:
        """The places found."""
        return self._found.places

    @property
    def current(self) -> Place | None:
        """The place that is shown."""
        return self.places[self._index] if self.places else None

    def sizeHint(self) -> QSize:
        """Return the width of its row, and the height that all of it takes then."""
        margins = self._box.contentsMargins()
        width = self._row.sizeHint().width() + margins.left() + margins.right()
        return QSize(width, self.height_at(width))

    def height_at(self, width: int) -> int:
        """Return the height at a width: words below are broken into lines."""
        self._box.invalidate()
        wraps = self._box.hasHeightForWidth()
        return self._box.totalHeightForWidth(width) if wraps else self._box.sizeHint().height()

    def open(self, text: str = "") -> None:
        """Show it and take the keyboard; a text is searched for at once."""
        self.show()
        self.raise_()
        self.field.setFocus()
        if text:
            self.field.setText(text)
            self._ask()
        else:
            self.field.selectAll()
        self._tell()

    def close_bar(self) -> None:
        """Hide it."""
        self.hide()
        self.closed.emit()

    def show_found(self, found: Found, refusal: str = "") -> None:
        """Take what the world found, or why it did not search."""
        self._found, self._index = found, 0
        self._tell(refusal)
        self.place_shown.emit(self.current)

    def show_next(self) -> None:
        """Show the next place, round and round."""
        self._move(1)

    def show_previous(self) -> None:
        """Show the place before."""
        self._move(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close by Esc; Shift+Return goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            event.ignore()

    def _return(self) -> None:
        if self.field.text().strip() != self._asked_for or not self.places:
            self._ask()
        else:
            shifted = QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
            self._move(-1 if shifted else 1)

    def _ask(self) -> None:
        self._asked_for = self.field.text().strip()
        if self._asked_for:
            self.status.setText("Searching...")
            self.asked.emit(self._asked_for)
        else:
            self.show_found(Found(0, ()))

    def _edited(self) -> None:
        if self.field.text().strip() != self._asked_for:
            self._asked_for = ""
            self._found, self._index = Found(0, ()), 0
            self._tell()
            self.place_shown.emit(None)

    def _move(self, by: int) -> None:
        if self.places:
            self._index = (self._index + by) % len(self.places)
            self._tell()
            self.place_shown.emit(self.current)

    def _tell(self, refusal: str = "") -> None:
        total, known = self._found.total, len(self.places)
        words = "Return searches"
        if refusal:
            words = ""
        elif total:
            words = f"{self._index + 1:,} of {total:,} programs"
            if known < total:
                words = f"{self._index + 1:,} of first {known:,}; {total:,} in all"
        elif self._asked_for:
            words = "In no program"
        self.status.setText(
            self.status.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, STATUS)
        )
        self.status.setToolTip(words)
        if refusal != self.trouble.text():
            self.trouble.setText(refusal)
            self.trouble.setVisible(bool(refusal))
            self.form_changed.emit()
        for button in (self.previous_button, self.next_button):
            button.setEnabled(known > 1)
