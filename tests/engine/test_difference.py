"""The difference of two views: what differs, by how much, and when there is none to be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.core.difference import difference, wipe
from engine.core.errors import BadInput
from engine.core.figures import HeadsView, Matrix, MatrixView
from engine.core.views import ImageView, MeshView, TapesView, View


def _image(data: Any, **others: Any) -> ImageView:
    rows, columns = data.shape[:2]
    values = {"extent": (rows, columns), "region": (0, 0, rows, columns), "step": 3} | others
    return ImageView(data=data, **values)


def _mesh(colours: Any, topology: str = "a", **others: Any) -> MeshView:
    points = np.zeros((len(colours), 3), np.float32)
    faces = np.zeros((1, 3), np.int32)
    return MeshView(
        step=3,
        topology=topology,
        vertices=points,
        normals=points,
        faces=faces,
        spacing=1.0,
        colours=colours,
        **others,
    )


def test_one_channel_is_compared_with_its_sign() -> None:
    one = np.zeros((4, 5), np.float32)
    other = one.copy()
    other[1, 2], other[3, 4] = 0.5, -2.0
    found = difference(_image(one, shown="age"), _image(other, shown="age"))
    assert isinstance(found.view, ImageView)
    np.testing.assert_array_equal(found.view.data, other)
    assert found.view.limits == (-2.0, 2.0)
    assert found.view.colormap == "diverging"
    assert (found.differing, found.places, found.unit) == (2, 20, "cells")
    assert found.largest == 2.0
    assert found.mean == pytest.approx(2.5 / 20)
    assert not found.equal


@given(hnp.arrays(np.float32, (3, 4)))
def test_what_is_equal_to_the_bit_has_no_difference(data: Any) -> None:
    found = difference(_image(data), _image(data.copy()))
    assert found.equal
    assert found.largest == found.mean == 0.0
    assert not found.view.data.any()  # type: ignore[attr-defined]


@given(
    hnp.arrays(np.float32, (2, 3), elements=st.floats(allow_nan=False, width=32)),
    hnp.arrays(np.float32, (2, 3), elements=st.floats(allow_nan=False, width=32)),
)
def test_the_count_is_of_all_that_differ(one: Any, other: Any) -> None:
    found = difference(_image(one), _image(other))
    assert found.differing == int((one != other).sum())
    assert found.equal == np.array_equal(one, other)


def test_a_value_that_is_no_number_differs_from_one_that_is() -> None:
    one = np.array([[np.nan, np.nan, 1.0]], np.float32)
    other = np.array([[np.nan, 2.0, 1.5]], np.float32)
    found = difference(_image(one), _image(other))
    assert found.differing == 2
    assert found.largest == 0.5


def test_the_least_difference_of_a_float_is_found() -> None:
    one = np.ones((2, 2), np.float32)
    other = one.copy()
    other[0, 0] = np.nextafter(np.float32(1), np.float32(2))
    assert difference(_image(one), _image(other)).differing == 1


def test_colours_are_compared_by_their_largest_channel() -> None:
    one = np.zeros((2, 2, 3), np.uint8)
    other = one.copy()
    other[0, 1] = (10, 255, 0)
    found = difference(_image(one), _image(other))
    assert found.largest == 1.0
    assert found.differing == 1
    with_alpha = np.dstack([one, np.full((2, 2), 255, np.uint8)])
    assert difference(_image(one), _image(with_alpha)).equal
    with_alpha[1, 1, 3] = 0
    assert difference(_image(one), _image(with_alpha)).differing == 1


def test_programs_are_compared_byte_by_byte() -> None:
    codes = np.arange(16, dtype=np.uint8).reshape(4, 4)
    other = codes.copy()
    other[2] += 1
    plain = np.zeros((4, 4, 3), np.uint8)
    views = [
        TapesView(step=1, data=plain, extent=(4, 4), region=(0, 0, 4, 4), codes=values, tile=(2, 2))
        for values in (codes, other)
    ]
    found = difference(*views)
    assert (found.differing, found.unit) == (4, "bytes")
    assert found.mean == 0.25


def test_meshes_are_compared_by_their_vertices() -> None:
    one = np.zeros((3, 3), np.uint8)
    other = one.copy()
    other[1, 0] = 51
    found = difference(_mesh(one), _mesh(other, shading="pbr"))
    assert isinstance(found.view, MeshView)
    assert (found.differing, found.places, found.unit) == (1, 3, "vertices")
    assert found.largest == pytest.approx(0.2)
    assert found.view.shading == "plain"
    assert (found.view.colours[0] == found.view.colours[2]).all()
    assert (found.view.colours[0] != found.view.colours[1]).any()


def test_a_reduced_picture_is_compared_by_pixels() -> None:
    data = np.zeros((2, 2), np.float32)
    views = [_image(data, extent=(8, 8), region=(0, 0, 8, 8)) for _ in range(2)]
    assert difference(*views).unit == "pixels"


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (_image(np.zeros((2, 2))), _image(np.zeros((3, 2))), "different sizes"),
        (_image(np.zeros((2, 2))), _image(np.zeros((2, 2)), shown="age"), "the other age"),
        (
            _image(np.zeros((2, 2))),
            _image(np.zeros((2, 2)), region=(1, 0, 2, 2)),
            "different parts",
        ),
        (_image(np.zeros((2, 2))), _mesh(np.zeros((2, 3), np.uint8)), "different things"),
        (
            _mesh(np.zeros((2, 3), np.uint8)),
            _mesh(np.zeros((2, 3), np.uint8), "b"),
            "different meshes",
        ),
        (View(step=0), View(step=0), "no difference of such"),
    ],
)
def test_what_cannot_be_compared_says_why(one: View, other: View, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        difference(one, other)
    assert caught.value.remedy


@pytest.mark.parametrize("share", [-1.0, 0.0, 0.25, 0.5, 1.0, 7.0])
def test_a_wipe_shows_both_beside_each_other(share: float) -> None:
    dark = _image(np.zeros((3, 8, 3), np.uint8))
    light = _image(np.full((3, 8, 3), 200, np.uint8))
    both = wipe(dark, light, share, (0, 0, 0))
    at = round(min(max(share, 0), 1) * 8)
    assert not both.data[:, :at].any()
    assert (both.data[:, at:] == 200).all()
    assert both.extent == (3, 8)


def test_heads_are_compared_weight_by_weight() -> None:
    one = np.full((1, 2, 3, 3), np.nan, np.float32)
    one[0, :, :, 0] = 0.5
    other = one.copy()
    other[0, 1, 2, 0] = 0.25
    views = [
        HeadsView(step=0, weights=w, keys=("a", "b", "c"), focused=(0, 1), focus=w[0, 1])
        for w in (one, other)
    ]
    found = difference(*views)
    assert isinstance(found.view, HeadsView)
    assert (found.differing, found.places, found.unit) == (1, 6, "weights")
    assert found.view.weights[0, 1, 2, 0] == found.view.focus[2, 0] == -0.25
    assert found.view.is_signed(0)
    assert np.isnan(found.view.weights[0, 0, 0, 1])  # where nobody may look
    assert difference(views[0], replace(views[0])).equal


def test_matrices_are_compared_entry_by_entry() -> None:
    values = np.zeros((2, 2), np.float32)
    one = MatrixView(step=0, matrices=(Matrix(title="W", values=values, limits=(0, 9)),))
    changed = values.copy()
    changed[0, 1] = 3.0
    other = MatrixView(step=0, matrices=(Matrix(title="W", values=changed, limits=(0, 9)),))
    found = difference(one, other)
    assert isinstance(found.view, MatrixView)
    assert (found.differing, found.places, found.largest) == (1, 4, 3.0)
    assert found.view.matrices[0].limits == (-3.0, 3.0)
    with pytest.raises(BadInput, match="other sizes"):
        difference(one, MatrixView(step=0, matrices=()))
