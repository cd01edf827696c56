"""What is asked about sessions: before one is lost, after a crash, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.session.changes import Change
from app.session.manifest import Manifest

__all__ = ["ChangesDialog", "KeepDialog", "PartsDialog", "RecoveryDialog", "when"]

_LISTED = 8  # titles or changes that a question names


class _Question(QDialog):
    """A title, words, perhaps a picture, and a row of buttons."""

    def __init__(self, title: str, words: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        self._rows.setSpacing(2 * theme.UNIT)
        head = QLabel(title)
        head.setFont(theme.font("title"))
        self._rows.addWidget(head)
        self._words = QLabel(words)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._rows.addWidget(self._words)

    def _add_buttons(self, *buttons: QPushButton) -> None:
        self._rows.addSpacing(theme.GAP)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        self._rows.addLayout(row)
        buttons[-1].setDefault(True)
        buttons[-1].setFocus()


class KeepDialog(_Question):
    """Asks whether to save the session before it is lost.

    Signals
    -------
    save, discard
        Chosen; closing the question does neither.
    """

    save = Signal()
    discard = Signal()

    def __init__(
        self, name: str, changes: Sequence[Change], deed: str, parent: QWidget | None = None
    ) -> None:
        since = f" what changed since the session {name} was saved" if name else ""
        words = f"{deed} loses{since}:"
        super().__init__("Save the session?", words, parent)
        listed = [f"\N{BULLET} {change}" for change in changes[:_LISTED]]
        if len(changes) > _LISTED:
            listed.append(f"and {len(changes) - _LISTED} more")
        lines = QLabel("\n".join(listed))
        lines.setWordWrap(True)
        lines.setTextFormat(Qt.TextFormat.PlainText)
        lines.setProperty("dim", True)
        self._rows.addWidget(lines)
        discard, cancel = QPushButton("Don't save"), QPushButton("Cancel")
        save = QPushButton("Save" if name else "Save...")
        discard.clicked.connect(self._discard)
        cancel.clicked.connect(self.reject)
        save.clicked.connect(self._save)
        self._add_buttons(discard, cancel, save)

    def _save(self) -> None:
        self.accept()
        self.save.emit()

    def _discard(self) -> None:
        self.accept()
        self.discard.emit()


class RecoveryDialog(_Question):
    """Offers what a crash left; closing it leaves that for the next start.

    Signals
    -------
    restore, discard
    """

    restore = Signal()
    discard = Signal()

    def __init__(
        self, manifest: Manifest, picture: bytes, folder: Path, parent: QWidget | None = None
    ) -> None:
        titles = [kept.title or kept.slug for kept in manifest.worlds]
        count = "one world" if len(titles) == 1 else f"{len(titles)} worlds"
        name = f" of {Path(manifest.name).stem}" if manifest.name else ""
        words = (
            f"Primordia did not end as it should. Its session{name} was saved by itself "
            f"{when(manifest.saved)}, with {count}:\n{_named(titles)}"
        )
        super().__init__("Restore the last session?", words, parent)
        self._folder = folder
        pixmap = QPixmap()
        if picture and pixmap.loadFromData(picture, "PNG"):
            seen = QLabel()
            seen.setPixmap(pixmap)
            seen.setAccessibleName("Picture of the window as it was")
            seen.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._rows.addWidget(seen)
        show, discard = QPushButton("Show folder"), QPushButton("Discard")
        restore = QPushButton("Restore")
        show.clicked.connect(self._show)
        discard.clicked.connect(self._discard)
        restore.clicked.connect(self._restore)
        self._add_buttons(show, discard, restore)

    def _show(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _restore(self) -> None:
        self.accept()
        self.restore.emit()

    def _discard(self) -> None:
        self.accept()
        self.discard.emit()


class PartsDialog(_Question):
    """Offers parts of films that a crash left; they play as far as they go.

    Signals
    -------
    keep, discard
    """

    keep = Signal()
    discard = Signal()

    def __init__(self, parts: Sequence[Path], parent: QWidget | None = None) -> None:
        words = (
            "A recording was not finished. What was written so far can be played:"
            if len(parts) == 1
            else "Recordings were not finished. What was written so far can be played:"
        )
        names = "\n".join(f"{part.name} in {part.parent}" for part in parts[:_LISTED])
        super().__init__("Keep the unfinished film?", f"{words}\n{names}", parent)
        self._folder = parts[0].parent
        show, discard, keep = (QPushButton(t) for t in ("Show folder", "Delete", "Keep"))
        show.clicked.connect(self._show)
        discard.clicked.connect(self._discard)
        keep.clicked.connect(self._keep)
        self._add_buttons(show, discard, keep)

    def _show(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _keep(self) -> None:
        self.accept()
        self.keep.emit()

    def _discard(self) -> None:
        self.accept()
        self.discard.emit()


class ChangesDialog(_Question):
    """Lists what changed since the session was saved.

    Signals
    -------
    save
    """

    save = Signal()

    def __init__(
        self, name: str, saved: str, changes: Sequence[Change], parent: QWidget | None = None
    ) -> None:
        if not name:
            words = "This session was not saved yet. It holds:"
        elif changes:
            words = f"{name} was saved {when(saved)}. Since then:"
        else:
            words = f"Nothing changed since {name} was saved {when(saved)}."
        super().__init__("Changes since saved", words, parent)
        if changes:
            self.listing = QListWidget()
            self.listing.setAccessibleName("Changes")
            self.listing.setWordWrap(True)
            self.listing.addItems([str(change) for change in changes])
            self._rows.addWidget(self.listing)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        save = buttons.addButton(
            "Save" if name else "Save...", QDialogButtonBox.ButtonRole.AcceptRole
        )
        save.setEnabled(bool(changes))
        buttons.accepted.connect(self._save)
        buttons.rejected.connect(self.reject)
        self._rows.addWidget(buttons)

    def _save(self) -> None:
        self.accept()
        self.save.emit()


def when(saved: str) -> str:
    """Say in words when something was saved; `saved` is ISO 8601."""
    try:
        moment = datetime.fromisoformat(saved).astimezone()
    except (ValueError, OverflowError, OSError):
        return "some time ago"
    now = datetime.now().astimezone()
    if moment.date() == now.date():
        return f"today at {moment:%H:%M}"
    return f"on {moment:%Y-%m-%d} at {moment:%H:%M}"


def _named(titles: Sequence[str]) -> str:
    named = ", ".join(titles[:_LISTED])
    return named if len(titles) <= _LISTED else f"{named} and {len(titles) - _LISTED} more"
