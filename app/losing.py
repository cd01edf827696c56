"""Asking before what a world learned is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from app.world import World

__all__ = ["ask_to_lose"]


def ask_to_lose(
    world: World, parent: QWidget, lose: Callable[[], object], save: Callable[[], object]
) -> QMessageBox:
    """Ask whether what a world learned may be lost; returns at once, with the question open.

    Parameters
    ----------
    world : World
        It has learned what is not saved.
    lose, save : callable
        Called after the answer; nothing is on Cancel, or if the world was closed meanwhile.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("Primordia")
    box.setText(f"{world.title} was trained and not saved.")
    box.setInformativeText("Closing it loses what it learned.")
    answers: dict[QAbstractButton, Callable[[], object]] = {
        box.addButton("Save model...", QMessageBox.ButtonRole.AcceptRole): save,
        box.addButton("Close without saving", QMessageBox.ButtonRole.DestructiveRole): lose,
    }
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.buttonClicked.connect(partial(_answered, answers))
    world.closed.connect(box.reject)
    box.open()
    return box


def _answered(
    answers: dict[QAbstractButton, Callable[[], object]], button: QAbstractButton
) -> None:
    do = answers.get(button)
    if do is not None:
        do()
