"""The words of a preset of the user's, and from where it begins."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["PresetDialog", "Words"]

WIDTH = 440
_SMOOTH = Qt.TransformationMode.SmoothTransformation
LOOK_HEIGHT = 72
PICTURE = 96


@dataclass(frozen=True)
class Words:
    """What the user says about a preset."""

    title: str
    look: str = ""
    tags: tuple[str, ...] = ()


class PresetDialog(QDialog):
    """Asks for title, what to look at and tags; of a new preset also from where it begins.

    Parameters
    ----------
    words : Words
        To begin with.
    starts : tuple of str
        From where it may begin, in words; the first one is chosen at first. Empty: do not ask.
    picture : QPixmap, optional
    """

    def __init__(
        self,
        words: Words,
        starts: tuple[str, ...] = (),
        picture: QPixmap | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        name = "Save as preset" if starts else "Edit preset"
        self.setWindowTitle(name)
        self.setMinimumWidth(WIDTH)
        self._title = QLineEdit(words.title)
        self._title.setAccessibleName("Title")
        self._title.textChanged.connect(self._judge)
        self._look = QPlainTextEdit(words.look)
        self._look.setObjectName("longText")
        self._look.setAccessibleName("What to look at")
        self._look.setPlaceholderText("What is there to see, and what should one try?")
        self._look.setTabChangesFocus(True)
        self._look.setFixedHeight(LOOK_HEIGHT)
        self._tags = QLineEdit(", ".join(words.tags))
        self._tags.setAccessibleName("Tags")
        self._tags.setPlaceholderText("with commas between them")
        head = QHBoxLayout()
        title = QLabel(name)
        title.setFont(theme.font("title"))
        head.addWidget(title, 1)
        if picture is not None and not picture.isNull():
            seen = QLabel()
            seen.setPixmap(picture.scaled(PICTURE, PICTURE, mode=_SMOOTH))
            seen.setAccessibleName("Picture of the preset")
            head.addWidget(seen)
        form = QFormLayout()
        form.setSpacing(2 * theme.UNIT)
        form.addRow("Title", self._title)
        form.addRow("What to look at", self._look)
        form.addRow("Tags", self._tags)
        self._starts = QButtonGroup(self)
        choices = QVBoxLayout()
        for number, start in enumerate(starts):
            button = QRadioButton(start)
            button.setChecked(number == 0)
            self._starts.addButton(button, number)
            choices.addWidget(button)
        if starts:
            form.addRow("It begins", choices)
        kinds = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.PADDING)
        layout.addLayout(head)
        layout.addLayout(form)
        layout.addWidget(self._buttons)
        self._title.selectAll()
        self._judge()

    def words(self) -> Words:
        """Return what was written."""
        tags = (" ".join(tag.split()).lower() for tag in self._tags.text().split(","))
        look = " ".join(self._look.toPlainText().split())
        title = " ".join(self._title.text().split())
        return Words(title, look, tuple(dict.fromkeys(tag for tag in tags if tag)))

    def start(self) -> int:
        """Return the number of the start that was chosen."""
        return max(self._starts.checkedId(), 0)

    def _judge(self) -> None:
        save = self._buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(bool(self._title.text().strip()))
        save.setToolTip("" if save.isEnabled() else "It needs a title")
