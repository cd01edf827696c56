"""The menu of a place: inspect it, copy its values, seed it; beside everything, the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication


@pytest.fixture
def menu(desk: Any, answer: Any) -> Callable[[QPoint, str], list[str]]:
    """Open the menu at a point of the viewport, choose a line by its words, and return them all."""

    def at(point: QPoint, choose: str = "") -> list[str]:
        words: list[str] = []

        def take(shown: Any) -> None:
            words.extend(action.text() for action in shown.actions() if action.text())
            line = next((a for a in shown.actions() if a.text() == choose), None)
            if line is not None:
                line.trigger()
                shown.setActiveAction(line)
            shown.close()

        answer(take)
        view = desk.viewport
        reason = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(reason, point, view.mapToGlobal(point))
        QApplication.sendEvent(view, event)
        return words

    return at


def test_values_of_a_cell_are_copied(desk: Any, menu: Any, monkeypatch: Any) -> None:
    from app import place_menu

    desk.open("gray-scott")
    point = desk.point_of(10, 12)
    words = menu(point)
    assert words[:2] == ["Inspect cell 12, 10", "Copy value"]
    assert "Copy picture" in words
    QGuiApplication.clipboard().clear()
    place_menu._copy(desk.viewport, (10, 12))
    text = desk.until(lambda: QGuiApplication.clipboard().text(), "the values")
    lines = dict(line.split("\t")[:2] for line in text.splitlines())
    assert len(lines) > 1
    assert any(float(value) == 1.0 for value in lines.values() if value.count(".") == 1)
    QGuiApplication.clipboard().clear()


def test_a_seed_is_put_down_at_the_place_and_can_be_taken_back(desk: Any, menu: Any) -> None:
    from app import place_menu

    desk.open("life", pattern="empty")
    seed = next(brush for brush in desk.viewport.tools.brushes if brush.name == "seed")
    assert f"{seed.title} here" in menu(desk.point_of(20, 30))
    held = desk.viewport.tools.tool
    place_menu._plant(desk.viewport, seed, (20, 30))
    desk.settle()
    desk.until(lambda: desk.window.user_actions["edit.undo"].isEnabled(), "what can be undone")
    assert desk.viewport.tools.tool == held


def test_beside_everything_the_menu_is_of_the_picture(desk: Any, menu: Any) -> None:
    desk.open("life")
    desk.run("view.zoom-out")
    desk.run("view.zoom-out")
    words = menu(QPoint(2, desk.viewport.height() // 2))
    assert words[0] == "Fit"
    assert "Copy value" not in words
    assert {"Reset", "New seed", "Save picture..."} <= set(words)


def test_empty_ground_offers_what_fills_it(desk: Any) -> None:
    actions = desk.window.empty.actions()
    words = {action.text() for action in actions}
    assert {"New world...", "Open...", "Command palette..."} <= words
    assert all(action.isEnabled() for action in actions)
