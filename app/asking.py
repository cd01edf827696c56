"""Asking for files, with the dialogs of the platform; a script gives their names instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.settings import Settings
from app.world import World
from engine.core.errors import BadInput

__all__ = ["Asking", "check_ending", "name_and_numbers", "stem"]


class Asking:
    """The file dialogs of one window; they begin where the last file lay."""

    def __init__(self, settings: Settings, window: QWidget) -> None:
        self._settings, self._window = settings, window

    def to_open(self, kinds: str, folder: str = "") -> Path | None:
        """Ask for a file to read, in a folder of its own if there is one."""
        begin = folder or self._settings.folder
        found, _ = QFileDialog.getOpenFileName(self._window, "Open", begin, kinds)
        return Path(found) if found else None

    def for_folder(self, words: str) -> Path | None:
        """Ask for a folder."""
        found = QFileDialog.getExistingDirectory(self._window, words, self._settings.folder)
        return Path(found) if found else None

    def to_save(
        self, argument: str, name: str, kinds: Mapping[str, str], folder: str = ""
    ) -> Path | None:
        """Ask for a file to write; `kinds` has the ending, perhaps of two parts, of each filter."""
        if argument:
            return Path(argument)
        filters = ";;".join(kinds)
        folder = folder or self._settings.folder or str(Path.home())
        dialog = QFileDialog(self._window, "Save", folder, filters)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)

        def suggest(kind: str) -> None:
            """Give the name the ending of the kind that is chosen."""
            # Added by the dialog, so that it asks before it replaces the file that is really meant.
            dialog.setDefaultSuffix(kinds[kind])
            chosen = Path((dialog.selectedFiles() or [name])[0]).name
            for ending in sorted(kinds.values(), key=len, reverse=True):
                chosen = chosen.removesuffix(ending)
            dialog.selectFile(chosen + kinds[kind])

        dialog.selectFile(name)
        dialog.setDefaultSuffix(next(iter(kinds.values())))
        dialog.filterSelected.connect(suggest)
        found = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        return Path(found[0]) if found else None


def check_ending(path: Path, ending: str) -> None:
    """Refuse a name by which the program could not tell what is in the file.

    Raises
    ------
    BadInput
        If it has another ending.
    """
    if path.suffix.lower() != ending:
        remedy = f"Name it {path.stem}{ending}"
        raise BadInput(f"has not the ending {ending}", path=path, remedy=remedy)


def name_and_numbers(argument: str, most: int) -> tuple[str, list[int]]:
    """Split a script's argument into a file's name, spaces allowed, and the numbers after it."""
    words = argument.strip().split(" ")
    numbers: list[int] = []
    while len(words) > 1 and len(numbers) < most and words[-1].isdecimal():
        numbers.insert(0, int(words.pop()))
    return " ".join(words), numbers


def stem(world: World) -> str:
    """Make a file name of a title."""
    return "".join(c if c.isalnum() else "-" for c in world.title.lower()).strip("-") or "world"
