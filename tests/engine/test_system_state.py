"""The state of a system: copied, restored, refused, and the two generators."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import rng
from engine.core.capabilities import capabilities, perform
from engine.core.errors import BadInput
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.core.views import Stroke, ViewRequest


def test_scopes_hold_their_parts(toys: Any) -> None:
    world = toys.Learner(Spec("learner"))
    assert set(world.state("model")) == {"model/weight"}
    assert set(world.state("world")) == {
        "model/weight",
        "world/field",
        "clock/step",
        "clock/seed",
        "random/world",
    }
    more = set(world.state("training")) - set(world.state("world"))
    assert more == {"training/momentum", "training/updates", "random/training"}


def test_states_are_copies(toys: Any) -> None:
    world = toys.Drift(Spec("drift"))
    state = world.state("world")
    world.step()
    assert not np.array_equal(state["world/field"], world.cells)
    world.load_state(state, "world")
    state["world/field"][...] = 9
    assert world.cells.max() < 9


@pytest.mark.parametrize("scope", ["world", "training"])
def test_restore_then_go_on_equals_going_on(toys: Any, scope: Any) -> None:
    world = toys.Learner(Spec("learner", seed=4))
    for _ in range(3):
        world.step()
        world.train_step(no_poll)
    state = world.state(scope)
    runs = []
    for _ in range(2):
        world.load_state(state, scope)
        for _ in range(3):
            world.step()
            if scope == "training":
                world.train_step(no_poll)
        runs.append(world.state(scope))
    for name, array in runs[0].items():
        np.testing.assert_array_equal(array, runs[1][name], err_msg=name)
    assert world.step_count == 6


@pytest.mark.parametrize(
    ("name", "array", "text"),
    [
        ("world/field", None, "lacks"),
        ("world/field", np.zeros((3, 3, 2), np.float32), r"\(3, 3, 2\)"),
        ("world/field", np.zeros((8, 8, 2)), "float64"),
        ("model/weight", np.full(3, np.nan, np.float32), "not finite"),
        ("random/world", np.zeros(4, np.uint64), "random/world"),
        ("random/world", np.full(13, 5, np.uint64), "not the state of a generator"),
        ("random/training", np.full(13, 5, np.uint64), "not the state of a generator"),
        ("clock/step", np.array([-1]), "clock/step"),
        ("clock/step", np.array([2**63 - 1]), "clock/step"),
        ("clock/seed", np.array([-1]), "clock/seed"),
    ],
)
def test_what_does_not_fit_changes_nothing(toys: Any, name: str, array: Any, text: str) -> None:
    world = toys.Learner(Spec("learner"))
    state = world.state("training")
    state["world/field"][...] = 5
    state[name] = array
    if array is None:
        del state[name]
    before = world.state("training")
    with pytest.raises(BadInput, match=text):
        world.load_state(state, "training")
    for key, value in world.state("training").items():
        np.testing.assert_array_equal(value, before[key])


def test_reset_begins_again_and_keeps_the_weights(toys: Any) -> None:
    world = toys.Learner(Spec("learner", seed=2))
    begin = world.cells.copy()
    world.train_step(no_poll)
    weight = world.weight.copy()
    world.step()
    world.reset()
    np.testing.assert_array_equal(world.cells, begin)
    assert world.step_count == 0
    world.reset(3)
    assert not np.array_equal(world.cells, begin)
    assert world.seed == 3
    np.testing.assert_array_equal(world.weight, weight)


WRONG_SEEDS = {
    "negative": -1,
    "63 bits": 2**63,
    "64 bits": 2**64,
    "thousands of figures": 10**5000,
    "half": 0.5,
    "text": "1",
    "yes": True,
}


@pytest.mark.parametrize("seed", WRONG_SEEDS.values(), ids=WRONG_SEEDS)
def test_a_seed_that_no_file_could_hold_is_refused(toys: Any, seed: Any) -> None:
    with pytest.raises(BadInput, match="seed"):
        Spec("drift", seed=seed)
    world = toys.Drift(Spec("drift", seed=2**63 - 1))
    world.step()
    before = world.state("world")
    with pytest.raises(BadInput, match="seed"):
        world.reset(seed)
    for name, array in world.state("world").items():
        np.testing.assert_array_equal(array, before[name])


def test_a_reset_that_fails_at_once_changes_nothing(toys: Any) -> None:
    world = toys.Drift(Spec("drift", seed=2))
    world.step()
    before = world.state("world")

    def start() -> None:
        raise MemoryError

    world.start = start
    with pytest.raises(MemoryError):
        world.reset(3)
    for name, array in world.state("world").items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("part", ["model", "training"])
def test_a_state_that_fails_half_way_is_taken_back(
    toys: Any, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    world = toys.Learner(Spec("learner"))
    other = toys.Learner(Spec("learner", seed=8))
    other.train_step(no_poll)
    before = world.state("training")
    take, calls = world.set_arrays, []

    def refuse(name: Any, arrays: Any) -> None:
        take(name, arrays)
        calls.append(name)
        if calls.count(part) == 1 and name == part:
            raise BadInput("no such updates")

    monkeypatch.setattr(world, "set_arrays", refuse)
    with pytest.raises(BadInput, match="no such updates"):
        world.load_state(other.state("training"), "training")
    for name, array in world.state("training").items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_a_world_that_is_not_finite_says_so(toys: Any) -> None:
    world = toys.Drift(Spec("drift"))
    assert world.finite()
    world.cells[1, 1, 1] = np.inf
    assert not world.finite()


def test_stored_parameters_are_bent_with_a_warning(toys: Any) -> None:
    world = toys.Drift(Spec("drift", {"rate": -4, "colour": 1}))
    assert world.params.rate == 0.0
    assert len(world.warnings) == 2


def test_a_parameter_that_fails_to_act_is_set_back(toys: Any) -> None:
    world = toys.Drift(Spec("drift"))

    def refuse(name: str) -> None:
        raise BadInput("no")

    world.params_changed = refuse
    with pytest.raises(BadInput):
        world.set_param("rate", 0.9)
    assert world.params.rate == 0.1


def test_actions_are_offered_as_schemas_and_checked(toys: Any) -> None:
    world = toys.Drift(Spec("drift"))
    offers = {offer.name: offer for offer in capabilities(world).actions}
    assert offers["stain"].schema["properties"]["value"]["maximum"] == 9.0
    assert offers["burst"].schema is None
    assert perform(world, "stain", {}) == 1.0
    with pytest.raises(BadInput, match="value"):
        perform(world, "stain", {"value": "much"})


def test_commands_specs_and_capabilities_can_cross_processes(toys: Any) -> None:
    asset = Asset("a.png", np.zeros((2, 2, 4), np.uint8))
    spec = Spec("drift", {"rate": 0.3}, target=asset)
    can = capabilities(toys.Learner(Spec("learner")))
    for value in (
        spec,
        can,
        c.Rebuild(spec),
        c.Look({"world": ViewRequest(probes=((1, 2),))}),
        c.Brush(Stroke("world", "erase", ((1.0, 2.0),))),
    ):
        assert pickle.loads(pickle.dumps(value)) == value


def test_assets_are_known_by_their_content() -> None:
    picture = np.arange(16, dtype=np.uint8)
    same = Asset("b", picture.reshape(2, 2, 4))
    assert Asset("a", picture.reshape(2, 2, 4)) == same
    assert Asset("a", picture.reshape(4, 1, 4)) != same
    assert Asset("a", picture.tobytes()) != same


@given(st.integers(0, 2**63 - 1), st.integers(0, 9))
def test_generators_come_back_to_the_bit(seed: int, draws: int) -> None:
    generator = rng.stream(seed, "world")
    generator.random(draws, np.float32)
    generator.integers(0, 9, draws, np.uint8)
    words = rng.snapshot(generator)
    later = generator.random(5), generator.integers(0, 1 << 30, 5, np.uint32)
    other = rng.stream(0, "other")
    rng.restore(other, words)
    np.testing.assert_array_equal(other.random(5), later[0])
    np.testing.assert_array_equal(other.integers(0, 1 << 30, 5, np.uint32), later[1])


def test_generators_of_other_names_and_seeds_differ() -> None:
    draws = [rng.stream(*key).random() for key in ((1, "world"), (1, "training"), (2, "world"))]
    assert len(set(draws)) == 3
    with pytest.raises(ValueError, match="13 words"):
        rng.restore(rng.stream(1, "a"), np.zeros(3, np.uint64))
