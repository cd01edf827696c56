"""The gallery in the window: finding, stars, the user's own presets, folding, the next world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.gallery.items import MIME, OWN
from app.gallery.panel import GalleryPanel
from app.gallery.tiles import data_of
from engine.core.commands import Step


def shown(panel: GalleryPanel) -> list[str]:
    tiles = panel._list
    return [tiles.item_at(n).title for n in range(tiles.count()) if not tiles.item(n).isHidden()]


def pills(panel: GalleryPanel) -> list[str]:
    return [button.text() for button in panel._families.buttons()]


def pill(panel: GalleryPanel, name: str) -> Any:
    return next(button for button in panel._families.buttons() if button.text() == name)


def place_of(panel: GalleryPanel, key: str) -> Any:
    tiles = panel._list
    return next(tiles.item(n) for n in range(tiles.count()) if tiles.item_at(n).key == key)


@pytest.fixture
def panel(qtbot: Any) -> GalleryPanel:
    panel = GalleryPanel()
    qtbot.addWidget(panel)
    panel.resize(232, 760)
    panel.show()
    return panel


def test_every_tile_has_a_picture_words_and_something_to_look_at(panel: GalleryPanel) -> None:
    bare = [item.key for item in panel.items if item.thumbnail is None or not item.look]
    assert bare == []


def test_words_find_presets(panel: GalleryPanel) -> None:
    everything = shown(panel)
    panel._search.setText("gosper")
    assert shown(panel) == ["Gosper's glider gun"]
    panel._search.setText("no such thing")
    assert shown(panel) == []
    assert panel._empty.isVisible()
    panel._search.clear()
    assert shown(panel) == everything


def test_a_preset_called_like_another_system_marks_its_own_tile(panel: GalleryPanel) -> None:
    assert any(item.slug == "soup" for item in panel.items)
    panel.select("life", "soup")
    assert panel._list.currentItem() is place_of(panel, "life/soup")


def test_tags_narrow_what_is_found(panel: GalleryPanel) -> None:
    panel._tags.click()
    chips = panel._chips()
    assert len(chips) > 5
    assert panel._tag_row.isVisible()
    chips[0].click()
    tag = chips[0].text()
    tiles = panel._list
    found = [tiles.item_at(n) for n in range(tiles.count()) if not tiles.item(n).isHidden()]
    assert 1 < len(found) < len(panel.items)
    assert all(tag in {t.lower() for t in item.tags} for item in found)
    panel._tags.click()  # away with them, and with what they chose
    assert len(shown(panel)) == len(panel.items)


def test_a_star_is_clicked_and_does_not_open(panel: GalleryPanel) -> None:
    opened: list[Any] = []
    starred: list[Any] = []
    panel.opened.connect(lambda *given: opened.append(given))
    panel.starred.connect(starred.append)
    tiles = panel._list
    tile = tiles.item(0)
    at = tiles.star_rect(tiles.visualItemRect(tile)).center()
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [item.key for item in starred] == [tiles.item_at(0).key]
    assert opened == []
    QTest.mouseClick(
        tiles.viewport(), Qt.MouseButton.LeftButton, pos=tiles.visualItemRect(tile).center()
    )
    assert len(opened) == 1
    assert len(starred) == 1


def test_stars_and_what_was_opened_last_have_pills_of_their_own(panel: GalleryPanel) -> None:
    assert "Favourites" not in pills(panel)
    keys = [item.key for item in panel.items]
    panel.mark([keys[3], keys[5], "gone/preset"], [keys[1]])
    assert pills(panel)[:3] == ["All", "Favourites", "Recent"]
    pill(panel, "Favourites").click()
    assert shown(panel) == [panel.items[3].title, panel.items[5].title]
    pill(panel, "Recent").click()
    assert shown(panel) == [panel.items[1].title]
    panel.mark([], [])  # the pill that was chosen goes: everything is seen again
    assert pills(panel)[0] == "All"
    assert len(shown(panel)) == len(keys)


def test_the_keyboard_leads_from_the_search_to_a_world(panel: GalleryPanel) -> None:
    opened: list[Any] = []
    panel.opened.connect(lambda *given: opened.append(given))
    panel.search()
    QTest.keyClicks(panel._search, "gosper")
    QTest.keyClick(panel._search, Qt.Key.Key_Return)
    assert opened == [("life", "gosper-gun", True)]
    QTest.keyClick(panel._search, Qt.Key.Key_Down)
    panel._list.setFocus()
    QTest.keyClick(panel._list, Qt.Key.Key_Return)
    assert opened[1] == ("life", "gosper-gun", False)  # beside is asked for each time
    panel.search()
    QTest.keyClick(panel._search, Qt.Key.Key_Escape)
    assert panel._search.text() == ""
    assert "presets" in panel._search.placeholderText()
    assert not panel._beside


def test_it_folds_to_pictures(panel: GalleryPanel) -> None:
    panel.set_folded(True)
    assert panel.width() < 100
    assert not panel._search.isVisible()
    assert panel._unfold.isVisible()
    tile = panel._list.visualItemRect(panel._list.item(0))
    assert tile.height() < 60
    panel._unfold.click()
    assert not panel.folded
    assert panel._search.hasFocus() or panel._search.isVisible()


# In the window.


def saved(desk: Any) -> Any:
    part = desk.window.shell.parts["gallery"]
    world = desk.world
    desk.until(lambda: world.preset.startswith("user:"), "a saved preset")
    return part.own.all()


def test_a_world_becomes_a_preset_that_opens_again(desk: Any) -> None:
    desk.open("gray-scott", width=96, height=64, feed=0.03)
    for _ in range(3):
        desk.world.submit(Step())
    desk.until(lambda: desk.state.step == 3, "three steps")
    former = desk.world
    desk.window.gallery._search.setText("gecko")  # hides what is about to be saved
    desk.run("gallery.save")
    dialog = desk.until(lambda: desk.dialogs("Preset"), "the dialog")[0]
    dialog._title.setText("Worms of mine")
    dialog._look.setPlainText("They crawl.")
    dialog._tags.setText("worms, slow,  worms")
    dialog._starts.buttons()[0].click()
    dialog.accept()
    (preset,) = saved(desk)
    assert (preset.title, preset.look, preset.tags) == (
        "Worms of mine",
        "They crawl.",
        ("worms", "slow"),
    )
    part = desk.window.shell.parts["gallery"]
    desk.until(lambda: "Worms of mine" in shown(desk.window.gallery), "its tile")
    assert part.own.picture(preset.name) is not None
    assert OWN in pills(desk.window.gallery)
    assert former.state.spec.params["feed"] == 0.03

    desk.window.gallery.opened.emit(f"user:{preset.name}", "", True)
    desk.until(lambda: desk.world is not former, "another world")
    desk.alive()
    assert desk.world.slug == "gray-scott"
    assert desk.world.title == "Worms of mine"
    now = desk.world.params
    assert (now["feed"], now["width"], now["height"]) == (0.03, 96, 64)
    assert desk.state.seed == former.state.seed
    assert desk.window.gallery._list.current().key == f"user:{preset.name}"
    assert desk.window.settings.recent_presets[0] == f"user:{preset.name}"


def test_a_preset_of_the_present_moment_goes_on_from_there(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    for _ in range(5):
        desk.world.submit(Step())
    desk.until(lambda: desk.state.step == 5, "five steps")
    part = desk.window.shell.parts["gallery"]
    from app.gallery.save import Words

    part.save(desk.world, Words("Then"), "world")
    (preset,) = saved(desk)
    desk.lab.open_preset(f"user:{preset.name}")
    desk.until(lambda: desk.world.title == "Then" and desk.state.step >= 5, "the moment")
    assert desk.world.preset == f"user:{preset.name}"


def test_a_tile_of_the_users_is_dropped(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    desk.run("gallery.save", "Dragged")
    (preset,) = saved(desk)
    panel = desk.window.gallery
    desk.until(lambda: "Dragged" in shown(panel), "its tile")
    data = data_of(place_of(panel, f"user:{preset.name}").data(Qt.ItemDataRole.UserRole))
    assert isinstance(data, QMimeData)
    assert data.hasFormat(MIME)
    assert "Dragged" in desk.drop(data=data)
    desk.until(lambda: desk.world.preset == f"user:{preset.name}", "the preset")
    desk.alive()


def test_words_are_edited_and_a_preset_deleted(
    desk: Any, answer: Callable[[Callable[[Any], None]], None]
) -> None:
    desk.open("life", width=64, height=64)
    desk.run("gallery.save", "First")
    (preset,) = saved(desk)
    part, panel = desk.window.shell.parts["gallery"], desk.window.gallery
    desk.run("gallery.star")
    dialog = part.edit(preset.name)
    dialog._title.clear()
    assert not dialog._buttons.button(dialog._buttons.StandardButton.Save).isEnabled()
    dialog._title.setText("Second")
    dialog.accept()
    assert "Second" in shown(panel)
    assert f"user:{preset.name}" in desk.window.settings.favourites
    box = part.ask_delete(preset.name)
    assert isinstance(box, QMessageBox)
    delete = next(b for b in box.buttons() if b.text() == "Delete")
    delete.click()
    desk.until(lambda: "Second" not in shown(panel), "it to go")
    assert part.own.all() == ()
    assert desk.window.settings.favourites == []


def test_the_menu_of_a_tile_offers_what_can_be_done(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    part, panel = desk.window.shell.parts["gallery"], desk.window.gallery
    item = place_of(panel, "life/gosper-gun").data(Qt.ItemDataRole.UserRole)
    menu = part.menu(item)
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == [
        "Open",
        "Open beside",
        "Add to favourites",
        "Copy name",
        "Save this world as a preset...",
    ]
    next(a for a in menu.actions() if a.text() == "Add to favourites").trigger()
    assert desk.window.settings.favourites == ["life/gosper-gun"]
    menu.deleteLater()
    again = part.menu(item)
    assert "Remove from favourites" in [action.text() for action in again.actions()]
    again.deleteLater()


def test_a_new_world_is_chosen_in_the_gallery(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    desk.window.docks.gallery.hide()
    desk.run("world.new")
    panel = desk.window.gallery
    assert panel.isVisible()
    desk.until(panel._search.hasFocus, "the search")
    QTest.keyClicks(panel._search, "coral growth")
    found = shown(panel)
    assert found
    QTest.keyClick(panel._search, Qt.Key.Key_Return)
    desk.until(lambda: len(desk.lab.worlds) == 2, "a world beside")
    desk.alive()
    assert desk.world.title == found[0]


def test_a_narrow_window_folds_the_gallery(desk: Any) -> None:
    window = desk.window
    window.resize(1000, 700)
    desk.until(lambda: window.gallery.folded, "a folded gallery")
    assert window.gallery.width() < 100
    name = window.docks.gallery.titleBarWidget()._words
    desk.until(lambda: not name.isVisible(), "no half of a name")
    window.gallery._unfold.click()
    window.resize(990, 700)
    QTest.qWait(20)
    assert not window.gallery.folded  # unfolded by hand, it stays so
    window.resize(1280, 800)
    QTest.qWait(20)
    window.resize(1000, 700)
    desk.until(lambda: window.gallery.folded, "a folded gallery")
    window.resize(1280, 800)
    desk.until(lambda: not window.gallery.folded, "tiles again")
    desk.until(name.isVisible, "the name")
    at = window.gallery._list.visualItemRect(window.gallery._list.item(0))
    assert at.height() > 100
    assert QPoint(0, 0) != at.center()


def test_presets_that_cannot_be_read_are_left_out(desk: Any, tmp_path: Path) -> None:
    part = desk.window.shell.parts["gallery"]
    part.own.folder.mkdir(parents=True)
    (part.own.folder / "broken.json").write_text("{")
    (part.own.folder / "odd.json").write_text('{"format": 1, "slug": "life", "state": "world"}')
    desk.window.gallery.refresh()
    assert "odd" in shown(desk.window.gallery)
    assert "broken" not in shown(desk.window.gallery)
    desk.lab.open_preset("user:odd")
    desk.until(lambda: any("odd.safetensors" in words for words in desk.toasts()), "the reason")
    assert desk.world is None
