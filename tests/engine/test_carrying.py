"""Training goes on where a world is only moved to another body."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.carrying import carry_training, carry_weights
from engine.core.params import rebuild
from engine.core.spec import Asset, Spec
from engine.core.stage import Stage
from engine.core.system import System, no_poll
from engine.core.transport import Transport
from engine.meshes.asset import pack
from engine.meshes.shapes import SHAPES
from engine.systems.mesh_nca import MeshNca

TINY = {
    "vertices": 642,
    "training_vertices": 1442,
    "patch_pixels": 32,
    "patches": 2,
    "cached_patches": 4,
    "pool": 8,
    "steps_min": 4,
    "steps_spread": 2,
}
MESH = pack("knot.ply", *SHAPES["knot"].make(1280))
OTHER = pack("torus.ply", *SHAPES["torus"].make(640))


def world(mesh: Asset | None = None, *, seed: int = 3, **params: Any) -> MeshNca:
    return MeshNca(Spec("mesh-nca", TINY | params, seed=seed, device="cpu", mesh=mesh))


def learn(system: Any, updates: int) -> Any:
    for _ in range(updates):
        system.train_step(no_poll)
    return system


def what_it_learnt(system: System) -> dict[str, bytes]:
    state = system.state("training").items()
    kept = ("model/", "training/", "random/training")
    return {name: array.tobytes() for name, array in state if name.startswith(kept)}


def moved(old: System, new: Any) -> Any:
    carry_weights(old.state("model"), new)
    assert carry_training(old, new)
    return new


def test_training_goes_on_to_the_bit_on_another_mesh() -> None:
    straight = learn(world(), 5)
    once = moved(learn(world(), 2), world(MESH))
    assert once.train_progress() == (2, 900)
    assert not np.array_equal(once.surface.vertices[:9], straight.surface.vertices[:9])
    twice = moved(learn(once, 1), world(shape="torus"))
    assert what_it_learnt(learn(twice, 2)) == what_it_learnt(straight)


def test_a_new_seed_of_the_world_is_none_of_the_training() -> None:
    straight = learn(world(), 3)
    old = learn(world(), 1)
    old.reset(9)
    new = moved(old, world(MESH, seed=9))
    assert what_it_learnt(learn(new, 2)) == what_it_learnt(straight)


@pytest.mark.parametrize(
    "new",
    [
        lambda: world(MESH, pool=9),
        lambda: world(MESH, updates=901),
        lambda: world(MESH, example="spots"),
        lambda: world(OTHER, train_on="own mesh"),
    ],
)
def test_another_plan_begins_anew(new: Any) -> None:
    made = new()
    on = {"train_on": made.params.train_on}
    assert not carry_training(learn(world(MESH, **on), 1), made)
    assert made.train_progress()[0] == 0


def test_another_target_begins_anew() -> None:
    picture = Asset("a", np.random.default_rng(1).integers(0, 255, (64, 64, 4), np.uint8))
    new = MeshNca(world(MESH).spec.with_(target=picture))
    assert not carry_training(learn(world(), 1), new)


class Moving:
    """What the toy that learns needs in order to live on one of several bodies."""

    bodies: ClassVar = frozenset({"body"})


def test_a_running_training_goes_on_by_itself(toys: Any) -> None:
    class MovingParams(toys.Learner.Params):  # type: ignore[misc]
        body: int = rebuild(0, "Where it lives", ge=0, le=9)

    class Mover(Moving, toys.Learner):  # type: ignore[misc]
        Params = MovingParams

    lab = toys.open(Mover)
    lab.do(c.Train(True))
    lab.ear.until(lambda: any(kind == "training" for _, kind, _ in lab.ear.numbers))
    former = lab.world
    lab.do(c.Rebuild(lab.spec.with_(params={"body": 1}), keep_model=True))
    reached = former.updates
    assert lab.world is not former
    assert reached > 0
    assert lab.runner.state.training
    lab.ear.until(lambda: lab.world.updates > reached)
    lab.do(c.Train(False))
    assert lab.world.updates > reached
    lab.do(c.Train(True))
    lab.do(c.Rebuild(lab.spec.with_(params={"body": 1, "size": 12}), keep_model=True))
    assert not lab.runner.state.training
    assert lab.world.updates == 0


def test_its_time_is_counted_on() -> None:
    stage = Stage(world().spec, lambda slug: MeshNca, Transport(False), lambda: None)
    stage.build(stage.spec)
    learn(stage.system, 1)
    stage.training, stage.training_seconds = True, 7.0
    stage.build(stage.spec.with_(mesh=MESH), keep_model=True)
    assert (stage.training, stage.training_seconds) == (True, 7.0)
    assert stage.training_progress()[0] == 1
    stage.build(stage.spec.with_(mesh=OTHER))
    assert (stage.training, stage.training_seconds) == (False, 0.0)


def test_weights_are_carried_whole_or_not_at_all() -> None:
    old = learn(world(), 1)
    new = world(degree=2, seed=5)
    fresh = {name: array.copy() for name, array in new.state("model").items()}
    (said,) = carry_weights(old.state("model"), new)
    assert "w1" in said
    assert "w2" not in said
    assert all(np.array_equal(array, fresh[name]) for name, array in new.state("model").items())
    assert carry_weights(old.state("model"), same := world(MESH)) == ()
    assert np.array_equal(same.weights.w2, old.weights.w2)


def test_a_model_that_is_built_otherwise_is_told_in_a_line() -> None:
    new = world()
    (words,) = carry_weights({f"layers/{i}/wq": np.zeros(3) for i in range(8)}, new)
    assert words.startswith("the model is built otherwise: its weights start afresh (")
    assert len(words) < 120
