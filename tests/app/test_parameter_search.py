"""Parameters are found by a few letters, those for experts too, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.core import registry


def _shown(panel: Any) -> list[str]:
    return [name for name, row in panel._rows.items() if row.isVisible()]


def test_letters_leave_the_rows_that_answer(desk: Any) -> None:
    desk.open("life")
    panel = desk.window.controls.parameters
    everything = _shown(panel)
    desk.viewport.setFocus()
    desk.key(Qt.Key.Key_Slash, widget=desk.viewport)
    desk.until(panel.search.hasFocus, "the field")
    QTest.keyClicks(panel.search, "wid")
    assert _shown(panel) == ["width"]
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel._rows["width"]._number.hasFocus()
    panel.search.setText("no such thing")
    assert _shown(panel) == []
    assert panel._none.isVisible()
    panel.search.setFocus()
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert _shown(panel) == everything
    assert not panel._none.isVisible()


def test_experts_are_found_though_they_are_folded(desk: Any) -> None:
    slug = next(
        entry.info.slug
        for entry in registry.catalogue()
        if len(entry.fields) >= 8 and any(field.expert for field in entry.fields)
    )
    desk.open(slug)
    panel = desk.window.controls.parameters
    expert = next(field for field in desk.world.fields if field.expert)
    assert expert.name not in _shown(panel)
    panel.search.setText(expert.name)
    assert expert.name in _shown(panel)
    assert panel._more.isHidden()
    row = panel._rows[expert.name]
    assert row.value == desk.world.params[expert.name]
    panel.search.clear()
    assert expert.name not in _shown(panel)
    assert not panel._more.isHidden()


def test_a_few_parameters_are_not_searched_but_reached(desk: Any) -> None:
    slug = next(e.info.slug for e in registry.catalogue() if 0 < len(e.fields) < 8)
    desk.open(slug)
    panel = desk.window.controls.parameters
    assert panel.search.isHidden()
    desk.run("params.search")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert next(iter(panel._rows.values())).isAncestorOf(focused)


def test_another_world_begins_with_all_its_rows(desk: Any) -> None:
    desk.open("life")
    panel = desk.window.controls.parameters
    panel.search.setText("width")
    desk.open("gray-scott")
    assert panel.search.text() == ""
    assert len(_shown(panel)) > 2
    desk.window.controls.show_parameter("feed")
    assert "feed" in _shown(panel)
