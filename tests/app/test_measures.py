"""Lines and rectangles drawn by hand, the scale of scalars, a held camera, and what is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.measures import COLOURS, MOST_PINS, Measures, measures_of
from app.viewports.camera import Camera
from app.viewports.grid import GridViewport
from app.viewports.limits import LimitsPopup
from app.viewports.measure import corners
from app.viewports.mesh import MeshViewport
from app.viewports.overlay import Overlay
from app.viewports.scale import Scale
from engine.core import colour
from engine.core.capabilities import Capabilities
from engine.core.system import BrushTool, ViewOffer
from engine.core.views import ImageView, MeshView, ViewRequest
from engine.meshes.shapes import shape

LEFT = Qt.MouseButton.LeftButton
CAN = Capabilities(
    views=(ViewOffer("world", "World", "image"),),
    brushes=(BrushTool("erase", "Erase", "eraser", "Set every channel to zero", radius=4.0),),
)
MESH_CAN = replace(CAN, views=(ViewOffer("world", "World", "mesh"),))
NAMES = ("red", "green", "blue", "alpha")


@pytest.fixture(autouse=True)
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")


def scalars(side: int = 64, **more: Any) -> ImageView:
    data = np.linspace(-1, 3, side * side, dtype=np.float32).reshape(side, side)
    given: dict[str, Any] = {
        "data": data,
        "extent": (side, side),
        "region": (0, 0, side, side),
        "limits": (-1.0, 3.0),
        "channels": NAMES,
        "step": 1,
    }
    return ImageView(**(given | more))


def ball() -> MeshView:
    body = shape("icosphere", 162)
    return MeshView(
        topology=body.topology,
        vertices=body.vertices,
        normals=body.normals,
        faces=body.faces,
        spacing=body.spacing,
        colours=np.full((len(body.vertices), 3), 99, np.uint8),
        channels=NAMES,
        step=1,
    )


def new_grid(qtbot: QtBot) -> GridViewport:
    viewport = GridViewport()
    qtbot.addWidget(viewport)
    viewport.resize(400, 400)
    with qtbot.waitExposed(viewport):
        viewport.show()
    viewport.set_measures(Measures(viewport))
    return viewport


@pytest.fixture
def grid(qtbot: QtBot) -> GridViewport:
    viewport = new_grid(qtbot)
    viewport.set_view(scalars())
    viewport.set_capabilities(CAN)
    return viewport


def at(viewport: GridViewport, row: int, column: int) -> QPoint:
    return viewport.point_of_spot(row + 0.5, column + 0.5).toPoint()


def drag(viewport: GridViewport, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(viewport, LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(viewport, (start + end) / 2)
    QTest.mouseMove(viewport, end)
    QTest.mouseRelease(viewport, LEFT, Qt.KeyboardModifier.NoModifier, end)


def measured(viewport: GridViewport) -> Measures:
    assert viewport.measures is not None
    return viewport.measures


# Lines and rectangles.


def test_a_drag_draws_a_line_and_its_ends_can_be_moved(grid: GridViewport) -> None:
    grid.set_tool("measure-line")
    drag(grid, at(grid, 10, 12), at(grid, 40, 50))
    assert measured(grid).line == ((10, 12), (40, 50))
    drag(grid, at(grid, 40, 50), at(grid, 41, 20))
    assert measured(grid).line == ((10, 12), (41, 20))
    drag(grid, at(grid, 10, 12), at(grid, 5, 6))
    assert set(measured(grid).line or ()) == {(5, 6), (41, 20)}
    drag(grid, at(grid, 60, 60), at(grid, 60, 2))
    assert measured(grid).line == ((60, 60), (60, 2)), "far from its ends another one begins"


def test_a_rectangle_is_drawn_resized_moved_and_dropped(grid: GridViewport) -> None:
    grid.set_tool("measure-region")
    drag(grid, at(grid, 30, 40), at(grid, 11, 20))
    assert measured(grid).region == (11, 20, 20, 21)
    drag(grid, at(grid, 30, 40), at(grid, 20, 30))
    assert measured(grid).region == (11, 20, 10, 11)
    drag(grid, at(grid, 15, 25), at(grid, 25, 35))
    assert measured(grid).region == (21, 30, 10, 11)
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert measured(grid).region is None
    assert grid.tools.tool == "measure-region"
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert grid.tools.tool == "hand"


def test_beside_the_world_a_line_ends_at_its_edge(grid: GridViewport) -> None:
    grid.set_tool("measure-line")
    drag(grid, at(grid, 3, 3), QPoint(399, 399))
    assert measured(grid).line == ((3, 3), (63, 63))


def test_a_line_draws_no_stroke_and_a_brush_no_line(grid: GridViewport) -> None:
    strokes: list[Any] = []
    grid.stroked.connect(strokes.append)
    grid.set_tool("measure-line")
    drag(grid, at(grid, 10, 12), at(grid, 40, 50))
    assert not strokes
    grid.set_tool("erase")
    drag(grid, at(grid, 1, 1), at(grid, 4, 4))
    assert strokes
    assert measured(grid).line == ((10, 12), (40, 50))


def test_what_is_measured_is_seen(grid: GridViewport) -> None:
    grid._surface.hide()
    before = grid._decorations.grab().toImage()
    measured(grid).set_line(((10, 12), (40, 50)))
    lined = grid._decorations.grab().toImage()
    assert lined != before
    measured(grid).keep((50.0, 5.0), (50, 5))
    pinned = grid._decorations.grab().toImage()
    assert pinned != lined
    spot = at(grid, 50, 5)
    colours = {
        pinned.pixelColor(spot + QPoint(x, y)).name() for x in range(-6, 7) for y in range(-6, 7)
    }
    assert COLOURS[0].lower() in colours


def test_corners_go_round_so_that_the_opposite_one_is_two_on() -> None:
    assert corners((2, 3, 4, 5)) == ((2, 3), (2, 7), (5, 7), (5, 3))


# Pins.


def test_pins_have_colours_of_their_own_and_there_are_only_so_many(qapp: Any) -> None:
    measures = Measures()
    assert all(measures.keep((n, 0.0), (n, 0)) for n in range(MOST_PINS))
    assert not measures.keep((99.0, 0.0), (99, 0))
    assert len({pin.colour for pin in measures.pins}) == MOST_PINS
    freed = measures.pins[2].colour
    measures.drop((2, 0))
    assert not measures.keep((3.0, 0.0), (3, 0)), "it is followed already"
    assert measures.keep((99.0, 0.0), (99, 0))
    assert measures.pins[-1].colour == freed
    assert measures.pins[-1].title == "cell 0, 99"


def test_measures_belong_to_their_world(qapp: Any) -> None:
    one, other = QWidget(), QWidget()
    assert measures_of(one) is measures_of(one)
    assert measures_of(one) is not measures_of(other)
    one.deleteLater()
    other.deleteLater()


# The scale.


def test_every_map_is_in_the_menu(grid: GridViewport) -> None:
    overlay = Overlay(grid)
    assert overlay.modes is not None
    assert overlay.modes._menu._maps is not None
    overlay.modes._menu._maps.aboutToShow.emit()
    offered = [action.data() for action in overlay.modes._menu._group.actions()]
    assert offered == ["", *colour.names(), *colour.categorical()]
    assert len(colour.names()) >= 23


@pytest.mark.parametrize("name", colour.categorical())
def test_whole_numbers_have_a_colour_each_in_a_map_of_classes(name: str) -> None:
    count = colour.classes(name)
    values = np.arange(count, dtype=np.float32)[None]
    view = scalars(data=values, extent=(1, count), region=(0, 0, 1, count))
    drawn = Scale(name).drawn(view)
    assert drawn.limits == (0.0, count - 1.0)
    found = np.unique(colour.colourise(drawn)[0], axis=0)
    assert len(found) == len(np.unique(colour.lut(name), axis=0)) >= min(count, 250)


def test_a_map_turned_round_is_the_other_way_round() -> None:
    for name in ("viridis", "magma", "okabe-ito"):
        np.testing.assert_array_equal(colour.lut(f"{name}_r"), colour.lut(name)[::-1])


def test_limits_by_hand_are_drawn_and_asked_for(grid: GridViewport, qtbot: QtBot) -> None:
    grid.set_scale(Scale("magma", (0.0, 1.0), swapped=True))
    assert grid.view is not None
    assert (grid.view.limits, grid.view.colormap) == ((0.0, 1.0), "magma_r")
    assert grid.request().limits == (0.0, 1.0)
    grid.set_view(scalars(limits=(-5.0, 5.0)))
    assert grid.view.limits == (0.0, 1.0), "they are locked"
    grid.set_scale(Scale())
    assert (grid.view.limits, grid.view.colormap) == ((-5.0, 5.0), "viridis")
    assert grid.request().limits is None


def test_the_legend_tells_of_scalars_and_opens_their_limits(grid: GridViewport) -> None:
    overlay = Overlay(grid)
    grid.resize(800, 600)
    overlay.set_state(_state())
    overlay.set_view(scalars())
    assert overlay.legend is not None
    assert overlay.legend.legend is not None
    assert overlay.legend.legend.ends == ("-1", "3")
    assert overlay.legend.isVisible()
    QTest.mouseClick(overlay.legend, LEFT)
    popup = grid.findChild(LimitsPopup)
    assert popup is not None
    assert popup.isVisible()
    popup._lock.click()
    assert grid.scale.limits == (-1.0, 3.0)
    popup._low.clear()
    QTest.keyClicks(popup._low, "2.5")
    popup._high.setFocus()
    assert grid.scale.limits == (2.5, 3.0)
    popup._high.selectAll()
    QTest.keyClicks(popup._high, "0.5")
    QTest.keyClick(popup._high, Qt.Key.Key_Return)
    assert grid.scale == Scale("", (0.5, 2.5), swapped=True), "turned round, as it was typed"
    popup._auto.setChecked(True)
    assert grid.scale.limits is None
    popup.hide()


def _state() -> Any:
    from engine.core.commands import RunnerState
    from engine.core.spec import Spec

    return RunnerState(spec=Spec("toy"), capabilities=CAN, alive=True)


# The camera.


def test_a_held_camera_stays_until_the_world_is_another(grid: GridViewport) -> None:
    grid.set_camera(Camera(20, 20, 8.0))
    grid.set_switch("locked", True)
    for _ in range(2):
        grid.zoom(2)
        grid.pan(30, 30)
        grid.fit()
        grid.one_to_one()
    assert grid.camera == Camera(20, 20, 8.0)
    grid.set_view(scalars(96))
    assert grid.camera != Camera(20, 20, 8.0)
    grid.set_switch("locked", False)
    before = grid.camera
    grid.zoom(2)
    assert grid.camera != before


def test_a_held_eye_does_not_turn(qtbot: QtBot) -> None:
    viewport = MeshViewport()
    qtbot.addWidget(viewport)
    viewport.resize(400, 300)
    viewport.set_view(ball())
    viewport.set_switch("locked", True)
    held = viewport.orbit
    viewport.pan(40, 10)
    viewport.zoom(3)
    viewport.jump("top")
    viewport.fit()
    viewport.drag(QPointF(9, 9), Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(viewport, Qt.Key.Key_6)
    assert viewport.orbit == held
    QTest.keyClick(viewport, Qt.Key.Key_L)
    viewport.pan(40, 10)
    assert viewport.orbit != held


# What is kept of a view.


def test_a_grid_is_recalled_before_there_is_anything_to_see(
    grid: GridViewport, qtbot: QtBot
) -> None:
    grid.set_mode((2,))
    grid.set_scale(Scale("magma", (0.0, 2.0), swapped=True))
    grid.set_switch("smooth", True)
    grid.tools.radii["erase"] = 7.5
    grid.set_tool("erase")
    measured(grid).set_line(((1, 2), (3, 4)))
    measured(grid).set_region((5, 6, 7, 8))
    measured(grid).keep((9.0, 10.0), (9, 10))
    grid.set_camera(Camera(20.0, 30.0, 12.0))
    kept = json.loads(json.dumps(grid.memento()))

    other = new_grid(qtbot)
    overlay = Overlay(other)
    other.recall(kept)
    other.set_capabilities(CAN)
    other.set_view(scalars())
    overlay.set_view(scalars())
    assert other.camera == Camera(20.0, 30.0, 12.0)
    assert other.request() == grid.request()
    assert json.loads(json.dumps(other.memento())) == kept
    assert other.tools.radius == 7.5
    assert overlay.modes is not None
    assert overlay.modes._mode == "channel"
    assert overlay.modes._menu._switches["smooth"].isChecked()
    assert overlay.modes._menu._maps is not None
    overlay.modes._menu._maps.aboutToShow.emit()
    assert overlay.modes._menu._group.checkedAction().data() == "magma"


def test_a_mesh_is_recalled(qtbot: QtBot) -> None:
    def new() -> MeshViewport:
        viewport = MeshViewport()
        qtbot.addWidget(viewport)
        viewport.resize(400, 300)
        viewport.set_measures(Measures(viewport))
        return viewport

    one, other = new(), new()
    one.set_view(ball())
    one.set_capabilities(MESH_CAN)
    one.set_mode((), "pca")
    one.look_from(70, 30, 1.5)
    one.set_switch("wires", True)
    one.set_switch("locked", True)
    kept = json.loads(json.dumps(one.memento()))
    other.recall(kept)
    other.set_capabilities(MESH_CAN)
    other.set_view(ball())
    assert other.orbit == one.orbit
    assert other.request() == one.request() == ViewRequest(reduce="pca")
    assert json.loads(json.dumps(other.memento())) == kept


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"camera": 7, "scale": [], "channels": "x", "reduce": 3, "tools": None, "measures": "?"},
        {"camera": {"fits": False, "row": "NaN", "column": 1, "scale": 1}},
        {"camera": {"fits": False, "row": 1, "column": float("inf"), "scale": -1}},
        {"scale": {"map": "no such map", "limits": [3, 1], "swapped": 5}},
        {"measures": {"pins": [[1], ["a", 2], 3], "line": [1, 2], "region": [1, 2, 3, None]}},
        {"tools": {"tool": "chainsaw", "radii": {"erase": 1e9}, "channel": -3, "value": "x"}},
        {"switches": {"smooth": "yes", "bogus": True}},
    ],
)
def test_rubbish_is_passed_over(grid: GridViewport, kept: dict[str, Any]) -> None:
    request, camera, radii = grid.request(), grid.camera, dict(grid.tools.radii)
    grid.recall(kept)
    assert grid.request() == request
    assert grid.camera == camera
    assert grid.tools.radii == radii
    assert not measured(grid).pins
    assert measured(grid).line is measured(grid).region is None


def test_heads_are_recalled(qtbot: QtBot) -> None:
    from app.viewports.heads import HeadsViewport

    one, other = HeadsViewport(), HeadsViewport()
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    one.scene.choose(mode="grid", share="all", logarithmic=True, top=3, least=0.25)
    one.scene.head = (1, 2)
    kept = json.loads(json.dumps(one.memento()))
    other.recall(kept)
    assert other.scene.look == one.scene.look
    assert other.request().channels == (1, 2)
    other.recall({"look": {"mode": "upside down", "top": -1, "masked": "x"}, "head": [-1, 0]})
    assert other.memento() == kept


def test_a_table_is_sorted_as_it_was(qtbot: QtBot) -> None:
    from app.viewports.table import TableViewport
    from engine.core.figures import TableView

    table = TableView(step=0, columns=("a", "b"), rows=((1, 5), (2, 3), (3, 4)))
    one, other = TableViewport(), TableViewport()
    for viewport in (one, other):
        qtbot.addWidget(viewport)
        viewport.set_view(table)
    one.recall({"sorted": [1, 1]})
    kept = json.loads(json.dumps(one.memento()))
    other.recall(kept)
    assert other.memento() == kept == {"sorted": [1, 1]}
    shown = [other._sorted.index(row, 1).data() for row in range(3)]
    assert shown == [one._sorted.index(row, 1).data() for row in range(3)]
    assert [str(value) for value in shown] == ["5", "4", "3"]
    other.recall({"sorted": "rubbish"})
    assert other.memento() == kept


def test_the_menu_of_a_cell_pins_it_beside_others(grid: GridViewport) -> None:
    (pin,) = grid.menu_lines((4, 5))
    pin.trigger()
    assert [one.probe for one in measured(grid).pins] == [(4, 5)]
    (unpin,) = grid.menu_lines((4, 5))
    assert unpin.text() == "Unpin"
    unpin.trigger()
    assert not measured(grid).pins
    assert grid.menu_lines(None) == ()
