"""How a mesh automaton learns, and from what it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.errors import BadInput, Cancelled
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.core.views import ImageView, ViewRequest
from engine.mesh_nca import parameters
from engine.mesh_nca.surface_parameters import model_path
from engine.systems.mesh_nca import MeshNca


def test_training_is_a_transaction_and_shows_what_it_looks_at(nca: Any) -> None:
    world = nca.tiny()
    polls = 0

    def stop() -> None:
        nonlocal polls
        polls += 1
        if polls > 2:
            raise Cancelled

    before = world.state("training")
    with pytest.raises(Cancelled):
        world.train_step(stop)
    assert nca.same(world.state("training"), before)
    losses = [world.train_step(no_poll)["loss"] for _ in range(3)]
    assert np.isfinite(losses).all()
    assert world.train_progress() == (3, 900)
    assert not np.array_equal(world.state("model")["model/w1"], before["model/w1"])
    views = world.views({"batch": ViewRequest(), "target": ViewRequest()})
    batch, target = views["batch"], views["target"]
    assert isinstance(batch, ImageView)
    assert isinstance(target, ImageView)
    assert batch.data.shape == (2 * 34 - 2, 2 * 34 - 2, 4)  # the example and two windows
    np.testing.assert_array_equal(batch.data[:32, :32], target.data[:32, :32])


def test_a_training_goes_on_where_it_was_saved(nca: Any) -> None:
    world = nca.tiny()
    for _ in range(2):
        world.train_step(no_poll)
    data = checkpoint.dump(world, "training")
    loaded = checkpoint.parse(data, "x")
    other = MeshNca(checkpoint.spec_of(loaded, "x", data).with_(device="cpu"))
    other.load_state(loaded.arrays, "training")
    for each in (world, other):
        each.train_step(no_poll)
        nca.lively(each, 2)
    assert nca.same(world.state("training"), other.state("training"))


def test_target_options_name_minutes() -> None:
    options = MeshNca.target_options(Asset("a", np.zeros((8, 8, 4), np.uint8)), "cpu")
    assert sum(option.recommended for option in options) == 1
    for option in options:
        MeshNca.Params(**option.params)
        assert option.minutes is not None
        assert option.minutes > 0.5


def test_a_training_may_begin_with_a_shipped_model(nca: Any) -> None:
    name = parameters.BASE
    begun = nca.tiny(ancestor=name, hidden=128)
    shipped = checkpoint.read(Path(model_path(name))).arrays["model/w1"]
    np.testing.assert_array_equal(begun.get_arrays("model")["w1"], shipped)
    for option in MeshNca.target_options(Asset("a", np.zeros((8, 8, 4), np.uint8)), "cpu"):
        assert option.params["ancestor"] == name
    other = nca.lively(nca.tiny(hidden=128), 1)
    model = Asset("own", checkpoint.dump(other, "model"))
    kept = MeshNca(Spec("mesh-nca", begun.params.model_dump(), device="cpu", model=model))
    assert nca.same(kept.get_arrays("model"), other.get_arrays("model"))


def test_the_shown_surface_begins_again_while_it_learns(nca: Any) -> None:
    world = nca.lively(nca.tiny(replant=5), 5)
    world.train_step(no_poll)
    assert not world.get_arrays("world")["cells"].any()
    nca.lively(world, 3)
    world.train_step(no_poll)
    assert world.get_arrays("world")["cells"].any()
    patient = nca.lively(nca.tiny(replant=0), 9)
    patient.train_step(no_poll)
    assert patient.get_arrays("world")["cells"].any()


def test_words_are_drawn_and_it_is_said(nca: Any) -> None:
    picture = Asset("cat.png", np.full((40, 40, 4), 200, np.uint8))
    world = nca.tiny(prompt="red spots on white", target=picture)
    assert "drawn from your words, no language model" in world.warnings[0]
    target = world.views({"target": ViewRequest()})["target"]
    assert isinstance(target, ImageView)
    assert target.data[..., 0].mean() > target.data[..., 2].mean() + 20
    assert np.isfinite(world.train_step(no_poll)["loss"])
    with pytest.raises(BadInput, match="no word of 'qwrtz' can be drawn"):
        nca.tiny(prompt="qwrtz")


def test_a_prompt_with_clip_weights_needs_the_file(nca: Any, tmp_path: Path) -> None:
    world = nca.tiny(prompt="moss", clip_weights=str(tmp_path / "clip.safetensors"))
    assert world.warnings == ()
    with pytest.raises(BadInput):
        world.train_step(no_poll)
