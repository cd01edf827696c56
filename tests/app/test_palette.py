"""The palette finds what is meant by its first letters, and says why it cannot be done."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.actions import ACTIONS
from app.palette.entries import Entry
from app.palette.popup import MOST, PalettePopup
from app.palette.scoring import rank
from engine.core import registry

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def _entry(title: str, **more: Any) -> Entry:
    return Entry(more.pop("id", title), title, "Test", lambda: None, **more)


def _found(typed: str, *entries: Entry, recent: tuple[str, ...] = ()) -> list[str]:
    places = {id: place for place, id in enumerate(recent)}
    return [entries[index].title for _, index in rank(typed, entries, places, 10)]


# Scoring.


def test_first_letters_come_before_middles_and_these_before_likeness() -> None:
    entries = [_entry(t) for t in ("Unreset", "Press it", "Reset", "Reseat it", "Old reset")]
    found = _found("reset", *entries)
    assert found[:3] == ["Reset", "Old reset", "Unreset"]
    assert found[3] == "Reseat it"
    assert _found("res", _entry("Reset settings"), _entry("Reset"))[0] == "Reset"
    assert "Press it" not in found


def test_initials_and_beginnings_of_words_find_it() -> None:
    entries = (_entry("Save world and training"), _entry("Swap"), _entry("Save picture"))
    assert _found("swat", *entries)[0] == "Save world and training"
    assert _found("sa pi", *entries) == ["Save picture"]
    assert _found("train save", *entries) == ["Save world and training"]


def test_letters_that_are_swapped_or_missing_still_find_it() -> None:
    entries = (_entry("Full screen"), _entry("Grid lines"), _entry("Next channel"))
    assert _found("fll screen", *entries)[0] == "Full screen"
    assert _found("nxet channel", *entries)[0] == "Next channel"
    assert _found("qqqq", *entries) == []


def test_words_of_the_help_find_it_after_titles() -> None:
    entries = (_entry("Fit", words="show the whole world"), _entry("World of whales"))
    assert _found("world", *entries) == ["World of whales", "Fit"]


def test_what_was_used_last_comes_first_among_equals_and_of_nothing() -> None:
    entries = (_entry("Save model"), _entry("Save world"), _entry("Zoom"))
    assert _found("save", *entries, recent=("Save world",))[0] == "Save world"
    assert _found("", *entries, recent=("Zoom", "Save world")) == [
        "Zoom",
        "Save world",
        "Save model",
    ]
    assert _found("save", *entries, recent=("Zoom",)) == ["Save model", "Save world"]


def test_what_cannot_be_done_comes_after_what_can() -> None:
    entries = (_entry("Train", reason="It does not learn"), _entry("Train on"))
    assert _found("tra", *entries) == ["Train on", "Train"]
    assert _found("train", *entries)[0] == "Train"


def test_an_answer_among_five_hundred_takes_less_than_a_frame() -> None:
    random.seed(1)
    letters = "abcdefghijklmnopqrstuvwxyz     "
    entries = [
        _entry("".join(random.choices(letters, k=24)), words="".join(random.choices(letters, k=90)))
        for _ in range(500)
    ]
    rank("warm up", entries, {}, MOST)
    for typed in ("r", "rese", "parameter of the grid", "zzzzzzz"):
        taken = []
        for _ in range(9):
            begun = time.perf_counter()
            rank(typed, entries, {}, MOST)
            taken.append(time.perf_counter() - begun)
        assert min(taken) < 0.016


def test_likeness_is_not_imported_before_it_is_asked_for() -> None:
    code = "import sys, app.palette.part, app.window; sys.exit('rapidfuzz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The window.


def _open(desk: Any, typed: str = "") -> PalettePopup:
    desk.run("palette.open", typed)
    popup = desk.window.shell.parts["palette"].popup
    assert isinstance(popup, PalettePopup)
    desk.until(popup.isVisible, "the palette")
    return popup


def _titles(popup: PalettePopup) -> list[str]:
    rows = range(popup.found.rowCount())
    return [entry.title for row in rows if (entry := popup.found.entry(row)) is not None]


def test_a_few_letters_and_return_do_it(desk: Any) -> None:
    desk.open("life")
    desk.run("transport.step-many", "3")
    desk.until(lambda: desk.state.step == 3, "three steps")
    desk.viewport.setFocus()
    desk.key(Qt.Key.Key_K, CTRL)
    popup = desk.window.shell.parts["palette"].popup
    desk.until(lambda: popup.field.hasFocus(), "the field")
    QTest.keyClicks(popup.field, "reset")
    assert popup.current is not None
    assert popup.current.id == "action:transport.reset"
    assert popup.current.key == "R"
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert not popup.isVisible()
    desk.until(lambda: desk.state.step == 0, "the reset")
    assert desk.viewport.hasFocus()
    desk.run("palette.open")
    assert _titles(popup)[0] == "Reset"


def test_every_action_is_found_by_its_first_letters(desk: Any) -> None:
    desk.open("life")
    entries = desk.window.shell.parts["palette"].entries()
    for spec in ACTIONS:
        if spec.scripted or spec.id == "palette.open":
            continue
        title = desk.window.user_actions[spec.id].text().rstrip(".")
        ids = [entries[index].id for _, index in rank(title[:5], entries, {}, MOST)]
        assert f"action:{spec.id}" in ids, spec.id


def test_all_kinds_of_things_are_offered(desk: Any, tmp_path: Any) -> None:
    desk.open("gray-scott")
    other = desk.open("life")
    desk.window.settings.recent = [str(tmp_path / "cat.png")]
    entries = desk.window.shell.parts["palette"].entries()
    assert len({entry.id for entry in entries}) == len(entries)
    groups = {entry.group for entry in entries}
    assert {
        "World",
        "Open world",
        "Parameter",
        "Theme",
        "Preset",
        "Recent file",
        "Brush",
        "Setting",
    } <= groups
    presets = sum(max(len(entry.presets), 1) for entry in registry.catalogue())
    assert sum(entry.group == "Preset" for entry in entries) == presets
    here = next(entry for entry in entries if entry.id == f"world:{id(other)}")
    assert here.reason
    popup = _open(desk, "gray-sc")
    there = next(e for e in entries if e.group == "Open world" and e.title == "gray-scott")
    place = _titles(popup).index("gray-scott")
    popup.list.setCurrentIndex(popup.found.index(place))
    assert popup.current is not None
    assert popup.current.id == there.id
    popup.do_current()
    assert desk.world.slug == "gray-scott"


def test_what_cannot_be_done_says_why_and_stays(desk: Any) -> None:
    desk.open("life")
    popup = _open(desk, "forget what was")
    assert popup.current is not None
    assert popup.current.reason == "This system does not learn"
    assert popup.foot.text() == "This system does not learn"
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert popup.isVisible()
    popup.field.setText("no such thing anywhere")
    assert popup.current is None
    assert "Nothing answers" in popup.foot.text()
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    QTest.keyClick(popup.field, Qt.Key.Key_Down)
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_arrows_move_through_the_answers(desk: Any) -> None:
    popup = _open(desk, "")
    rows = popup.found.rowCount()
    assert rows == MOST
    for key, row in (
        (Qt.Key.Key_Up, rows - 1),
        (Qt.Key.Key_Down, 0),
        (Qt.Key.Key_Tab, 1),
        (Qt.Key.Key_PageDown, 13),
        (Qt.Key.Key_PageUp, 1),
    ):
        QTest.keyClick(popup.field, key)
        assert popup.list.currentIndex().row() == row
    popup.close_popup()


def test_a_refusal_of_what_is_chosen_is_told(desk: Any, tmp_path: Any) -> None:
    desk.window.settings.recent = [str(tmp_path / "gone.png")]
    popup = _open(desk, "gone.png")
    QTest.mouseClick(
        popup.list.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        popup.list.visualRect(popup.found.index(0)).center(),
    )
    desk.until(lambda: any("gone.png" in words for words in desk.toasts()), "the refusal")


def test_a_parameter_that_is_chosen_comes_into_sight(desk: Any) -> None:
    desk.open("gray-scott")
    popup = _open(desk, "feed")
    assert popup.current is not None
    assert popup.current.group == "Parameter"
    name = popup.current.id.partition(":")[2]
    popup.do_current()
    row = desk.row(name)
    desk.until(lambda: row.isVisible() and not row.visibleRegion().isEmpty(), "the row")


def test_the_button_in_the_top_bar_opens_it(desk: Any) -> None:
    palette = desk.window.shell.parts["palette"]
    desk.click(palette.button)
    assert palette.popup.isVisible()
    desk.run("palette.open")
    assert not palette.popup.isVisible()
    desk.run("palette.open")
    desk.click(palette.popup.field)
    assert palette.popup.isVisible()
    desk.window.gallery._search.setFocus()
    assert not palette.popup.isVisible()


@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
def test_it_fits_into_the_window(desk: Any, size: tuple[int, int]) -> None:
    desk.window.resize(*size)
    desk.until(lambda: desk.window.width() == size[0], "the size")
    popup = _open(desk, "")
    assert desk.window.rect().contains(popup.geometry())
    assert popup.list.geometry().bottom() < popup.foot.geometry().top()
    popup.close_popup()
