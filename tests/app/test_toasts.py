"""Messages over the picture, and what their buttons do."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QAbstractButton


def test_a_message_goes_before_its_button_acts(desk: Any) -> None:
    toasts, seen = desk.window.toasts, []

    def act() -> None:  # it may open a dialog, and what is shown then may go meanwhile
        seen.append([message.text for message in toasts.messages()])

    toasts.show_message("The film is there", "accent", action=("Open it", act))
    buttons = toasts.messages()[-1].findChildren(QAbstractButton)
    desk.click(next(button for button in buttons if button.text() == "Open it"))
    assert seen == [[]]
