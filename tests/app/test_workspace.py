"""Worlds beside each other in the window: which one keys, panels and drops act on."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt, QUrl
from PySide6.QtWidgets import QInputDialog, QMenu

from engine.core.commands import Brush, Play, SetSpeed, Train
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.core.views import Stroke

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def _two(desk: Any) -> tuple[Any, Any]:
    first = desk.open("life", width=64, height=64)
    return first, desk.open("gray-scott", width=64, height=64)


def test_split_by_keys_and_back(desk: Any) -> None:
    first, second = _two(desk)
    space = desk.window.workspace
    desk.key(Qt.Key.Key_Right, CTRL_ALT)
    assert space.seen() == (first, second)
    desk.until(lambda: all(desk.window.page_of(w).isVisible() for w in (first, second)), "both")
    assert desk.world is second
    desk.key(Qt.Key.Key_F6)
    assert desk.world is first
    assert desk.window.windowTitle().startswith("life")
    desk.key(Qt.Key.Key_W, CTRL_ALT)
    assert len(space.seen()) == 1
    with pytest.raises(BadInput, match="cannot be done"):
        desk.run("view.join")


def test_both_in_sight_are_drawn_and_one_out_of_sight_is_not(desk: Any) -> None:
    first, second = _two(desk)
    pages = [desk.window.page_of(world) for world in (first, second)]
    assert not first._merged
    desk.run("view.split-down")
    desk.until(lambda: first._merged and second._merged, "requests of both")
    before = [page.viewport.frames_drawn for page in pages]
    for world in (first, second):
        desk.lab.select(world)
        desk.run("transport.step")
    desk.until(
        lambda: all(p.viewport.frames_drawn > n for p, n in zip(pages, before, strict=True)),
        "pictures of both",
    )


def test_a_click_turns_to_a_world_and_its_keys(desk: Any) -> None:
    first, second = _two(desk)
    desk.run("view.split-right")
    page = desk.window.page_of(first)
    desk.until(lambda: page.isVisible() and page.width() > 100, "the split")
    desk.run("tool.hand")
    desk.click(page.viewport)
    assert desk.world is first
    desk.key(Qt.Key.Key_Right, widget=page.viewport)
    desk.until(lambda: first.state.step == 1, "a step")
    assert second.state.step == 0


def test_a_drop_is_for_the_world_that_it_falls_on(desk: Any, tmp_path: Path) -> None:
    first, second = _two(desk)
    desk.run("view.split-right")
    picture = tmp_path / "note.xyz"
    picture.write_text("nothing that can be used")
    desk.lab.select(second)
    page = desk.window.page_of(first)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture))])
    page._drop(data)
    assert desk.world is first


def test_the_next_tab_by_keys(desk: Any) -> None:
    first, second = _two(desk)
    desk.key(Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert desk.world is first
    desk.run("world.previous")
    assert desk.world is second


def test_what_takes_a_worlds_room_takes_its_place(desk: Any) -> None:
    first = desk.open("life", width=64, height=64)
    second = desk.lab.open(first.state.spec, "Second", replace=False)
    desk.lab.select(first)
    third = desk.lab.open(first.state.spec, "Third", replace=True)
    desk.until(lambda: first not in desk.lab.worlds, "room")
    assert desk.lab.worlds == [third, second]
    assert desk.window.topbar._tabs.items == [third, second]
    assert desk.window.workspace.items() == (third, second)
    last = desk.lab.open(first.state.spec, "Last", replace=False)
    assert desk.window.topbar._tabs.items == [third, second, last]
    assert desk.window.workspace.items() == (third, second, last)


def test_tabs_tell_the_lab_their_order(desk: Any) -> None:
    first, second = _two(desk)
    desk.window.topbar._tabs.moveTab(0, 1)
    assert desk.lab.worlds == [second, first]


def test_a_duplicate_is_the_same_world_beside(desk: Any) -> None:
    first = desk.open("life", width=64, height=64)
    desk.run("transport.step-many", "7")
    desk.until(lambda: first.state.step == 7, "seven steps")
    desk.run("world.duplicate")
    desk.until(lambda: len(desk.lab.worlds) == 2, "the copy")
    copy = desk.alive()
    desk.until(lambda: copy.state.step == 7, "its step")
    assert copy.title == "life, copy"
    assert desk.window.workspace.seen() == (first, copy)
    assert not copy.state.playing
    desk.until(lambda: copy.views["world"].step == 7, "its picture")
    assert (copy.views["world"].data == first.views["world"].data).all()


def test_compare_with_a_copy_then_apart(desk: Any) -> None:
    first = desk.open("life", width=64, height=64)
    desk.run("link.compare-copy")
    links = desk.window.shell.parts["links"]
    page = desk.until(lambda: links.comparisons and links.comparisons[0].page, "the comparison")
    desk.until(lambda: page.found is not None, "a first look")
    assert page.found.equal
    copy = desk.world
    desk.run("transport.step-many", "12")  # asked of the copy, done by both
    desk.until(lambda: first.state.step == copy.state.step == 12, "twelve steps of both")
    desk.until(lambda: page.words().startswith("Equal"), "that they are equal")
    desk.run("link.unlink")
    assert first.link is None
    assert page.bar.relink.isVisible()
    cells = ((20.0, 20.0), (20.0, 21.0), (20.0, 22.0))
    copy.submit(Brush(Stroke("world", "erase", cells, 6.0, number=1)))
    copy.submit(Brush(Stroke("world", "paint", ((20.0, 20.0),), 0.5, number=1)))
    desk.until(lambda: not copy._sent, "the strokes")
    desk.click(page.bar.relink)
    desk.until(lambda: page.found is not None and not page.found.equal, "the difference")
    for mode in ("first", "second", "wipe", "difference"):
        desk.click(page.bar.buttons[mode])
        assert page.mode == mode
        assert page.shown is not None
    assert "differ" in page.words()
    assert desk.window.workspace.focused is links.comparisons[0]
    desk.run("world.close")  # closes what is in front: the comparison
    assert not links.comparisons
    assert len(desk.lab.worlds) == 2


def test_what_was_compared_is_freed(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    desk.open("life", width=64, height=64)
    desk.run("link.compare")
    links = desk.window.shell.parts["links"]
    things = [links.comparisons[0], links.comparisons[0].page, links.links[0], *desk.lab.worlds]
    references = [weakref.ref(thing) for thing in things]
    del things
    desk.until(lambda: references[1]().found is not None, "a look")
    while desk.lab.worlds:
        desk.lab.close(desk.lab.worlds[0])

    def gone() -> bool:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        return all(reference() is None for reference in references)

    desk.until(gone, "what was compared to be gone")


def test_closing_a_compared_world_ends_the_comparison(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    second = desk.open("life", width=64, height=64)
    desk.run("link.compare")
    links = desk.window.shell.parts["links"]
    assert len(links.comparisons) == len(links.links) == 1
    desk.lab.close(second)
    assert not links.comparisons
    assert not links.links
    assert desk.window.workspace.items() == tuple(desk.lab.worlds)


def test_which_world_to_link_with_is_asked(desk: Any) -> None:
    worlds = [desk.open("life", width=64, height=64) for _ in range(3)]
    desk.run("link.link")
    dialog = desk.window.findChild(QInputDialog)
    assert dialog.isVisible()
    dialog.setTextValue("2  life")
    dialog.accept()
    assert worlds[2].link is worlds[1].link is not None
    desk.lab.select(worlds[0])
    with pytest.raises(BadInput) as caught:
        desk.run("link.link")
    assert "second world" in caught.value.remedy


def test_an_arrangement_with_a_comparison_is_remembered(desk: Any) -> None:
    worlds = [desk.open("life", width=64, height=64) for _ in range(2)]
    desk.run("link.compare")
    links, space = desk.window.shell.parts["links"], desk.window.workspace
    links.comparisons[0].page.set_mode("wipe")
    kept, pairs = space.memento(), links.memento()
    links.close()
    assert len(space.items()) == 2
    space.recall(kept, worlds)
    links.recall(pairs, worlds)
    assert len(links.links) == len(links.comparisons) == 1
    assert links.comparisons[0].page.mode == "wipe"
    assert len(space.seen()) == 2
    space.recall({"tree": {"cell": [{"compare": [0, 7]}, {"compare": "x"}]}}, worlds)
    assert set(worlds) < set(space.items())


def test_ten_worlds_close_in_a_second(desk: Any) -> None:
    for number in range(10):
        slug = "life" if number % 2 else "gray-scott"
        spec = Spec(slug, {"width": 64, "height": 64}, seed=number)
        world = desk.lab.open(spec, slug, playing=False, replace=False)
        world.submit(SetSpeed(50.0))
        world.submit(Play())
    desk.until(lambda: all(w.state.step > 3 for w in desk.lab.worlds), "ten running worlds")
    start = time.perf_counter()
    desk.lab.close_all()
    took = time.perf_counter() - start
    assert not [t for t in threading.enumerate() if t.name.startswith("world")]
    assert took < 1.0


def test_what_learns_or_learned_is_protected(desk: Any) -> None:
    world = desk.open("growing-nca")
    assert not desk.lab.protected(world)
    world.submit(Train(True))
    assert desk.lab.protected(world)  # at once, before the world itself says so
    desk.lab.open_preset("life")
    desk.alive()
    assert world in desk.lab.worlds
    desk.until(lambda: world.unsaved, "what was learned")
    world.submit(Train(False))
    desk.until(lambda: not world.learning, "the end of training")
    assert desk.lab.protected(world)
    world.unsaved = False
    assert not desk.lab.protected(world)


def test_the_menu_of_a_tab_is_of_its_world(desk: Any) -> None:
    first, _ = _two(desk)
    tabs = desk.window.topbar._tabs
    tabs.menu_asked.emit(first, desk.window.mapToGlobal(desk.window.rect().center()))
    assert desk.world is first
    menus = [m for m in desk.window.findChildren(QMenu) if m.isVisible()]
    words = [action.text() for action in menus[0].actions()]
    assert "Duplicate world" in words
    assert "Split right" in words
    menus[0].hide()


def test_a_world_gets_another_title(desk: Any) -> None:
    desk.run("world.open", "life")
    world = desk.alive()
    preset = world.preset
    desk.run("world.rename", "  mine ")
    assert world.title == "mine"
    assert world.preset == preset
    desk.run("world.rename")
    dialog = desk.window.findChild(QInputDialog)
    dialog.setTextValue("   ")
    dialog.accept()
    assert world.title == "mine"


def test_worlds_beside_the_one_in_use_are_drawn_less_often(desk: Any) -> None:
    first, second = _two(desk)
    desk.run("view.split-right")
    first_page, second_page = (desk.window.page_of(world) for world in (first, second))
    assert (first_page._pace, second_page._pace) == (20.0, 60.0)
    desk.lab.select(first)
    assert (first_page._pace, second_page._pace) == (60.0, 20.0)
