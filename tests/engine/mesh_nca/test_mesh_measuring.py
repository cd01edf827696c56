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
