"""Figures as pictures: right places, any size, readable on any ground."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.core.figures import (
    ChartView,
    Cursor,
    GraphView,
    Grip,
    HeadsView,
    Matrix,
    MatrixView,
    PointsView,
    TableView,
)
from engine.core.sidecar import Drawing
from engine.core.views import ImageView, Legend, MeshView
from engine.media.figures.pen import SERIES, nice_ticks, number, power_ticks
from engine.media.shots import drawn

X = np.arange(20.0)
CHART = ChartView(
    step=3,
    x="updates",
    y="loss (nats)",
    curves=(("learned", X, np.exp(-X / 5)), ("floor", X, np.full(20, 0.1))),
    dashed=("floor",),
    points=(("samples", X[::5], X[::5] / 20),),
    grip=Grip("hands", np.array([[1.0, 0.5]]), "drag"),
    cursors=(Cursor(10.0, "phase change"),),
)
VIEWS = {
    "chart": CHART,
    "log": ChartView(
        step=0, x="n", y="loss", curves=(("a", X + 1, np.exp(-X)),), logarithmic=(True, True)
    ),
    "areas": ChartView(step=0, x="t", y="%", curves=(("a", X, X), ("b", X, 20 - X)), stacked=True),
    "nothing": ChartView(step=0, x="t", y="y", curves=()),
    "unknown": ChartView(step=0, x="t", y="y", curves=(("a", X, np.full(20, np.nan)),)),
    "table": TableView(
        step=0,
        columns=("name", "count"),
        rows=tuple((f"program {n}", n) for n in range(300)),
        swatches=np.full((300, 3), 200, np.uint8),
    ),
    "no rows": TableView(step=0, columns=(), rows=()),
    "matrices": MatrixView(
        step=0,
        matrices=tuple(
            Matrix(title=f"W{n}", values=np.eye(5, dtype=np.float32), row_blocks=(0, 2), note="x")
            for n in range(4)
        ),
        facts=(("distance", 0.25), ("kind", "learned")),
    ),
    "graph": GraphView(
        step=0,
        nodes=np.array([[0, 0], [3, 1], [5, 1]], np.float32),
        edges=np.array([[0, 1], [1, 2]], np.int32),
        labels=("a", "b", "c"),
        axis="epoch",
    ),
    "no nodes": GraphView(step=0, nodes=np.zeros((0, 2)), edges=np.zeros((0, 2), np.int32)),
    "points": PointsView(step=0, points=np.random.default_rng(0).random((40, 3))),
    "heads": HeadsView(
        step=0, weights=np.random.default_rng(0).random((2, 3, 8, 8), np.float32), keys=("a",) * 8
    ),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("ground", [None, (15, 17, 21), (255, 255, 255)])
def test_every_figure_is_drawn_at_its_size(name: str, ground: tuple[int, int, int] | None) -> None:
    frame = drawn(VIEWS[name], Drawing((401, 263), ground, legend=True))
    assert frame.shape == (263, 401, 3 if ground else 4)
    again = drawn(VIEWS[name], Drawing((401, 263), ground, legend=True))
    np.testing.assert_array_equal(frame, again)
    if name not in ("no rows",):
        back = np.array([*(ground or (0, 0, 0)), *(() if ground else (0,))], np.uint8)
        assert (frame != back).any(axis=-1).sum() > 30


def test_figures_of_a_few_pixels_and_of_4k_are_drawn() -> None:
    for name, view in VIEWS.items():
        assert drawn(view, Drawing((16, 16))).shape[:2] == (16, 16), name
    assert drawn(CHART, Drawing((3840, 2160), (0, 0, 0))).shape == (2160, 3840, 3)


def test_a_curve_is_where_its_values_are() -> None:
    flat = ChartView(
        step=0,
        x="",
        y="",
        curves=(("", X, np.full(20, 0.75)),),
        limits=((0.0, 19.0), (0.0, 1.0)),
    )
    frame = drawn(flat, Drawing((600, 400), (255, 255, 255)))
    rows = np.flatnonzero((frame == SERIES[0]).all(axis=-1).sum(axis=1) > 300)
    axis = np.flatnonzero((frame == (150, 156, 165)).all(axis=-1).sum(axis=1) > 300)
    top = 2.0 * 11
    share = (axis.max() - rows.mean()) / (axis.max() - top)
    assert share == pytest.approx(0.75, abs=0.02)


def test_a_matrix_shows_its_cells() -> None:
    values = np.array([[0.0, 1.0], [1.0, np.nan]], np.float32)
    view = MatrixView(
        step=0,
        matrices=(Matrix(title="", values=values, limits=(0.0, 1.0), colormap="viridis"),),
    )
    frame = drawn(view, Drawing((300, 300)))
    colours = {tuple(c) for c in frame.reshape(-1, 4) if c[3] == 255}
    assert {(68, 1, 84, 255), (253, 231, 37, 255)} <= colours


def test_a_mesh_that_is_not_looked_at_from_anywhere_is_no_picture() -> None:
    empty = np.zeros((0, 3), np.float32)
    view = MeshView(
        step=0, topology="", vertices=empty, normals=empty, faces=empty, spacing=1, colours=empty
    )
    with pytest.raises(BadInput, match="not a picture"):
        drawn(view, Drawing((20, 20)))


def image(**options: object) -> ImageView:
    data = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    return ImageView(step=7, data=data, extent=(64, 64), region=(0, 0, 64, 64), **options)  # type: ignore[arg-type]


def test_a_legend_takes_room_from_the_picture_and_nothing_else() -> None:
    plain = drawn(image(), Drawing((512, 512), (0, 0, 0)))
    told = drawn(image(), Drawing((512, 512), (0, 0, 0), legend=True))
    assert plain.shape == told.shape
    assert (told[-20:] != 0).any()
    bar = np.flatnonzero((told[-30:] > 200).all(axis=-1).any(axis=0))
    assert bar.min() < 30
    entries = Legend(entries=(((255, 0, 0), "food", ""), ((0, 255, 0), "plants", "")))
    named = drawn(image(legend=entries), Drawing((512, 512), (0, 0, 0), legend=True))
    assert ((named[-40:] == (255, 0, 0)).all(axis=-1)).any()


def test_a_picture_too_small_for_a_legend_has_none() -> None:
    with_it = drawn(image(), Drawing((64, 64), (0, 0, 0), legend=True))
    np.testing.assert_array_equal(with_it, drawn(image(), Drawing((64, 64), (0, 0, 0))))


def test_margins_are_empty_where_nothing_lies_behind() -> None:
    frame = drawn(image(), Drawing((200, 100)))
    assert frame.shape == (100, 200, 4)
    assert not frame[:, 0, 3].any()
    assert (frame[50, 100] == frame[50, 100]).all()
    assert frame[50, 100, 3] == 255


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3, 7, [-2, 0, 2, 4, 6]),
        (1, 1, []),
        (0, np.inf, []),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high, 6) == pytest.approx(ticks)


def test_ticks_of_powers_are_round_numbers() -> None:
    assert [number(10**t) for t in power_ticks(-2.0, 1.0, 6)] == ["0.01", "0.1", "1", "10"]
    assert [number(10**t) for t in power_ticks(0.0, 0.8, 6)] == ["1", "2", "5"]
    assert power_ticks(-np.inf, 1.0, 6) == []
