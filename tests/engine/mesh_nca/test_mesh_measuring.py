import numpy as np
import pytest

from engine.mesh_nca import measuring
from engine.mesh_nca.targets import Target, target_of
from engine.meshes.advect import advected
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface


@pytest.fixture(scope="module")
def sphere():
    return Surface.of(*icosphere(20))


@pytest.fixture(scope="module")
def batch(sphere):
    return measuring.windows(sphere, 12, pixels=32)


def waves(points, way, length=0.35):
    """Stripes across a direction, as a target's channels 0 to 2."""
    return np.repeat(np.sin(2 * np.pi * points @ way / length)[:, None], 3, 1).astype(np.float32)


def test_directions_turn_counter_clockwise(sphere, batch):
    """In a window t1 = y x n runs to the right and t2 up: stripes that climb have less than 90."""
    level, coherence = measuring.direction(batch, waves(sphere.vertices, [0.0, 1.0, 0.0])[:, 0])
    assert abs(abs(level) - 90) < 5
    assert coherence > 0.8
    about = np.arctan2(sphere.vertices[:, 0], sphere.vertices[:, 2])  # grows to the right
    upright, _ = measuring.direction(batch, np.sin(18 * about).astype(np.float32))
    assert abs(upright) < 8
    rising = np.sin(12 * about + 12 * sphere.vertices[:, 1]).astype(np.float32)
    slanted, _ = measuring.direction(batch, rising)
    assert 25 < slanted < 65


def test_features_are_connected_bright_regions(sphere):
    ends = np.concatenate([np.eye(3), -np.eye(3)])
    nearest = (sphere.vertices @ ends.T).max(axis=1)
    assert measuring.features(sphere, np.asarray(nearest > 0.95, np.float32)) == 6


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, -0.5])
def test_drift_is_the_share_of_the_asked_way(sphere, batch, share):
    target = Target("image", np.zeros((32, 32, 3), np.float32), (0, 1, 2))
    way = np.array([0.0, 1.0, 0.0])
    before = waves(sphere.vertices, way)
    # What is seen at a place came from where the field ran from.
    after = waves(advected(sphere, "downward", -2.0 * share), way)
    found = measuring.drift_share(sphere, batch, before, after, target, "downward", 2.0, 6)
    assert found == pytest.approx(share, abs=0.15)


def test_style_of_the_example_itself_is_near(batch, sphere):
    target = target_of(None, "stripes", 64)
    cells = np.zeros((len(sphere.vertices), 16), np.float32)
    grey = measuring.style_distance(batch, cells, target)
    cells[:, :3] = target.pixels.mean(axis=(0, 1)) - 0.5
    assert measuring.style_distance(batch, cells, target) < grey


def test_windows_within_a_place_see_nothing_beside_it(sphere, batch):
    top = sphere.vertices[:, 2] > 0.2
    kept = measuring.within(batch, top, 0.3)
    assert 0 < len(kept.patches) < len(batch.patches)
    part = np.ascontiguousarray(top[:, None], np.float32)
    shown = kept.apply(part)[..., 0]
    assert (shown[kept.mask] > 0.999).all()
    assert (kept.mask.mean(axis=(1, 2)) >= 0.3).all()
    everywhere = measuring.within(batch, np.ones(len(top), bool), 0.0)
    np.testing.assert_array_equal(everywhere.mask, batch.mask)


def test_shuffled_cells_are_the_same_elsewhere():
    cells = np.arange(40, dtype=np.float32).reshape(20, 2)
    places = np.arange(20) < 12
    mixed = measuring.shuffled(cells, places)
    np.testing.assert_array_equal(mixed[~places], cells[~places])
    assert (mixed[places] != cells[places]).any()
    np.testing.assert_array_equal(np.sort(mixed, axis=0), cells)


def test_a_flat_surface_is_as_far_as_the_mean_colour(batch, sphere):
    target = target_of(None, "stripes", 64)
    cells = np.zeros((len(sphere.vertices), 16), np.float32)
    cells[:, :3] = target.pixels.mean(axis=(0, 1)) - 0.5
    flat = measuring.flat_distance(batch, target)
    assert flat == pytest.approx(measuring.style_distance(batch, cells, target), rel=1e-4)


def test_a_surface_without_features_is_one(sphere):
    assert measuring.vertices_per_feature(sphere, np.zeros(len(sphere.vertices), np.float32)) == (
        len(sphere.vertices)
    )


def test_masked_windows_show_what_both_show(batch, sphere):
    half = measuring.within(batch, sphere.vertices[:, 2] > 0.2, 0.0)
    masked = measuring.masked_as(batch, half)
    np.testing.assert_array_equal(masked.mask, half.mask & batch.mask)
    assert masked.mask.sum() < batch.mask.sum()
