"""Plugins in the window: asked for, loaded, reloaded, broken, and never fatal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.plugins.dialog import PluginsDialog, words_for
from app.plugins.source import SourceDialog
from engine.core import registry
from engine.core.commands import Step
from engine.core.presets import USUAL_SPEED

SOURCE = """
import numpy as np
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.system import SystemInfo


class BlinkParams(Params):
    rate: float = live(0.25, "How fast", ge=0.0, le=1.0)


class Blink(GridSystem):
    info = SystemInfo("blink", "Blink", "Cells blink.", "None, 2026", "Grids")
    Params = BlinkParams

    def build(self):
        self.cells = np.zeros((16, 16, 1), np.float32)

    def start(self):
        self.cells[...] = 0

    def advance(self, poll):
        self.cells += self.params.rate

    def field(self):
        return self.cells

    def channels(self):
        return ("light",)
"""


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Put a file into the folder of plugins."""
    folder = tmp_path / "home" / "plugins"

    def write(source: str = SOURCE, name: str = "blink.py") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)
        return folder / name

    yield write
    for name in [name for name in sys.modules if name.startswith("primordia_plugin_")]:
        del sys.modules[name]


def part(desk: Any) -> Any:
    return desk.window.shell.parts["plugins"]


def tile(desk: Any, key: str) -> Any:
    return next((item for item in desk.window.gallery.items if item.key == key), None)


def asked(desk: Any) -> SourceDialog:
    found = desk.until(lambda: desk.dialogs("Source"), "the question")
    assert isinstance(found[0], SourceDialog)
    return found[0]


def open_allowed(desk: Any) -> None:
    desk.run("plugins.reload")
    desk.run("plugins.allow", "blink.py")
    desk.until(lambda: tile(desk, "blink/") is not None, "the tile of a loaded system")
    desk.lab.open_preset("blink", replace=False)
    desk.alive()


def test_a_world_without_presets_begins_at_the_usual_speed(write: Any, desk: Any) -> None:
    write()
    open_allowed(desk)
    assert not registry.entry("blink").presets
    assert desk.state.speed == USUAL_SPEED


def test_a_plugin_is_seen_asked_for_and_opened(write: Any, desk: Any) -> None:
    write("import sys\nsys.ran_a_plugin = True\n" + SOURCE)
    desk.run("plugins.reload")
    item = tile(desk, "plugin:blink")
    assert item.badge == "lock"
    assert "Not allowed yet" in item.look

    desk.window.gallery.opened.emit(item.slug, item.preset, False)
    dialog = asked(desk)
    assert "import numpy" in dialog.text.toPlainText()
    dialog.reject()
    desk.quiet(0.05)
    assert desk.world is None
    assert not hasattr(sys, "ran_a_plugin")

    desk.window.gallery.opened.emit(item.slug, item.preset, False)
    asked(desk).accept()
    desk.until(lambda: desk.world is not None, "a world")
    desk.alive()
    assert sys.ran_a_plugin  # type: ignore[attr-defined]
    del sys.ran_a_plugin  # type: ignore[attr-defined]
    assert desk.world.slug == "blink"
    assert desk.row("rate") is not None
    assert tile(desk, "plugin:blink") is None
    assert tile(desk, "blink/").kind == "preset"
    assert desk.window.gallery.items[0].key == "blink/"  # where it was before it ran
    mine = next(b for b in desk.window.gallery._families.buttons() if b.text() == "Mine")
    mine.click()
    tiles = desk.window.gallery._list
    shown = [tiles.item_at(n).key for n in range(tiles.count()) if not tiles.item(n).isHidden()]
    assert shown == ["blink/"]


