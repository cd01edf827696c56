"""What a mesh automaton is taught by: targets, the mesh it learns on, and its two models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.meshes.asset import pack
from engine.meshes.shapes import icosphere
from engine.systems.mesh_nca import MeshNca

TINY: dict[str, Any] = {"vertices": 642, "training_vertices": 1442, "patch_pixels": 32,
                        "patches": 2, "cached_patches": 4, "hidden": 32, "pool": 8,
                        "steps_min": 4, "steps_spread": 2}  # fmt: skip


def tiny(mesh: Asset | None = None, target: Asset | None = None, **params: Any) -> MeshNca:
    return MeshNca(Spec("mesh-nca", TINY | params, seed=3, device="cpu", mesh=mesh, target=target))


@pytest.mark.parametrize(
    "data",
    [np.zeros((40, 40), np.uint8), np.zeros((40, 40, 7), np.uint8), np.zeros(4, np.uint8), b"abc"],
)
def test_what_is_no_picture_is_refused_before_there_is_a_world(data: Any) -> None:
    with pytest.raises(BadInput, match=r"grey.png.*picture or a material"):
        tiny(target=Asset("grey.png", data))
    tiny(target=Asset("grey.png", np.zeros((40, 40, 4), np.uint8)))


def uneven() -> Asset:
    """A ball whose one half is finer than the other."""
    vertices, faces = icosphere(20)
    vertices = vertices * (1.0 + 0.5 * vertices[:, :1])
    return pack("egg.obj", vertices, faces)


def learnt(world: MeshNca) -> np.ndarray:
    world.train_step(no_poll)
    return world.get_arrays("model")["w1"].copy()


def test_spacing_is_evened_out_while_learning_only_where_it_is_wanted() -> None:
    own = {"mesh": uneven(), "train_on": "own mesh"}
    plain, evened = tiny(**own, even_spacing=False), tiny(**own)
    first = learnt(plain)
    assert not np.array_equal(first, learnt(evened))
    late = tiny(**own)
    late.trainer()
    late.set_param("even_spacing", False)
    np.testing.assert_array_equal(learnt(late), first)


def test_the_sphere_of_the_training_is_even_anyway() -> None:
    np.testing.assert_array_equal(
        learnt(tiny(mesh=uneven(), even_spacing=False)), learnt(tiny(mesh=uneven()))
    )
