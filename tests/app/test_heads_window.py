"""Heads of attention in the real window: actions on a head, the inspector, buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

TOYS = Path(__file__).with_name("toys")
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def attentive(desk: Any, plugin: Callable[..., Any]) -> Any:
    plugin("attentive", (TOYS / "attentive.py").read_text("utf-8"), "Attentive")
    desk.open("attentive")
    desk.until(lambda: desk.viewport.scene.view is not None, "heads")
    return desk


def test_a_head_is_switched_off_from_its_menu(attentive: Any, answer: Callable[..., Any]) -> None:
    desk = attentive
    viewport = desk.viewport
    tile = viewport.grid.rect_of((1, 2)).center().toPoint()
    at = viewport.grid.pos() + tile
    seen: list[str] = []

    def choose(menu: Any) -> None:
        seen.extend(action.text() for action in menu.actions() if action.text())
        menu.setActiveAction(next(a for a in menu.actions() if a.text().startswith("Switch")))
        QTest.keyClick(menu, Qt.Key.Key_Return)

    answer(choose)
    viewport.scene.point()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)
    desk.until(lambda: seen, "the menu")
    assert seen == ["Switch head on/off", "Copy values", "Save as PNG, SVG or CSV..."]
    desk.until(lambda: viewport.scene.view.off == ((1, 2),), "the head to be off")


def test_a_button_does_it_to_the_head_in_focus(attentive: Any) -> None:
    desk = attentive
    button = desk.window.controls.actions_panel.buttons["switch"]
    desk.until(button.isEnabled, "a head in focus")
    assert button.text() == "Switch head on/off"
    assert button.toolTip().endswith("Of layer 3, head 1")
    viewport = desk.viewport
    QTest.mouseClick(viewport.grid, LEFT, NONE, viewport.grid.rect_of((0, 3)).center().toPoint())
    desk.until(lambda: button.toolTip().endswith("Of layer 1, head 4"), "the other head")
    desk.click(button)
    desk.until(lambda: viewport.scene.view.off == ((0, 3),), "the head to be off")


def test_a_weight_that_is_clicked_is_told_of_in_the_inspector(attentive: Any) -> None:
    desk = attentive
    viewport = desk.viewport
    inspector = desk.window.controls.inspector
    at = viewport.map.point_of((12, 5)).toPoint()
    QTest.mouseClick(viewport.map, LEFT, NONE, at)
    desk.until(lambda: inspector.facts.rows, "facts")
    assert [(row.label, row.value) for row in inspector.facts.rows] == [
        ("head", "3.1"), ("query", 12), ("key", 5),
    ]  # fmt: skip
    notes: list[str] = []
    inspector.note_changed.connect(notes.append)
    # Arrows move it on, while the world goes on by itself.
    QTest.keyClick(viewport, Qt.Key.Key_Right)
    desk.until(lambda: inspector.facts.rows[-1].value == 6, "the next key")
    assert notes[-1] == "layer 3, head 1, 13 to 7"  # as in the map: from 1
    assert desk.state.step == 0  # the arrow stepped no world
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert viewport.scene.locked is None


def test_the_title_gives_way_to_the_buttons(attentive: Any) -> None:
    desk = attentive
    desk.window.resize(900, 600)
    QTest.qWait(50)
    viewport, title = desk.viewport, desk.page.overlay.title
    assert title.geometry().right() < viewport.bar.geometry().left()
    assert viewport.rect().contains(viewport.bar.geometry())
    assert viewport.childAt(QPoint(viewport.bar.x() + 8, viewport.bar.y() + 18)) is not None
