"""The panel Inspect in the real window: what it shows are the world's own numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.measures import measures_of
from app.panels.inspect.records import MOST_BYTES, MOST_ROWS, Records
from app.panels.inspect.region import short
from app.widgets.sparkline import Curve, Sparkline, thinned
from engine.core.errors import BadInput
from engine.core.readings import Profile
from engine.core.views import ViewRequest

SHIFT = Qt.KeyboardModifier.ShiftModifier


def panel_of(desk: Any) -> Any:
    desk.run("inspect.panel")
    return desk.until(lambda: desk.window.shell.parts["inspect"].panel, "the panel")


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def export(desk: Any, name: str, path: Path) -> tuple[list[str], list[list[str]]]:
    desk.run("inspect.export", f"{name} {path}")
    desk.until(path.is_file, f"the file of {name}")
    return read(path)


def field_of(desk: Any) -> Any:
    """Read the cells that the world has now, by its picture of single channels."""
    views: list[Any] = []
    desk.settle()

    def come(reply: Any) -> None:
        views.append(reply.value)

    from engine.core.commands import Snapshot

    for channel in range(2):
        request = ViewRequest(channels=(channel,), max_size=4096)
        desk.world.do(Snapshot("world", request), come)
    desk.until(lambda: len(views) == 2, "the field")
    return np.stack([view.data for view in views], axis=2)


def test_it_says_what_to_do_where_there_is_nothing(desk: Any) -> None:
    panel = panel_of(desk)
    assert panel._hint.isVisible()
    assert not panel.section("Pins").isVisible()
    with pytest.raises(BadInput, match="Open a world first"):
        desk.run("inspect.export", "pins /nowhere.csv")


def test_a_world_is_measured_and_the_tables_are_its_numbers(desk: Any, tmp_path: Path) -> None:
    desk.open("gray-scott", width=64, height=64)
    desk.run("transport.run-to", "30")
    desk.until(lambda: desk.state.step == 30, "step 30")
    panel = panel_of(desk)
    assert panel._channel.count() == 2
    desk.run("inspect.line", "5 6 40 60")
    desk.run("inspect.region", "10 12 20 30")
    desk.run("inspect.keep", "7 8")
    desk.run("inspect.keep", "50 51")
    desk.until(lambda: panel.records_now.profile is not None, "a profile")
    desk.until(lambda: panel.histogram._shown is not None, "a histogram")
    desk.until(lambda: panel.region._shown is not None, "numbers")
    desk.until(lambda: len(panel.records_now.pins) == 2, "pins")
    desk.until(lambda: panel.channels._shown is not None, "channels")
    field = field_of(desk)

    names, rows = export(desk, "line", tmp_path / "line.csv")
    assert names == ["place", "row", "column", "u", "v"]
    table = np.array(rows, float)
    cells = table[:, 1:3].astype(int)
    assert (cells[0].tolist(), cells[-1].tolist()) == ([5, 6], [40, 60])
    np.testing.assert_array_equal(table[:, 3:].astype(np.float32), field[tuple(cells.T)])

    names, rows = export(desk, "region", tmp_path / "region.csv")
    part = field[10:30, 12:42].reshape(-1, 2).astype(np.float64)
    assert [row[0] for row in rows] == ["u", "v"]
    np.testing.assert_allclose([float(row[1]) for row in rows], part.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose([float(row[2]) for row in rows], part.std(axis=0), rtol=1e-9)
    assert [int(row[7]) for row in rows] == [600, 600]

    names, rows = export(desk, "histogram", tmp_path / "histogram.csv")
    assert names == ["from", "to", "u"]
    assert sum(int(row[2]) for row in rows) == 600, "of the region"

    names, rows = export(desk, "pins", tmp_path / "pins.csv")
    assert names[0] == "step"
    last = dict(zip(names, rows[-1], strict=True))
    assert np.float32(last["cell 8, 7 u"]) == field[7, 8, 0]
    assert np.float32(last["cell 51, 50 v"]) == field[50, 51, 1]

    names, rows = export(desk, "channels", tmp_path / "channels.csv")
    assert names == ["row", "column", "u", "v"]
    mean = np.array(rows, float)[:, 2:].mean(axis=0)
    np.testing.assert_allclose(mean, field.reshape(-1, 2).mean(axis=0), rtol=1e-5)

    assert panel.histogram._count.text() == panel.region._count.text() == "600 cells"
    desk.run("inspect.clear")
    assert not panel.pins._cards
    assert panel.line.want() is panel.region.want() is None
    desk.until(lambda: panel.histogram._shown is not None, "a histogram of all")
    assert panel.histogram._shown.counts.sum() == 64 * 64


def test_profiles_become_a_picture_of_time(desk: Any, tmp_path: Path) -> None:
    desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)
    desk.run("inspect.line", "32 0 32 63")
    for step in (4, 8, 12):
        desk.run("transport.run-to", str(step))
        desk.until(lambda step=step: step in panel.records_now.steps(), f"step {step}")
    names, rows = export(desk, "history", tmp_path / "history.csv")
    assert len(names) == 65
    steps = [int(row[0]) for row in rows]
    assert steps == sorted(set(steps))
    assert {4, 8, 12} <= set(steps)
    np.testing.assert_array_equal(
        np.array(rows[-1][1:], np.float32), panel.records_now.profile.values[:, 0]
    )
    desk.run("transport.back")
    desk.until(lambda: panel.records_now.steps()[-1] == 11, "a step back")
    assert 12 not in panel.records_now.steps(), "what lies ahead is not known any more"
    assert panel.line.past._view is not None


def test_folded_and_hidden_sections_ask_for_nothing(desk: Any) -> None:
    desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)

    def asked() -> set[str]:
        return {key.partition("@")[2] for key in desk.world._merged if "@" in key}

    assert asked() == {"inspect-numbers", "inspect-channels"}
    panel.section("Principal components").set_open(True)
    assert asked() == {"inspect-numbers", "inspect-channels", "inspect-components"}
    panel.section("Channels").set_open(False)
    panel.section("Histogram").set_open(False)
    assert asked() == {"inspect-components"}
    desk.window.docks.toggle("inspect")
    assert asked() == set()


def test_shift_click_follows_several_cells_and_keep_follows_the_inspected_one(desk: Any) -> None:
    desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)
    kept = measures_of(desk.world)
    desk.run("tool.inspect")
    for row, column in ((20, 20), (40, 30)):
        QTest.mouseClick(
            desk.viewport, Qt.MouseButton.LeftButton, SHIFT, desk.point_of(row, column)
        )
    assert [pin.probe for pin in kept.pins] == [(20, 20), (40, 30)]
    QTest.mouseClick(desk.viewport, Qt.MouseButton.LeftButton, SHIFT, desk.point_of(20, 20))
    assert [pin.probe for pin in kept.pins] == [(40, 30)]
    desk.click(desk.viewport, desk.point_of(10, 11))
    inspector = desk.window.controls.inspector
    desk.until(lambda: inspector._cell == (10, 11), "the inspected cell")
    inspector._keep.click()
    assert [pin.probe for pin in kept.pins] == [(40, 30), (10, 11)]
    assert len({pin.colour for pin in kept.pins}) == 2
    desk.until(lambda: len(panel.records_now.pins) == 2, "curves of both")
    panel.pins._cards[0]._drop.click()
    assert [pin.probe for pin in kept.pins] == [(10, 11)]


def test_a_tile_of_the_mosaic_shows_its_channel_in_the_picture(desk: Any) -> None:
    desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)
    desk.until(lambda: panel.channels._shown is not None, "the mosaic")
    tiles = panel.channels.tiles
    spot = desk.until(
        lambda: (
            (at := QPoint(tiles.width() * 3 // 4, tiles.height() // 2))
            and tiles.tile_at(QPointF(at)) == 1
            and at
        ),
        "room for the tiles",
    )
    desk.click(tiles, spot)
    assert desk.viewport.request().channels == (1,)
    assert desk.page.overlay.modes._mode == "channel"
    assert panel._channel.currentText() == "v"
    QTest.keyClick(tiles, Qt.Key.Key_Left)
    QTest.keyClick(tiles, Qt.Key.Key_Return)
    assert desk.viewport.request().channels == (0,)
    panel.channels.each.setChecked(True)
    assert tiles._view.data.ndim == 3


def test_another_world_has_its_own_pins(desk: Any) -> None:
    first = desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)
    desk.run("inspect.keep", "3 4")
    desk.open("gray-scott", width=64, height=64)
    assert not panel.pins._cards
    desk.lab.select(first)
    assert [card.pin.probe for card in panel.pins._cards] == [(3, 4)]
    with pytest.raises(BadInput, match="followed already"):
        desk.run("inspect.keep", "3 4")
    with pytest.raises(BadInput, match="no such cell"):
        desk.run("inspect.keep", "3 64")
    with pytest.raises(BadInput):
        desk.run("inspect.line", "1 2 3")


def test_of_programs_the_bytes_are_counted(desk: Any, tmp_path: Path) -> None:
    desk.open("soup", programs=1024)
    panel = panel_of(desk)
    desk.until(lambda: panel.histogram._shown is not None, "a histogram")
    assert panel.section("Histogram").isVisible()
    assert not panel.section("Pins").isVisible()
    assert not panel.section("Channels").isVisible()
    assert panel.histogram._count.text() == "65,536 bytes"
    names, rows = export(desk, "histogram", tmp_path / "bytes.csv")
    assert names == ["from", "to", "byte"]
    assert sum(int(row[2]) for row in rows) == 1024 * 64
    desk.open("in-context")
    assert panel._hint.isVisible()


def test_places_are_typed_as_well(desk: Any) -> None:
    desk.open("gray-scott", width=64, height=64)
    panel = panel_of(desk)
    desk.run("inspect.line", "1 2 30 40")
    field = panel.line._places._fields[2]  # to x
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "55")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert measures_of(desk.world).line == ((1, 2), (30, 55))


def test_profiles_are_bounded_in_number_and_in_bytes() -> None:
    records = Records()
    for step in range(MOST_ROWS + 50):
        records.take_profile(step, Profile(np.zeros((4, 2), np.int32), np.full((4, 2), step)))
    assert len(records.steps()) == MOST_ROWS
    assert records.steps()[-1] == MOST_ROWS + 49
    big = Profile(np.zeros((1024, 2), np.int32), np.zeros((1024, 64), np.float32))
    for step in range(1000, 1100):
        records.take_profile(step, big)
    assert len(records.steps()) * big.values.nbytes <= MOST_BYTES
    assert len(records.steps()) > 10


# Small charts.


def test_thinned_curves_keep_their_peaks() -> None:
    y = np.zeros(100_000)
    y[12_345], y[77_777] = 5.0, -3.0
    x, thin = thinned(np.arange(len(y)), y, 200)
    assert len(x) < 1000
    assert (thin.max(), thin.min()) == (5.0, -3.0)
    assert (np.diff(x) >= 0).all()


@pytest.mark.parametrize("y", [[1.0], [2.0, 2.0], [np.nan, 1.0, np.inf, 3.0], []])
def test_a_sparkline_draws_whatever_there_is(qtbot: QtBot, y: list[float]) -> None:
    chart = Sparkline("curve")
    qtbot.addWidget(chart)
    chart.resize(120, 40)
    chart.set_curves([Curve(np.arange(len(y)), np.array(y), "#E69F00", "a")])
    assert not chart.grab().isNull()
    assert bool(chart.words_at(60)) == bool(y)


def test_a_sparkline_reads_its_bars(qtbot: QtBot) -> None:
    chart = Sparkline("bars", 96)
    qtbot.addWidget(chart)
    chart.resize(100, 96)
    chart.set_bars(np.array([3, 0, 1_000_000, 7]), (0.0, 4.0), True)
    assert chart.words_at(60.0) == "2 to 3: 1,000,000"
    tall = chart.grab().toImage()
    chart.set_bars(np.array([3, 0, 1_000_000, 7]), (0.0, 4.0), False)
    assert chart.grab().toImage() != tall


def test_numbers_of_a_region_are_never_cut() -> None:
    values = (-0.04712, 0.1512, -12345.6, 1e-9, -0.00012, 0.0, math.nan)
    assert [short(value) for value in values] == [
        "-0.047",
        "0.151",
        "-1e+04",
        "1e-09",
        "-1e-04",
        "0",
        "-",
    ]
