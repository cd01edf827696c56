"""The palette finds what is meant by its first letters, and says why it cannot be done."""

from __future__ import annotations

import dataclasses
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
from app.palette.likely import likely
from app.palette.part import REMEMBERED, Palette
from app.palette.popup import MOST, PalettePopup
from app.palette.scoring import rank
from app.settings import load, save
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


def test_what_was_used_last_comes_first_among_equals() -> None:
    entries = (_entry("Save model"), _entry("Save world"), _entry("Zoom"))
    assert _found("save", *entries, recent=("Save world",))[0] == "Save world"
    assert _found("save", *entries, recent=("Zoom",)) == ["Save model", "Save world"]
    assert _found("", *entries, recent=("Zoom",)) == []


def test_what_cannot_be_done_comes_after_what_can() -> None:
    entries = (_entry("Train", reason="It does not learn"), _entry("Train on"))
    assert _found("tra", *entries) == ["Train on", "Train"]
    assert _found("train", *entries)[0] == "Train"


# What is likely.


def _kind(id: str, group: str, reason: str = "") -> Entry:
    return Entry(id, id, group, lambda: None, reason=reason)


def test_of_nothing_what_was_used_last_comes_first_and_what_cannot_be_done_last() -> None:
    entries = [
        _kind("action:session.new", "File"),
        _kind("preset:life/soup", "Preset"),
        _kind("action:transport.step", "World"),
        _kind("action:transport.play", "World", "Open a world first"),
        _kind("action:view.fit", "View", "Open a world first"),
        _kind("something", "A kind that a part brought"),
        _kind("world:1", "Open world"),
    ]
    found = [entry.id for entry in likely(entries, {"action:session.new": 0}, 60)]
    assert found == [
        "action:session.new",
        "action:transport.step",
        "world:1",
        "preset:life/soup",
        "something",
        "action:transport.play",
        "action:view.fit",
    ]
    recent = {"action:view.fit": 0, "preset:life/soup": 1}
    assert [entry.id for entry in likely(entries, recent, 3)] == [
        "preset:life/soup",
        "action:transport.step",
        "world:1",
    ]


def test_presets_come_before_other_actions_while_no_world_is_open() -> None:
    entries = [_kind("action:view.theme", "View"), _kind("preset:life/soup", "Preset")]
    assert [entry.group for entry in likely(entries, {}, 60)] == ["Preset", "View"]
    entries.append(_kind("world:1", "Open world"))
    assert [entry.group for entry in likely(entries, {}, 60)] == ["Open world", "View", "Preset"]


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


def test_the_likely_among_five_hundred_take_less_than_five_milliseconds() -> None:
    kinds = ("World", "View", "Preset", "Setting", "Parameter")
    entries = [_kind(f"some:{number}", kinds[number % 5]) for number in range(500)]
    taken = []
    for _ in range(9):
        begun = time.perf_counter()
        likely(entries, {"some:7": 0}, MOST)
        taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.005


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


def test_of_nothing_it_begins_with_what_is_done_with_this_world(desk: Any) -> None:
    desk.open("life")
    titles = _titles(_open(desk))
    assert titles[:3] == ["Play", "One step", "Reset"]
    assert titles.index("New world") < 8
    popup = desk.window.shell.parts["palette"].popup
    found = [entry for row in range(MOST) if (entry := popup.found.entry(row)) is not None]
    assert not any(entry.reason for entry in found)
    groups = [entry.group for entry in found]
    assert groups.index("World") < groups.index("File")


def test_of_nothing_it_begins_with_worlds_to_open_where_there_is_none(desk: Any) -> None:
    popup = _open(desk)
    found = [entry for row in range(MOST) if (entry := popup.found.entry(row)) is not None]
    assert found[0].id == "action:world.new"
    groups = [entry.group for entry in found[:12]]
    assert groups.count("Preset") > 4
    assert not any(entry.reason for entry in found)


def test_what_was_chosen_last_is_kept_for_the_next_run(desk: Any, tmp_path: Any) -> None:
    desk.open("gray-scott")
    desk.open("life")
    chosen = []
    for typed in ("full screen", "full screen", "reset", "gray-scott", "fit", "grid lines", "play"):
        popup = _open(desk, typed)
        assert popup.current is not None
        chosen.append(popup.current.id)
        popup.do_current()
    settings = desk.window.settings
    lasting = [id for id in dict.fromkeys(reversed(chosen)) if not id.startswith("world:")]
    assert settings.recent_deeds == lasting
    assert len(lasting) == 5
    path = tmp_path / "settings.json"
    assert not save(settings, path)
    again = load(path)
    assert again.recent_deeds == lasting
    assert Palette(dataclasses.replace(desk.window.shell, settings=again)).recent() == lasting


def test_a_few_are_remembered(desk: Any) -> None:
    desk.open("life")
    palette = desk.window.shell.parts["palette"]
    for entry in [entry for entry in palette.entries() if entry.id.startswith("setting:")][:10]:
        palette._do(entry)
    assert len(desk.window.settings.recent_deeds) == REMEMBERED


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
