"""The viewport of attention: real mouse and key events, pixels read back."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.viewports.factory import make_viewport
from app.viewports.heads import HeadsViewport
from app.viewports.heads_pane import HeadsPane
from app.viewports.shades import shades
from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.spec import Spec
from engine.core.system import ViewOffer
from engine.core.views import Pick, ViewRequest

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
TOY = Path(__file__).with_name("toys") / "attentive.py"
SIZE = (748, 736)


def toy(**params: Any) -> Any:
    spec = importlib.util.spec_from_file_location("attentive_toy", TOY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Attentive(Spec("attentive", params, seed=1))


@pytest.fixture
def heads(qapp: QApplication, qtbot: QtBot) -> HeadsViewport:
    theme.apply(qapp, "dark")
    widget = make_viewport(ViewOffer("attention", "Attention", "heads"))
    assert isinstance(widget, HeadsViewport)
    qtbot.addWidget(widget)
    widget.resize(*SIZE)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def show(viewport: HeadsViewport, system: Any, request: ViewRequest | None = None) -> HeadsView:
    view = system.views({"heads": request or viewport.request()})["heads"]
    viewport.set_view(view)
    QApplication.processEvents()
    assert isinstance(view, HeadsView)
    return view


def move(pane: HeadsPane, point: QPointF, seen: Callable[[], bool] = lambda: True) -> None:
    """Move the mouse until what it does is seen: the screen's own cursor may come between."""
    for _ in range(50):
        QTest.mouseMove(pane, point.toPoint() + QPoint(1, 0))
        QTest.mouseMove(pane, point.toPoint())
        if seen():
            return
        QTest.qWait(10)
    pytest.fail("the mouse points at nothing")


def colour_at(pane: HeadsPane, point: QPointF) -> tuple[int, ...]:
    image = pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return QColor(image.pixel(point.toPoint())).getRgb()[:3]  # type: ignore[return-value]


def shade(place: int) -> tuple[int, ...]:
    return tuple(int(part) for part in shades("viridis")[place])


def test_a_view_is_shown_and_counted_once(heads: HeadsViewport, qtbot: QtBot) -> None:
    system = toy()
    with qtbot.waitSignal(heads.painted):
        view = show(heads, system)
    assert heads.frames_drawn == 1
    assert all(pane.isVisible() for pane in heads.panes)
    # What may not be looked at is the panel's, the strongest weight the brightest.
    layer, head = view.focused
    rows = np.asarray(view.focus)
    row, column = np.unravel_index(np.nanargmax(rows), rows.shape)
    brightest = heads.map.point_of((int(row), int(column)))
    assert colour_at(heads.map, brightest) == shade(-1)
    assert colour_at(heads.map, heads.map.point_of((2, 20))) == theme.colour("ground").getRgb()[:3]
    tile = heads.grid.rect_of((layer, head))
    corner = QPointF(tile.left() + 0.93 * tile.width(), tile.top() + 0.5 * tile.height())
    assert colour_at(heads.grid, corner) == theme.colour("ground").getRgb()[:3]


def test_a_click_puts_a_head_in_focus_and_asks_for_it(heads: HeadsViewport, qtbot: QtBot) -> None:
    system = toy()
    show(heads, system)
    assert heads.scene.focused == (2, 0)  # the system's choice
    with qtbot.waitSignal(heads.request_changed):
        QTest.mouseClick(heads.grid, LEFT, NONE, heads.grid.rect_of((1, 3)).center().toPoint())
    assert heads.scene.focused == (1, 3)
    qtbot.waitUntil(lambda: heads._asked is not None and heads._asked.channels == (1, 3))
    assert heads.request().max_size >= heads.grid.texels()
    show(heads, system)
    assert heads.scene.values((1, 3)).shape == (24, 24)