def test_consent_is_remembered_by_the_next_window(
    write: Any, new_desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    former = registry.plugins()
    first = new_desk(tmp_path, monkeypatch)
    desk = next(first)
    desk.run("plugins.allow", "blink.py")
    first.close()
    assert registry.plugins() is former  # a window that closed leaves nothing behind
    second = new_desk(tmp_path, monkeypatch)
    desk = next(second)
    try:
        (file,) = part(desk).plugins.files
        assert part(desk).plugins.state(file) == "allowed"
        part(desk).open("blink", True)
        desk.until(lambda: desk.world is not None, "a world without a question")
        desk.alive()
        assert desk.world.slug == "blink"
    finally:
        second.close()


def test_a_changed_file_asks_and_its_worlds_are_made_anew(write: Any, desk: Any) -> None:
    path = write()
    open_allowed(desk)
    world = desk.world
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")
    changed = SOURCE.replace("0.25", "0.5").replace('"How fast"', '"How quick"')
    path.write_text(
        changed.replace("    rate:", "    more: float = live(1.0, 'More', ge=0, le=2)\n    rate:")
    )
    desk.run("plugins.reload")
    assert any("has to be allowed again" in words for words in desk.toasts())
    world.submit(Step())  # it goes on with the class it was made of
    desk.settle()
    assert desk.state.alive
    (file,) = part(desk).plugins.files
    part(desk).ask(file)
    asked(desk).accept()
    desk.until(lambda: any("still live by the old code" in w for w in desk.toasts()), "the offer")
    assert [field.name for field in world.fields] == ["rate"]
    part(desk).rebuild()
    desk.until(lambda: "more" in world.params, "the new class")
    assert world.params["rate"] == 0.25  # what the user had stays
    assert part(desk)._old == []
    desk.until(lambda: "more" in desk.window.controls.parameters._rows, "its row")


BROKEN = {
    "syntax": (SOURCE + "\ndef f(:\n", "SyntaxError", len(SOURCE.splitlines()) + 2),
    "exit": ("import sys\nsys.exit()\n" + SOURCE, "wants to end the program", 2),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_told_by_its_line_and_harms_nobody(
    write: Any, desk: Any, kind: str
) -> None:
    source, words, line = BROKEN[kind]
    write(source)
    desk.run("plugins.reload")
    (file,) = part(desk).plugins.files
    if file.problem is None:
        part(desk).open("blink", True)
        asked(desk).accept()
    else:
        assert tile(desk, "plugin:blink.py").badge == "triangle-alert"
    desk.until(lambda: any(words in said for said in desk.toasts()), "the reason")
    assert any(f"blink.py, line {line}: " in said for said in desk.toasts())
    dialog = part(desk).look(file)
    assert dialog.text.textCursor().blockNumber() == line - 1
    dialog.close()
    assert desk.world is None
    desk.open("life", width=64, height=64)
    write()  # mended
    desk.run("plugins.reload")
    desk.run("plugins.allow", "blink.py")
    desk.until(lambda: tile(desk, "blink/") is not None, "the mended system")


@pytest.mark.parametrize("fault", ["1 / 0", "__import__('sys').exit(1)"])
def test_an_error_in_a_tick_stops_that_world_alone(write: Any, desk: Any, fault: str) -> None:
    path = write(
        SOURCE.replace(
            "self.cells += self", f"{fault} if self.step_count == 4 else 0; self.cells += self"
        )
    )
    desk.open("life", width=64, height=64, playing=True)
    life = desk.world
    open_allowed(desk)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if fault in text)
    desk.until(
        lambda: any(f"blink.py, line {line}: " in words for words in desk.toasts()),
        f"the line among {desk.toasts()}",
    )
    desk.until(lambda: not desk.state.playing, "a pause")
    before = life.state.step
    desk.until(lambda: life.state.step > before, "the other world going on")


def test_the_list_of_plugins(write: Any, desk: Any) -> None:
    write(SOURCE.replace('"blink"', '"life"'), "ours.py")
    desk.run("plugins.show")
    (dialog,) = desk.dialogs("Plugins")
    assert isinstance(dialog, PluginsDialog)
    assert dialog.table.rowCount() == 0
    assert dialog._nothing.isVisible()  # says what would fill it
    assert dialog.look.toolTip() == "Choose a file first"
    write()
    part(desk).reload()
    assert [dialog.table.item(row, 0).text() for row in range(2)] == ["blink.py", "ours.py"]
    assert "taken by" in dialog.table.item(1, 2).text()
    dialog.table.selectRow(0)
    assert dialog.allow.isEnabled()
    assert not dialog.withdraw.isEnabled()
    dialog.allow.click()
    asked(desk).accept()
    desk.until(lambda: dialog.table.item(0, 2).text() == "Loaded", "its state")
    assert any("Blink: in the gallery now" in words for words in desk.toasts())
    assert dialog.allow.toolTip() == "It is allowed"
    assert dialog.withdraw.isEnabled()
    dialog.withdraw.click()
    assert dialog.table.item(0, 2).text() == "Not allowed yet"
    assert "blink" not in registry.slugs()
    dialog.close()


def test_what_needs_a_plugin_offers_to_look_at_it(write: Any, desk: Any) -> None:
    write()
    desk.run("plugins.reload")
    desk.lab.open_preset("blink", replace=False)  # as a saved world of it does
    assert any("not allowed yet" in words for words in desk.toasts())
    button = next(b for b in desk.window.findChildren(QAbstractButton) if b.text() == "Look...")
    button.click()
    assert asked(desk).windowTitle() == "Allow blink.py?"
    asked(desk).reject()


def test_an_example_to_begin_with(write: Any, desk: Any) -> None:
    part(desk).add_example()
    (file,) = part(desk).plugins.files
    assert file.name == "forest_fire.py"
    assert words_for(part(desk).plugins, file) == "Not allowed yet"
    kept = file.path.read_text() + "\n# mine\n"
    file.path.write_text(kept)
    part(desk).add_example()
    assert file.path.read_text() == kept  # what the user wrote is never written over


def test_a_tile_that_is_dropped_asks_as_well(write: Any, desk: Any) -> None:
    from app.gallery.tiles import data_of

    write()
    desk.run("plugins.reload")
    assert "Blink" in desk.drop(data=data_of(tile(desk, "plugin:blink")))
    asked(desk).accept()
    desk.until(lambda: desk.world is not None, "a world")
    desk.alive()


def test_a_saved_world_of_a_plugin_offers_to_look_at_it(
    write: Any, desk: Any, tmp_path: Path
) -> None:
    write()
    open_allowed(desk)
    saved = tmp_path / "blink.safetensors"
    desk.run("file.save-world", str(saved))
    desk.until(saved.exists, "the file")
    desk.lab.close_all()
    (file,) = part(desk).plugins.files
    part(desk).withdraw(file)
    desk.drop(saved)
    desk.until(lambda: any("not allowed yet" in words for words in desk.toasts()), "the reason")
    buttons = desk.window.findChildren(QAbstractButton)
    assert any(button.text() == "Look..." for button in buttons)
