"""A window that waits for an answer is dimmed."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog


def test_a_window_is_dim_as_long_as_a_question_is_open(desk: Any) -> None:
    veil = desk.window.veil
    assert not veil.isVisible()
    question = QDialog(desk.window)
    question.open()
    desk.until(veil.isVisible, "the veil")
    assert veil.size() == desk.window.size()
    desk.window.resize(desk.window.width() + 20, desk.window.height())
    desk.until(lambda: veil.size() == desk.window.size(), "the veil grows")
    question.reject()
    desk.until(lambda: not veil.isVisible(), "the window again")