def test_what_is_pointed_at_is_shown_in_all_parts(heads: HeadsViewport) -> None:
    system = toy()
    view = show(heads, system)
    move(heads.map, heads.map.point_of((17, 6)), lambda: heads.scene.cell == (17, 6))
    first, second = heads.scene.readout()
    assert first == f"{view.keys[17]} (18) looks at {view.keys[6]} (7)"
    assert second == f"weight {view.focus[17, 6]:.3g}"
    assert first in heads.accessibleDescription()
    # A token of the row is the one that looks.
    arcs = heads.arcs
    move(arcs, QPointF(arcs.x_of(5), arcs.base()), lambda: heads.scene.token == 5)
    assert heads.scene.cell is None
    # The tile of another head is shown large for as long as the cursor is on it.
    tile = heads.grid.rect_of((0, 1)).center()
    move(heads.grid, tile, lambda: heads.scene.shown == (0, 1))
    assert heads.scene.focused == (2, 0)
    heads.scene.point()
    assert heads.scene.shown == (2, 0)
    # Where a query may not look it is said.
    dark = heads.map.point_of((2, 20))
    move(heads.map, dark, lambda: heads.scene.readout()[1] == "may not look there")


def test_a_click_keeps_a_weight_and_tells_of_it(heads: HeadsViewport, qtbot: QtBot) -> None:
    show(heads, toy())
    at = heads.map.point_of((12, 4)).toPoint()
    with qtbot.waitSignal(heads.picked) as told:
        QTest.mouseClick(heads.map, LEFT, NONE, at)
    assert told.args == [Pick("attention", (2, 0, 12, 4))]
    heads.scene.point()
    assert heads.scene.current == (12, 4)
    heads.setFocus()
    with qtbot.waitSignal(heads.picked) as told:
        QTest.keyClick(heads, Qt.Key.Key_Down)
    assert told.args[0].at == (2, 0, 13, 4)
    QTest.keyClick(heads, Qt.Key.Key_Left)
    assert heads.scene.locked == (13, 3)
    QTest.keyClick(heads, Qt.Key.Key_Escape)
    assert heads.scene.locked is None


def test_keys_choose_layers_and_heads(heads: HeadsViewport) -> None:
    show(heads, toy())
    heads.setFocus()
    QTest.keyClick(heads, Qt.Key.Key_1)
    assert heads.scene.focused == (0, 0)
    QTest.keyClick(heads, Qt.Key.Key_9)  # there is none
    assert heads.scene.focused == (0, 0)
    QTest.keyClick(heads, Qt.Key.Key_Right, CTRL)
    QTest.keyClick(heads, Qt.Key.Key_Down, CTRL)
    assert heads.scene.focused == (1, 1)
    QTest.keyClick(heads, Qt.Key.Key_Return)
    locked = heads.scene.locked
    assert locked is not None
    values = heads.scene.values((1, 1))
    assert values[locked] == np.nanmax(values[locked[0]])


def test_a_double_click_shows_a_head_alone_and_esc_all(heads: HeadsViewport) -> None:
    show(heads, toy())
    at = heads.grid.rect_of((3, 2)).center().toPoint()
    wide = heads.map.width()
    QTest.mouseDClick(heads.grid, LEFT, NONE, at)
    assert heads.scene.focused == (3, 2)
    assert not heads.grid.isVisible()
    assert heads.map.width() > wide
    QTest.keyClick(heads, Qt.Key.Key_Escape)
    assert heads.grid.isVisible()


def test_shift_adds_heads_to_the_arcs(heads: HeadsViewport) -> None:
    show(heads, toy())
    at = heads.grid.rect_of((0, 1)).center().toPoint()
    QTest.mouseClick(heads.grid, LEFT, SHIFT, at)
    assert heads.scene.added == ((0, 1),)
    heads.scene.point()
    assert heads.scene.flow_heads() == ((0, 1), (2, 0))
    QTest.mouseClick(heads.grid, LEFT, SHIFT, at)
    assert heads.scene.added == ()
    heads.scene.choose(layer_flow=True)
    assert len(heads.scene.flow_heads()) == 4


