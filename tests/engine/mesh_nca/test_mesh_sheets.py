"""What the training looks at, as a picture; and how fields begin."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.views import ViewRequest
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.sheets import GAP, batch_view, target_view
from engine.mesh_nca.starting import combed, fields, grafted
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

SPHERE = Surface.of(*icosphere(12))


def test_a_material_has_a_row_for_each_map() -> None:
    windows = np.zeros((3, 8, 8, 9), np.float32)
    windows[:, :, :, 6] = 1.0  # height
    example = np.full((1, 6, 8, 9), 0.5, np.float32)
    view = batch_view(windows, example, ViewRequest(), 4, 1.0)
    pitch = 8 + GAP
    assert view.data.shape == (5 * pitch - GAP, 4 * pitch - GAP, 4)
    np.testing.assert_array_equal(view.data[0, 0], [128, 128, 128, 255])
    np.testing.assert_array_equal(view.data[7, 0], [0, 0, 0, 0])  # the example is smaller
    np.testing.assert_array_equal(view.data[2 * pitch, pitch], [255, 255, 255, 255])
    np.testing.assert_array_equal(view.data[3 * pitch, pitch], [0, 0, 0, 255])
    assert not view.data[:, 8:pitch].any()
    assert view.step == 4


def test_windows_of_a_picture_stand_in_a_square_behind_the_target() -> None:
    windows = np.ones((8, 8, 8, 3), np.float32)
    view = batch_view(windows, np.zeros((1, 8, 8, 3), np.float32), ViewRequest(), 0, 0.0)
    pitch = 8 + GAP
    assert view.data.shape == (3 * pitch - GAP, 3 * pitch - GAP, 4)
    corners = view.data[::pitch, ::pitch, 0]
    np.testing.assert_array_equal(corners, [[0, 255, 255], [255, 255, 255], [255, 255, 255]])
    assert view.legend is not None
    assert "seen" in view.legend.note


def test_before_the_first_update_there_is_the_target_alone() -> None:
    none = np.zeros((0, 8, 8, 3), np.float32)
    view = batch_view(none, np.ones((1, 8, 8, 3), np.float32), ViewRequest(), 0, 0.0)
    assert view.data.shape == (8, 8, 4)
    assert view.legend is not None
    assert "Press Train" in view.legend.note


def test_pictures_are_reduced_to_what_is_wanted() -> None:
    target = np.random.default_rng(0).random((40, 60, 3)).astype(np.float32)
    view = target_view(target, ViewRequest(max_size=30), 0, 0.0)
    assert view.data.shape == (20, 30, 4)
    assert view.extent == (40, 60)
    assert view.region == (0, 0, 40, 60)
    expected = np.clip(target[::2, ::2] * 255 + 0.5, 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(view.data[..., :3], expected)


def test_a_graft_begins_where_it_is_wanted() -> None:
    x = SPHERE.vertices[:, 0]
    half = grafted(SPHERE, "one half")
    assert half[x > 0.1].min() == 1.0
    assert half[x < -0.1].max() == 0.0
    assert 0.0 < half[np.abs(x).argmin()] < 1.0
    bands = grafted(SPHERE, "bands")
    assert 0.3 < bands.mean() < 0.7
    assert {0.0, 1.0} <= set(bands.tolist())
    assert grafted(SPHERE, "everywhere").min() == 1.0
    assert grafted(SPHERE, "nowhere").max() == 0.0


@pytest.mark.parametrize("how", ["twisted", "whirls"])
def test_combed_fields_are_angles_that_vary(how: str) -> None:
    turn = combed(SPHERE, how)  # type: ignore[arg-type]
    assert turn.dtype == np.float32
    assert np.abs(turn).max() <= np.pi + 1e-5
    assert turn.std() > 0.5


def test_twisting_turns_by_half_a_round_from_the_middle_to_the_top() -> None:
    turn = combed(SPHERE, "twisted")
    y = SPHERE.vertices[:, 1]
    np.testing.assert_allclose(turn[np.abs(y) < 0.9], np.pi * y[np.abs(y) < 0.9], atol=1e-5)


def test_scales_are_graded_from_side_to_side() -> None:
    made = fields(SPHERE, MeshNcaParams(scale_at="graded"))
    left, right = (made["scale"][SPHERE.vertices[:, 0].argsort()[[0, -1]]]).tolist()
    assert left == pytest.approx(0.5, abs=0.02)
    assert right == pytest.approx(2.0, abs=0.05)
    assert (fields(SPHERE, MeshNcaParams())["scale"] == 1.0).all()
