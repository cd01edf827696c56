from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.capabilities import capabilities
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.core.views import ImageView, ViewRequest
from engine.systems.texture_nca import TextureNca, example_asset

TINY: dict[str, Any] = {"width": 24, "height": 20, "longest_side": 32, "training_size": 16}
TINY |= {"steps_min": 6, "steps_spread": 4, "pool": 16, "hidden": 32, "updates": 200}


def tiny(**params: Any) -> TextureNca:
    spec = Spec("texture-nca", TINY | params, seed=3, device="cpu", target=example_asset("dots"))
    return TextureNca(spec)


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_the_example_has_the_size_that_was_asked_for() -> None:
    assert tiny().example.shape == (32, 32, 3)
    wide = Asset("wide.png", np.full((20, 60, 4), 200, np.uint8))
    world = TextureNca(Spec("texture-nca", {"longest_side": 48}, target=wide))
    assert world.example.shape == (16, 48, 3)


def test_the_loss_falls() -> None:
    world = tiny(hidden=64, learning_rate=4e-3, steps_min=12)
    losses = [world.train_step(no_poll)["loss"] for _ in range(100)]
    assert np.mean(losses[-15:]) < 0.3 * np.mean(losses[:5])
    assert world.train_progress() == (100, 200)


def test_other_losses_move_the_weights() -> None:
    world = tiny(loss="random-gram")
    world.train_step(no_poll)
    scalars = world.train_step(no_poll)
    assert 0.0 < scalars["style distance"] <= scalars["loss"]
    assert world.weights.w2.any()


def test_a_step_keeps_the_state_within_its_clip() -> None:
    world = tiny(clip=0.5)
    world.field()[...] = np.random.default_rng(0).normal(0, 5, world.field().shape)
    world.step()
    assert np.abs(world.field()).max() <= 5 * 5.0
    for _ in range(10):
        world.step()
    assert np.abs(world.field()).max() <= 0.5


def test_the_rule_follows_the_parameters() -> None:
    rule = tiny(filter_scale=1.0, clip=0.0, output_bias=True).rule
    assert (rule.filter_scale, rule.clip, rule.output_bias) == (1.0, None, True)
    assert (rule.border, rule.alive) == ("wrap", False)
    count = tiny(hidden=96).weights.count
    assert count == 5856  # as published for 12 channels without an output bias


def test_a_cancelled_update_never_happened() -> None:
    world, twin = tiny(), tiny()
    for _ in range(2):
        world.train_step(no_poll)
        twin.train_step(no_poll)
    before = world.state("training")
    cancelled = 0
    for after in range(1000):
        left = after

        def poll() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Cancelled("stop")

        try:
            world.train_step(poll)
        except Cancelled:
            cancelled += 1
            assert same(world.state("training"), before)
        else:
            break
    assert cancelled >= 3
    twin.train_step(no_poll)
    assert same(world.state("training"), twin.state("training"))


def test_numbers_that_are_not_finite_stop_the_training() -> None:
    world = tiny()
    world.train_step(no_poll)
    world.get_arrays("training")["pool"][...] = np.nan
    before = world.state("training")
    with pytest.raises(DivergedError, match=r"update 2.*learning rate"):
        world.train_step(no_poll)
    after = world.state("training")
    assert all(np.array_equal(before[k], after[k], equal_nan=True) for k in before)


def test_training_goes_on_to_the_bit_after_a_restore() -> None:
    world, other = tiny(), tiny()
    for _ in range(9):
        world.train_step(no_poll)
    other.load_state(world.state("training"), "training")
    for system in (world, other):
        for _ in range(2):
            system.train_step(no_poll)
            system.step()
    assert same(world.state("training"), other.state("training"))


def test_every_eighth_batch_holds_a_fresh_seed() -> None:
    world = tiny()
    pool = world.get_arrays("training")["pool"]
    pool[...] = 0.5
    fresh = []
    for _ in range(9):
        world.train_step(no_poll)
        assert world._shown is not None
        fresh.append(not world._shown[0][0].any())
        pool[...] = 0.5
    assert fresh == [True] + [False] * 7 + [True]


def test_colour_is_gain_times_state_plus_a_half() -> None:
    world = tiny(rgb_gain=0.5)
    world.field()[0, 0, :3] = (1.0, -0.5, 4.0)
    view = world.views({"world": ViewRequest()})["world"]
    assert isinstance(view, ImageView)
    assert view.wraps
    assert view.data[0, 0].tolist() == [255, 64, 255]
    target = world.views({"target": ViewRequest()})["target"]
    assert isinstance(target, ImageView)
    np.testing.assert_allclose(target.data / 255.0, world.example, atol=1 / 255)


def test_a_model_file_brings_weights_rule_and_example() -> None:
    world = tiny(clip=1.5, rgb_gain=0.7)
    world.train_step(no_poll)
    data = checkpoint.dump(world, "model")
    loaded = checkpoint.parse(data, "tiny.safetensors")
    again = TextureNca(checkpoint.spec_of(loaded, "tiny.safetensors", data))
    assert again.rule == world.rule
    assert again.params.rgb_gain == 0.7
    assert same(again.state("model"), world.state("model"))
    np.testing.assert_array_equal(again.example, world.example)


def test_the_vgg_losses_need_weights() -> None:
    world = tiny(loss="vgg-ot")
    with pytest.raises(BadInput, match="VGG-16"):
        world.train_step(no_poll)


def test_says_what_it_can_do() -> None:
    found = capabilities(tiny())
    assert found.trainable
    assert found.targets == ("image",)
    assert {tool.name for tool in found.brushes} == {"erase", "paint"}
    options = TextureNca.target_options(example_asset("dots"), "cpu")
    assert [option.recommended for option in options].count(True) == 1
    assert all(option.minutes for option in options)


def test_unknown_example_textures_are_refused() -> None:
    with pytest.raises(BadInput, match="scales"):
        example_asset("granite")
