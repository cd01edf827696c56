"""A fifth and a sixth system, each one file: they work in the real window, which knows neither."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.gallery.panel import GalleryPanel

Answer = Callable[[Callable[[Any], None]], None]

FIFTH = '''
    """A grey that brightens by a parameter at every step."""
    import numpy as np
    from engine.core.grid import GridSystem
    from engine.core.params import Params, live, rebuild
    from engine.core.system import SystemInfo

    class DawnParams(Params):
        """How bright, how large."""
        gain: float = live(0.1, "Brightness per step", ge=0.0, le=0.5)
        size: int = rebuild(16, "Side of the world", ge=4, le=64, unit="cells", cost="memory")

    class Dawn(GridSystem):
        """Brightens."""
        info = SystemInfo("dawn", "Dawn", "A grey that brightens", "none", "Toys")
        Params = DawnParams
        colormap = "gray"

        def build(self):
            self.cells = np.zeros((self.params.size, self.params.size, 1), np.float32)

        def start(self):
            self.cells[...] = 0.25

        def advance(self, poll):
            self.cells += np.float32(self.params.gain)

        def field(self):
            return self.cells

        def channels(self):
            return ("light",)
'''

SIXTH = '''
    """Learns by long steps, has an action of its own and a table."""
    import time
    import numpy as np
    from pydantic import BaseModel, Field
    from engine.core.errors import Cancelled
    from engine.core.grid import GridSystem
    from engine.core.params import Params, live
    from engine.core.system import Action, SystemInfo, ViewOffer
    from engine.core.figures import TableView

    class SlowParams(Params):
        """None that matters."""
        rate: float = live(0.5, "A number", ge=0.0, le=1.0)

    class Fill(BaseModel):
        """What to fill with."""
        value: float = Field(0.5, ge=0.0, le=1.0)

    class Dot(BaseModel):
        """Where."""
        row: int = Field(0, ge=0, le=31)
        column: int = Field(0, ge=0, le=31)

    class Slow(GridSystem):
        """Slow to learn."""
        info = SystemInfo("slow", "Slow", "Learns in long steps", "none", "Toys")
        Params = SlowParams

        def build(self):
            self.cells = np.zeros((32, 32, 1), np.float32)
            self.done, self.in_step = 0, False

        def start(self):
            self.cells[...] = 0.5

        def advance(self, poll):
            self.cells[0, self.step_count % 32] = (self.step_count % 3) / 2

        def field(self):
            return self.cells

        def channels(self):
            return ("a",)

        def train_step(self, poll):
            end = time.monotonic() + 2.0
            while time.monotonic() < end:
                time.sleep(0.01)
                poll()
            self.done += 1
            return {"loss": 1.0 / self.done}

        def train_progress(self):
            return self.done, 100

        def view_offers(self):
            return (*super().view_offers(), ViewOffer("facts", "Facts", "table"))

        def views(self, wanted):
            made = super().views(wanted)
            if "facts" in wanted:
                rows = (("sum", float(self.cells.sum())), ("steps", self.step_count))
                made["facts"] = TableView(step=self.step_count, columns=("what", "n"), rows=rows)
            return made

        def actions(self):
            return {
                "fill": Action("Fill all", Fill, help="Set every cell"),
                "dot": Action("Dot here", Dot, target="cell"),
            }

        def act(self, name, arguments):
            if name == "fill":
                self.cells[...] = arguments.value
            else:
                self.cells[arguments.row, arguments.column] = 1.0
'''


def say(words: str) -> None:
    """Say what was measured, for who runs the tests with -s."""
    sys.stdout.write(f"\n{words}\n")


def grey(desk: Any) -> float:
    """Brightness in the middle of the picture, 0 to 1."""
    middle = desk.pixels()[
        desk.viewport.height() // 2 - 4 : desk.viewport.height() // 2,
        desk.viewport.width() // 2 - 4 : desk.viewport.width() // 2,
    ]
    return float(middle.mean() / 255)


@pytest.fixture
def fifth(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window, opened after the plugin was installed."""
    assert len(FIFTH.strip().splitlines()) < 40
    plugin("dawn", FIFTH, "Dawn")
    return request.getfixturevalue("desk")


