"""What a mesh automaton is taught by: targets, the mesh it learns on, and its two models."""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint, rng
from engine.core import commands as c
from engine.core.errors import BadInput, Cancelled
from engine.core.runner import Runner
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.mesh_nca import trainer as trainer_module
from engine.mesh_nca.rule import Weights
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


def kin(path: Path, seed: int) -> str:
    """Save a model of the same shape with weights of its own."""
    other = tiny()
    drawn = Weights.initial(other.rule, np.random.default_rng(seed))
    other.set_arrays("model", dict(drawn.arrays()))
    checkpoint.save(other, path, "model")
    return str(path)


def grafted(world: MeshNca) -> np.ndarray:
    return world.get_arrays("world")["graft_w1"].copy()


def test_a_graft_file_that_is_named_again_is_read_again(tmp_path: Path) -> None:
    path = kin(tmp_path / "b.safetensors", 8)
    world = tiny(graft_model="file", graft_file=path)
    first, saved = grafted(world), world.state("world")
    kin(tmp_path / "b.safetensors", 9)
    np.testing.assert_array_equal(grafted(world), first)
    world.set_param("graft_file", path)
    second = grafted(world)
    assert not np.array_equal(second, first)
    np.testing.assert_array_equal(second, grafted(tiny(graft_model="file", graft_file=path)))
    # What was saved comes back as it was, whatever its file has become, also under its name.
    world.load_state(saved, "world")
    world.params_changed("graft_file")
    np.testing.assert_array_equal(grafted(world), first)
    Path(path).unlink()
    with pytest.raises(BadInput, match="no such file"):
        world.set_param("graft_file", path)
    np.testing.assert_array_equal(grafted(world), first)


def test_a_blend_without_a_graft_model_is_said_to_do_nothing(tmp_path: Path) -> None:
    world = tiny(blend=0.5)
    assert "no graft model" in world.vain()[0]
    world.set_param("graft_file", kin(tmp_path / "b.safetensors", 8))
    world.set_param("graft_model", "file")
    assert world.vain() == ()
    world.set_param("graft_model", "none")
    assert "no graft model" in world.vain()[0]
    world.set_param("blend", 0.0)
    assert world.vain() == ()


class Ear:
    """A listener that only keeps the replies."""

    def __init__(self) -> None:
        self.replies: queue.SimpleQueue[c.Reply] = queue.SimpleQueue()

    def replied(self, reply: c.Reply) -> None:
        self.replies.put(reply)

    def __getattr__(self, name: str) -> Any:
        return lambda *values: None


def test_what_a_dial_asks_for_in_vain_is_told_at_once() -> None:
    ear = Ear()
    runner = Runner(
        Spec("mesh-nca", TINY | {"blend": 1.0}, seed=3, device="cpu"), ear, lookup=lambda _: MeshNca
    )
    runner.start()

    def do(command: c.Command) -> c.RunnerState:
        runner.submit(command)
        assert ear.replies.get(timeout=30).ok
        return runner.state

    assert len(do(c.Pause()).warnings) == 1
    assert not do(c.SetParam("blend", 0.0)).warnings
    assert len(do(c.SetParam("blend", 0.5)).warnings) == 1
    do(c.Step(6))
    do(c.SetParam("graft_file", ""))
    assert 6 in do(c.Step(1)).moments  # named again, a file may be another one: that is an edit
    assert runner.close()


def test_a_trainer_is_made_while_others_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    world, real, polled = tiny(), trainer_module.icosphere, []

    def slow(nu: int) -> Any:
        end = time.monotonic() + 30
        while len(polled) < 4 and time.monotonic() < end:
            time.sleep(0.01)
        return real(nu)

    monkeypatch.setattr(trainer_module, "icosphere", slow)
    before = rng.snapshot(world.train_rng)

    def cancel() -> None:
        polled.append(time.monotonic())
        if len(polled) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        world.train_step(cancel)
    assert len(polled) == 4
    assert np.median(np.diff(polled)) < 0.1
    assert world._trainer is None  # half-made
    assert world.train_progress()[0] == 0
    assert np.array_equal(rng.snapshot(world.train_rng), before)
    monkeypatch.undo()
    assert world.train_step(no_poll)["loss"] > 0
    assert world.train_progress()[0] == 1