def test_the_wheel_zooms_and_a_double_click_fits(heads: HeadsViewport) -> None:
    show(heads, toy())
    at = heads.map.point_of((20, 3))
    cell = heads.map.cell_at(at)
    turn = QWheelEvent(
        at, heads.map.mapToGlobal(at), QPoint(), QPoint(0, 480), LEFT, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(heads.map, turn)
    assert heads.map.zoom.scale > 2.0
    assert heads.map.cell_at(at) == cell  # what was under the cursor still is
    QTest.mouseDClick(heads.map, LEFT, NONE, at.toPoint())
    assert heads.map.zoom.scale == 1.0


@pytest.mark.parametrize("mode", ["all", "focus", "arcs", "grid"])
def test_every_part_can_have_all_the_room(heads: HeadsViewport, mode: str) -> None:
    show(heads, toy())
    heads.bar._buttons[mode].click()
    seen = {
        "all": [True, True, True],
        "focus": [False, True, True],
        "arcs": [False, False, True],
        "grid": [True, False, False],
    }
    assert [pane.isVisible() for pane in heads.panes] == seen[mode]
    assert heads.bar._buttons[mode].isChecked()


def test_two_models_stand_side_by_side_on_one_scale(heads: HeadsViewport) -> None:
    view = show(heads, toy(signed=True, compare=True))
    assert view.other is not None
    assert not heads.bar._compare.isHidden()
    model, other = heads.scene.maps()
    assert (model.title, other.title) == ("learned", "constructed")
    assert model.scale == other.scale
    assert len(heads.map.places()) == 2
    heads.scene.choose(compare="difference")
    difference = heads.scene.maps()[2]
    assert difference.values == pytest.approx(model.values - other.values)
    assert len(heads.map.places()) == 3
    heads.scene.choose(compare="off", source="difference")
    assert len(heads.map.places()) == 1
    assert heads.scene.tiles() == pytest.approx(view.weights - view.other)


def test_small_weights_are_told_with_their_figures(heads: HeadsViewport) -> None:
    from dataclasses import replace

    view = show(heads, toy())
    focus = view.focus.copy()
    focus[5, 3] = 2.573e-06
    heads.set_view(replace(view, focus=focus))
    heads.scene.lock((5, 3))
    assert heads.scene.readout()[1] == "weight 2.57e-06"


def test_linear_attention_tells_its_row_sum(heads: HeadsViewport) -> None:
    view = show(heads, toy(signed=True))
    heads.scene.lock((5, 3))
    told = heads.scene.readout()[1]
    assert told == f"weight {view.focus[5, 3]:+.3g}  row sum {view.focus[5].sum():+.3g}"


def test_each_layer_is_drawn_by_its_own_kind(heads: HeadsViewport) -> None:
    """A softmax layer below a mesa layer goes from 0 up, not from -1."""
    from dataclasses import replace

    view = show(heads, toy())
    heads.set_view(replace(view, signed=(False, True, True, True)))
    QApplication.processEvents()
    scene, grid = heads.scene, heads.grid
    heads.bar._share_lines["unit"].trigger()
    assert scene.scale((0, 1)).high == 1.0
    assert scene.scale((1, 1)).signed
    for layer, name, least in ((0, "viridis", 0), (1, "diverging", 127)):
        row, column = 23, 0
        place = grid.rect_of((layer, 1))
        weight = view.weights[layer, 1, row, column]
        level = weight / scene.scale((layer, 1)).high
        table = shades(name)
        wanted = table[round(least + (254 - least) * float(level))]
        step = place.width() / view.weights.shape[3]
        point = place.topLeft() + QPointF((column + 0.5) * step, (row + 0.5) * step)
        seen = colour_at(grid, point)
        assert np.abs(np.subtract(seen, wanted)).max() <= 6, (layer, seen, wanted)


def test_keys_after_the_query_can_be_hidden(heads: HeadsViewport) -> None:
    show(heads, toy(signed=True))
    assert np.isfinite(heads.scene.values((0, 0))).all()
    heads.scene.choose(masked=True)
    values = heads.scene.values((0, 0))
    assert np.array_equal(np.isnan(values), np.triu(np.ones((24, 24), bool), 1))


def test_one_query_apart_from_the_keys(heads: HeadsViewport) -> None:
    show(heads, toy(apart=True, signed=True))
    assert heads.scene.counts == (1, 24)
    assert heads.scene.tokens == 25
    assert heads.arcs.x_of(24) > heads.arcs.x_of(23)
    said = heads.scene.readout
    move(heads.map, heads.map.point_of((0, 7)), lambda: said()[0].startswith("query (1) looks at "))


def test_more_queries_than_keys_are_the_same_tokens_as_far_as_both_go(
    heads: HeadsViewport,
) -> None:
    """A regression's query looks at its examples and is looked at by nobody."""
    from dataclasses import replace

    view = show(heads, toy(tokens=4, signed=True))
    focus = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    every = np.broadcast_to(focus, (4, 4, 5, 4)).copy()
    queries = (*view.keys, "query")
    heads.set_view(replace(view, weights=every, focus=focus, queries=queries, guide=(), groups=()))
    QApplication.processEvents()
    scene = heads.scene
    assert scene.labels == queries
    assert (scene.query_of(4), scene.key_of(4), scene.key_of(3)) == (4, None, 3)
    heads.scene.choose(masked=True)
    hidden = np.isnan(scene.values((0, 0)))
    assert np.array_equal(hidden, np.arange(4)[None, :] > np.arange(5)[:, None])
    move(heads.arcs, QPointF(heads.arcs.x_of(4), heads.arcs.base()), lambda: scene.token == 4)
    assert not heads.grab().isNull()


def test_a_head_that_a_layer_does_not_have_cannot_be_chosen(heads: HeadsViewport) -> None:
    from dataclasses import replace

    view = show(heads, toy())
    weights = view.weights.copy()
    weights[0, 1] = np.nan
    heads.set_view(replace(view, weights=weights, focused=(1, 1)))
    QTest.mouseClick(heads.grid, LEFT, NONE, heads.grid.rect_of((0, 1)).center().toPoint())
    assert heads.scene.focused == (1, 1)
    assert heads.grid.tip(heads.grid.rect_of((0, 1)).center()) == "Layer 1 has no head 2"


@pytest.mark.parametrize("shape", [(0, 0, 0, 0), (2, 3, 0, 0), (1, 1, 1, 1), (1, 2, 1, 7)])
def test_next_to_nothing_can_be_shown(heads: HeadsViewport, shape: tuple[int, ...]) -> None:
    show(heads, toy())
    heads.scene.lock((20, 20))
    rows, columns = shape[2:]
    view = HeadsView(
        step=1,
        weights=np.zeros(shape, np.float32),
        keys=tuple("abcdefg"[:columns]),
        queries=("q",) if rows != columns else (),
        focus=np.zeros((rows, columns), np.float32),
        cursor=3,
    )
    heads.set_view(view)
    QApplication.processEvents()
    for pane in heads.panes:
        move(pane, QPointF(pane.rect().center()))
        QTest.mouseClick(pane, LEFT, NONE, pane.rect().center())
    heads.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Left, Qt.Key.Key_2, Qt.Key.Key_Escape):
        QTest.keyClick(heads, key)
    assert heads.grab().width() == heads.width()
    assert heads._hint.isVisible() == (not heads.scene.ready)
    assert heads.copy() is not None