def test_the_fifth_system_lives_in_the_window(fifth: Any) -> None:
    desk = fifth
    gallery = desk.window.gallery
    assert isinstance(gallery, GalleryPanel)
    tiles = gallery._list
    tile = next(tiles.item(i) for i in range(tiles.count()) if tiles.item(i).text() == "Dawn")
    tiles.scrollToItem(tile)
    QTest.mouseClick(
        tiles.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        tiles.visualItemRect(tile).center(),
    )
    desk.alive()
    assert desk.world.slug == "dawn"
    assert desk.page.overlay.title is not None
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")
    desk.run("transport.reset")
    desk.until(lambda: desk.state.step == 0, "step 0")
    desk.viewport.set_tool("hand")
    desk.viewport.set_grid_lines(False)
    desk.until(lambda: abs(grey(desk) - 0.25) < 0.02, "a quarter grey")

    desk.key(Qt.Key.Key_Right)
    desk.until(lambda: desk.state.step == 1, "one step by the key")
    desk.until(lambda: abs(grey(desk) - 0.35) < 0.02, "a step brighter")

    row = desk.row("gain")
    slider = row._control
    desk.click(slider, QPoint(slider.width() - 2, slider.height() // 2))
    desk.settle()
    assert desk.state.spec.params["gain"] == 0.5
    desk.run("transport.step")
    desk.until(lambda: abs(grey(desk) - 0.85) < 0.02, "much brighter")

    desk.viewport.set_tool("erase")
    desk.brush(desk.point_of(7, 7), desk.point_of(7, 9))
    desk.settle()
    desk.viewport.set_tool("hand")
    desk.until(lambda: grey(desk) < 0.02, "black where it was erased")
    beside = desk.point_of(9, 1)
    desk.viewport.clear_hover()
    assert desk.pixels()[beside.y(), beside.x()].mean() / 255 == pytest.approx(0.85, abs=0.02)


@pytest.fixture
def sixth(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    plugin("slow", SIXTH, "Slow")
    desk = request.getfixturevalue("desk")
    desk.run("world.open", "slow")
    desk.alive()
    return desk


def test_pause_strokes_and_display_go_on_in_a_long_training_step(sixth: Any) -> None:
    desk = sixth
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: desk.state.training, "training by the key")
    assert desk.state.updates == 0
    desk.until(lambda: desk.state.playing and desk.state.step > 3, "steps while training")
    delays = []
    for _ in range(3):
        for playing in (False, True):
            began = time.monotonic()
            desk.run("transport.play")
            desk.until(lambda now=playing: desk.state.playing is now, "play or pause")
            delays.append(time.monotonic() - began)
    say(f"play or pause within a 2 s update: {[f'{1e3 * d:.0f} ms' for d in delays]}")
    assert statistics.median(delays) < 1.0

    updates = desk.state.updates
    desk.viewport.set_tool("erase")
    drawn = desk.viewport.frames_drawn
    began = time.monotonic()
    desk.brush(desk.point_of(16, 10), desk.point_of(16, 22))
    world = desk.world
    dark = lambda: world.views["world"].data[16, 16] == 0  # noqa: E731
    desk.until(dark, "the stroke")
    desk.until(lambda: desk.viewport.frames_drawn > drawn, "a picture")
    say(f"a stroke within a 2 s update: {1e3 * (time.monotonic() - began):.0f} ms")
    assert time.monotonic() - began < 1.5
    assert desk.state.updates - updates <= 1
    desk.until(lambda: desk.state.updates >= 1, "an update")
    desk.until(lambda: desk.world.series["training"].get("loss"), "a loss")
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: not desk.state.training, "no training")


def test_its_action_is_done_from_the_menu_with_arguments(sixth: Any, answer: Answer) -> None:
    desk = sixth
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")
    menu = desk.window.menus.own
    menu.aboutToShow.emit()
    action = next(a for a in menu.actions() if a.text() == "Fill all")

    def fill(dialog: Any) -> None:
        row = dialog._rows[0]
        row._number.setText("0.25")
        row._number.editingFinished.emit()
        dialog.accept()

    answer(fill)
    action.trigger()
    desk.settle()
    desk.until(lambda: np.allclose(desk.world.views["world"].data, 0.25), "the new value")


def test_its_action_on_a_cell_is_in_the_context_menu(sixth: Any, answer: Answer) -> None:
    desk = sixth
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")

    def choose(menu: Any) -> None:
        assert isinstance(menu, QMenu)
        action = next(a for a in menu.actions() if a.text() == "Dot here")
        menu.setActiveAction(action)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    answer(choose)
    where = desk.point_of(20, 5)
    desk.viewport.context_menu.emit(
        desk.viewport.mapToGlobal(where), desk.viewport.cell_at(where.toPointF())
    )
    desk.settle()
    desk.until(lambda: desk.world.views["world"].data[20, 5] == 1.0, "the dot")


def test_its_table_is_drawn_and_follows(sixth: Any) -> None:
    desk = sixth
    tabs = desk.page._tabs
    assert tabs.isVisible()
    desk.click(tabs, tabs.tabRect(1).center())
    desk.until(lambda: desk.viewport.name == "facts", "the table in front")
    desk.until(lambda: desk.viewport.frames_drawn > 1, "a drawn table")
    model = desk.viewport._sorted
    assert model.headerData(0, Qt.Orientation.Horizontal) == "what"
    first = int(model.index(1, 1).data().replace(",", ""))
    desk.until(lambda: int(model.index(1, 1).data().replace(",", "")) > first, "newer numbers")
    assert desk.pixels().std() > 1


def test_a_plugin_that_cannot_be_imported_is_left_out(
    plugin: Callable[..., str], request: pytest.FixtureRequest
) -> None:
    plugin("broken", "import nothing_of_that_name\n", "Broken")
    desk = request.getfixturevalue("desk")
    tiles = desk.window.gallery._list
    assert tiles.count() > 0
    assert "broken" not in {tiles.item(i).text() for i in range(tiles.count())}
    desk.lab.open_preset("broken")
    assert "Update or uninstall that plugin" in desk.toasts()[-1]
    assert "plugin_broken" in desk.toasts()[-1]
    assert desk.world is None
    assert "plugin_broken" not in sys.modules
