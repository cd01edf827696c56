"""Colours of principal components stay as they are from picture to picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.reducing import Steady, principal_components
from engine.core.views import ImageView, MeshView

Cells = np.ndarray[Any, Any]


def view_of(cells: Cells) -> ImageView:
    data, axes = principal_components(cells)
    rows, columns = cells.shape[:2]
    return ImageView(
        step=0, data=data, axes=axes, extent=(rows, columns), region=(0, 0, rows, columns)
    )


def test_axes_are_orthonormal_and_the_widest_come_first() -> None:
    rng = np.random.default_rng(4)
    cells = rng.normal(size=(20, 20, 5)) * np.array([1.0, 5.0, 2.0, 4.0, 3.0])
    _, axes = principal_components(cells)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-5)
    assert np.abs(axes).argmax(axis=0).tolist() == [1, 3, 4]


def test_a_component_without_width_is_shown_as_its_mean() -> None:
    cells = np.zeros((20, 20, 4), np.float32)
    cells[..., 2] = np.random.default_rng(5).normal(3.0, 2.0, size=(20, 20))
    rgb, _ = principal_components(cells)
    assert rgb[..., 0].std() > 20
    assert np.abs(rgb[..., 1:].astype(int) - 128).max() <= 1
    nothing, _ = principal_components(np.full((5, 5, 3), 7.0))
    assert np.abs(nothing.astype(int) - 128).max() <= 1


def test_colours_do_not_swap_where_two_components_change_places() -> None:
    rng = np.random.default_rng(5)
    cells = rng.normal(size=(30, 30, 4)).astype(np.float32)
    steady = Steady()
    first = steady.image(view_of(cells * np.float32([3.0, 2.0, 1.0, 0.1])))
    swapped = view_of(cells * np.float32([2.0, 3.0, 1.0, 0.1]))
    assert np.abs(swapped.data.astype(int) - first.data).mean() > 20, "they do change places"
    second = steady.image(swapped)
    assert np.abs(second.data.astype(int) - first.data).mean() < 3
    third = steady.image(view_of(cells * np.float32([2.0, 3.0, 1.0, 0.1])))
    np.testing.assert_array_equal(third.data, second.data)


def test_colours_do_not_turn_round_with_a_sign() -> None:
    rng = np.random.default_rng(6)
    cells = rng.normal(size=(30, 30, 3)).astype(np.float32) * np.float32([4.0, 2.0, 1.0])
    plain = view_of(cells)
    assert plain.axes is not None
    turned = ImageView(
        step=1,
        data=255 - plain.data,
        axes=-plain.axes,
        extent=plain.extent,
        region=plain.region,
    )
    steady = Steady()
    first, second = steady.image(plain), steady.image(turned)
    assert np.abs(second.data.astype(int) - first.data).max() <= 1
    assert first.axes is not None
    np.testing.assert_array_equal(second.axes, first.axes)


def test_another_picture_stays_as_it_is_and_other_channels_begin_anew() -> None:
    steady = Steady()
    rng = np.random.default_rng(7)
    steady.image(view_of(rng.normal(size=(9, 9, 6))))
    grey = ImageView(step=0, data=np.zeros((4, 4)), extent=(4, 4), region=(0, 0, 4, 4))
    assert steady.image(grey) is grey
    other = view_of(rng.normal(size=(9, 9, 5)))
    assert steady.image(other).data is other.data


def test_a_mesh_is_kept_steady_as_well() -> None:
    cells = np.random.default_rng(8).normal(size=(50, 4)).astype(np.float32)
    colours, axes = principal_components(cells)
    points, faces = np.zeros((50, 3), np.float32), np.zeros((0, 3), np.int32)

    def mesh(colours: Cells, axes: Cells) -> MeshView:
        return MeshView(
            step=0,
            topology="t",
            vertices=points,
            normals=points,
            faces=faces,
            spacing=1.0,
            colours=colours,
            axes=axes,
        )

    steady = Steady()
    first = steady.mesh(mesh(colours, axes))
    second = steady.mesh(mesh(255 - colours, -axes))
    assert np.abs(second.colours.astype(int) - first.colours).max() <= 1