def test_smaller_worlds_let_go_of_what_is_no_more(heads: HeadsViewport) -> None:
    show(heads, toy())
    heads.scene.focus((3, 3))
    heads.scene.lock((20, 20))
    show(heads, toy(layers=1, heads=1, tokens=5), ViewRequest())
    assert heads.scene.focused == (0, 0)
    assert heads.scene.locked is None


def test_a_tile_tells_everything_that_is_known_of_its_head(heads: HeadsViewport) -> None:
    system = toy()
    system.off = {(1, 2)}
    show(heads, system)
    words = heads.grid.tip(heads.grid.rect_of((1, 2)).center())
    assert words.startswith("Layer 2, head 3: induction\ninduction 0.93\nswitched off")
    assert "patched" in heads.grid.tip(heads.grid.rect_of((0, 3)).center())


def test_what_did_not_change_is_not_drawn_again(
    heads: HeadsViewport, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    view = show(heads, toy())
    drawn = []
    monkeypatch.setattr(heads.grid, "draw", lambda *given: drawn.append(given))
    heads.set_view(replace(view, weights=view.weights.copy(), cursor=5))
    QApplication.processEvents()
    assert heads.frames_drawn == 2
    assert not drawn
    heads.set_view(replace(view, weights=view.weights * 0.5))
    QApplication.processEvents()
    assert len(drawn) == 1


def test_both_themes_and_small_sizes_can_be_drawn(heads: HeadsViewport, qapp: Any) -> None:
    show(heads, toy(layers=8, heads=8, tokens=64, compare=True))
    heads.scene.lock((30, 10))
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        for size in ((680, 500), (280, 220), (1600, 900)):
            heads.resize(*size)
            QApplication.processEvents()
            assert not heads.grab().isNull()
            seen = [pane for pane in heads.panes if pane.isVisible()]
            assert all(heads.rect().contains(pane.geometry()) for pane in seen)


def test_what_is_seen_can_be_saved(heads: HeadsViewport, tmp_path: Path) -> None:
    view = show(heads, toy(tokens=8))
    heads.save(tmp_path / "a.png")
    picture = QImage(str(tmp_path / "a.png"))
    assert picture.width() > 2 * (heads.width() - 40)
    heads.scene.lock((5, 2))
    heads.save(tmp_path / "a.svg")
    tree = ElementTree.parse(tmp_path / "a.svg")
    kinds = [element.tag.rpartition("}")[2] for element in tree.iter()]
    assert kinds.count("rect") + kinds.count("path") > 200
    assert "image" not in kinds
    heads.save(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == int(np.isfinite(view.focus).sum())
    assert float(lines[-1]["weight"]) == pytest.approx(float(view.focus[-1, -1]))
    assert (lines[-1]["layer"], lines[-1]["head"]) == ("3", "1")
    assert (lines[0]["query"], lines[0]["key"]) == ("1", "1")
    assert (lines[-1]["query"], lines[-1]["key"]) == tuple(map(str, view.focus.shape))
    heads.scene.choose(mode="grid")
    heads.save(tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8") as file:
        assert len({(line["layer"], line["head"]) for line in csv.DictReader(file)}) == 16


def test_what_cannot_be_saved_is_told(heads: HeadsViewport, tmp_path: Path, qtbot: QtBot) -> None:
    show(heads, toy(tokens=8))
    for name in ("a.txt", "no/such/folder/a.png", "no/such/folder/a.svg", "no/such/folder/a.csv"):
        with qtbot.waitSignal(heads.problem) as told:
            heads.save(tmp_path / name)
        assert isinstance(told.args[0], BadInput)


def test_values_are_copied_with_their_labels(heads: HeadsViewport) -> None:
    view = show(heads, toy(tokens=6))
    text = heads.copy()
    assert QGuiApplication.clipboard().text() == text
    lines = [line.split("\t") for line in text.split("\n")]
    assert lines[0] == ["", *view.keys]
    assert float(lines[3][1]) == pytest.approx(float(view.focus[2, 0]))
    assert lines[1][2] == ""


def test_the_place_of_a_menu_names_its_head(heads: HeadsViewport) -> None:
    show(heads, toy())
    grid, tile = heads.grid, heads.grid.rect_of((3, 1)).center().toPoint()
    heads.scene.point()
    assert heads.place_at(grid.pos() + tile) == (3, 1)
    cell = heads.map.point_of((9, 2)).toPoint()
    place = heads.place_at(heads.map.pos() + cell)
    assert place == (2, 0, 9, 2)
    assert heads.about(place) == ("layer 3, head 1", {"layer": 2, "head": 0})
    assert heads.about((3, 1)) == ("", {"layer": 3, "head": 1})
    assert heads.place_at(QPoint(2, 2)) is None
