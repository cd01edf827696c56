"""Which weights become lines, and how lines are laid down."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.viewports.heads_flow import of_key, of_query, strongest
from app.viewports.heads_strokes import ArcSheet, height_of

NAN = np.nan
WEIGHTS = np.array(
    [[1.0, NAN, NAN], [0.3, 0.7, NAN], [-0.8, 0.05, 0.15]],
    np.float32,
)


def lines(weights: np.ndarray, **more: object) -> list[tuple[int, int]]:
    flow = strongest(weights, weights.shape, **more)  # type: ignore[arg-type]
    return list(zip(flow.queries.tolist(), flow.keys.tolist(), strict=True))


def test_each_query_has_its_strongest_the_weakest_of_all_first() -> None:
    assert lines(WEIGHTS, top=1) == [(1, 1), (2, 0), (0, 0)]
    assert set(lines(WEIGHTS, top=2)) == {(1, 1), (2, 0), (0, 0), (1, 0), (2, 2)}
    assert len(lines(WEIGHTS, top=0)) == 6


def test_magnitudes_count_and_signs_are_kept() -> None:
    flow = strongest(WEIGHTS, (3, 3), top=0, least=0.5)
    assert flow.weights.tolist() == pytest.approx([0.7, -0.8, 1.0])


def test_there_are_never_more_than_can_be_told_apart() -> None:
    many = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    flow = strongest(many, (64, 64), top=0, most=100)
    assert len(flow) == 100
    assert flow.weights.min() >= np.sort(many.ravel())[-100]


def test_a_reduced_map_has_lines_between_the_middles_of_its_texels() -> None:
    small = np.array([[0.0, 0.9], [0.8, 0.0]], np.float32)
    flow = strongest(small, (8, 8), top=1, least=0.1)
    assert set(zip(flow.queries.tolist(), flow.keys.tolist(), strict=True)) == {(2, 6), (6, 2)}


def test_the_lines_of_one_token() -> None:
    looks = of_query(WEIGHTS, (3, 3), 2, least=0.1)
    assert set(looks.keys.tolist()) == {0, 2}
    assert set(looks.queries.tolist()) == {2}
    seen = of_key(WEIGHTS, (3, 3), 0, least=0.1)
    assert set(seen.queries.tolist()) == {0, 1, 2}
    assert set(seen.keys.tolist()) == {0}


def test_the_lines_of_one_token_of_a_reduced_map() -> None:
    small = np.array([[0.9, NAN], [0.2, 0.8]], np.float32)
    assert of_query(small, (8, 8), 7, least=0.1).keys.tolist() == [2, 6]
    assert of_key(small, (8, 8), 5, least=0.1).queries.tolist() == [6]


def test_nothing_to_draw_is_no_lines() -> None:
    assert len(strongest(np.full((4, 4), NAN, np.float32), (4, 4))) == 0


def test_an_arc_begins_and_ends_on_the_line_and_rises_between(qapp: QApplication) -> None:
    sheet = ArcSheet()
    sheet.begin(200, 80, 1.0, 70.0, 180.0)
    sheet.lay(np.array([20.0], np.float32), np.array([100.0], np.float32), np.array([10], np.intp))
    image = sheet.image(QColor("#ff0000"))
    alpha = np.frombuffer(image.constBits(), np.uint8).reshape(80, 200, 4)[..., 3]
    rows, columns = np.nonzero(alpha > 40)
    assert abs(columns.min() - 20) <= 2
    assert abs(columns.max() - 120) <= 2
    assert abs(80 - rows.min() - height_of(100.0, 70.0, 180.0)) <= 3
    assert alpha[-1, 20] > 0
    assert alpha[-1, 70] == 0
    # What is beyond the edge is cut, not wrapped round.
    sheet.begin(200, 80, 1.0, 70.0, 180.0)
    sheet.lay(np.array([150.0], np.float32), np.array([100.0], np.float32), np.array([10], np.intp))
    image = sheet.image(QColor("red"))  # its memory goes with it
    alpha = np.frombuffer(image.constBits(), np.uint8).reshape(80, 200, 4)
    assert not alpha[:, :140, 3].any()


def test_farther_arcs_are_higher_within_the_room() -> None:
    heights = [height_of(reach, 90.0, 500.0) for reach in (5.0, 50.0, 500.0, 5000.0)]
    assert heights == sorted(heights)
    assert heights[-2] == pytest.approx(90.0)
    assert heights[-1] <= 90.0
