from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.capabilities import capabilities, perform
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.spec import Asset, Spec
from engine.core.system import TargetOption, no_poll
from engine.core.views import ImageView, Stroke, ViewRequest
from engine.imports.growing_webgl import load_growing_webgl
from engine.systems.growing_nca import GrowingNca, default_target, seed_state

ROOT = Path(__file__).resolve().parents[2]
TINY: dict[str, Any] = {"target_size": 8, "padding": 2, "width": 40, "height": 40, "pool": 32}
TINY |= {"steps_min": 8, "steps_spread": 4, "damage_after": 0, "updates": 200}


def picture() -> Asset:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[1:7, 1:7] = (255, 128, 0, 255)
    pixels[3:5, 3:5] = (0, 0, 255, 128)
    return Asset("square.png", pixels)


def tiny(**params: Any) -> GrowingNca:
    return GrowingNca(Spec("growing-nca", TINY | params, seed=3, device="cpu", target=picture()))


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_the_target_is_premultiplied_and_padded() -> None:
    target = tiny().target
    assert target.shape == (12, 12, 4)
    assert not target[:2].any()
    np.testing.assert_allclose(target[5, 5], [0, 0, 128 / 255, 128 / 255], atol=0.01)


def test_starts_from_one_seed_in_the_centre() -> None:
    cells = tiny().field()
    assert cells.shape == (40, 40, 16)
    assert np.argwhere(cells.any(axis=2)).tolist() == [[20, 20]]
    assert cells[20, 20].tolist() == [0.0] * 3 + [1.0] * 13


def test_the_world_keeps_its_distance_to_itself() -> None:
    spec = Spec("growing-nca", TINY | {"target_size": 30}, target=picture())
    assert GrowingNca(spec).field().shape[:2] == (62, 62)


def test_an_untrained_rule_changes_nothing() -> None:
    world = tiny()
    before = world.field().copy()
    world.step()
    np.testing.assert_array_equal(world.field(), before)


@pytest.mark.parametrize("regime", ["grow", "persist", "regenerate"])
def test_the_loss_falls(regime: str) -> None:
    world = tiny(regime=regime)
    losses = [world.train_step(no_poll)["loss"] for _ in range(120)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    assert world.train_progress() == (120, 200)


def test_the_regimes_use_the_pool_differently() -> None:
    worlds = {regime: tiny(regime=regime) for regime in ("grow", "persist")}
    for world in worlds.values():
        for _ in range(3):
            world.train_step(no_poll)
    seed = seed_state(12, 12, 16)
    pools = {regime: world.get_arrays("training")["pool"] for regime, world in worlds.items()}
    changed = {
        regime: sum(not np.array_equal(state, seed) for state in pool)
        for regime, pool in pools.items()
    }
    assert changed["grow"] == 0
    assert 4 <= changed["persist"] <= 12


def test_the_worst_of_a_batch_becomes_a_seed_and_the_best_is_hurt() -> None:
    world = tiny(halves=1.0, batch=8)
    pool = world.get_arrays("training")["pool"]
    pool[:, 2:10, 2:10, :4] = world.target[2:10, 2:10]
    pool[..., 4:] = 0.5  # nothing of it is zero, so that damage shows
    pool[::2, ..., :3] += 0.5
    slots, start = world._batch(world.params)
    assert slots is not None
    np.testing.assert_array_equal(start[0], seed_state(12, 12, 16))
    losses = np.mean((pool[slots][..., :4] - world.target) ** 2, axis=(1, 2, 3))
    assert (np.diff(losses) <= 0).all()
    hurt = [not state[..., 5].all() for state in start[1:]]
    assert hurt == [False] * 4 + [True] * 3


def test_a_cancelled_update_never_happened() -> None:
    world, twin = tiny(), tiny()
    for _ in range(3):
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
    assert cancelled >= 2
    twin.train_step(no_poll)
    assert same(world.state("training"), twin.state("training"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_numbers_that_are_not_finite_stop_the_training_and_change_nothing(bad: float) -> None:
    world = tiny()
    world.train_step(no_poll)
    weights = world.get_arrays("model")
    world.set_arrays("model", weights | {"b2": np.full_like(weights["b2"], bad)})
    before = world.state("training")
    with pytest.raises(DivergedError, match=r"update 2.*learning rate"):
        world.train_step(no_poll)
    after = world.state("training")
    assert all(np.array_equal(before[k], after[k], equal_nan=True) for k in before)


def test_training_goes_on_to_the_bit_after_a_restore() -> None:
    world = tiny()
    for _ in range(4):
        world.train_step(no_poll)
        world.step()
    other = tiny()
    other.load_state(world.state("training"), "training")
    for system in (world, other):
        for _ in range(3):
            system.train_step(no_poll)
            system.step()
    assert same(world.state("training"), other.state("training"))


def test_the_display_does_not_change_what_is_learned() -> None:
    world, still = tiny(), tiny()
    world.set_param("fire_rate", 0.9)
    for _ in range(3):
        world.train_step(world.step)
        still.train_step(no_poll)
    assert world.step_count > 0
    assert same(world.state("model"), still.state("model"))


def test_steps_with_the_weights_of_the_last_update() -> None:
    world = tiny()
    for _ in range(5):
        world.train_step(no_poll)
    world.reset()
    for _ in range(10):
        world.step()
    moved = world.field().copy()
    other = tiny()
    other.load_state(world.state("model"), "model")
    for _ in range(10):
        other.step()
    np.testing.assert_array_equal(other.field(), moved)
    assert np.count_nonzero(moved[..., 3]) > 1


def test_a_model_file_brings_its_weights_and_its_target() -> None:
    world = tiny()
    for _ in range(3):
        world.train_step(no_poll)
    data = checkpoint.dump(world, "model")
    loaded = checkpoint.parse(data, "tiny.safetensors")
    again = GrowingNca(checkpoint.spec_of(loaded, "tiny.safetensors", data))
    assert same(again.state("model"), world.state("model"))
    np.testing.assert_array_equal(again.target, world.target)


def test_pictures_are_premultiplied() -> None:
    world = tiny()
    world.field()[0, 0, :4] = (2.0, 0.3, -1.0, 0.5)
    view = world.views({"world": ViewRequest()})["world"]
    assert isinstance(view, ImageView)
    assert view.data.dtype == np.uint8
    assert view.data[0, 0].tolist() == [128, 77, 0, 128]


def test_shows_batch_pool_and_target() -> None:
    world = tiny()
    for _ in range(2):
        views = world.views({name: ViewRequest() for name in ("batch", "pool", "target")})
        assert {name: v.extent for name, v in views.items() if isinstance(v, ImageView)} == {
            "batch": (24, 12) if world.updates_done == 0 else (24, 48),
            "pool": (60, 60),
            "target": (12, 12),
        }
        world.train_step(no_poll)
    offered = {offer.name for offer in world.view_offers()}
    assert offered == {"world", "batch", "pool", "target"}


def test_plants_seeds() -> None:
    world = tiny()
    world.brush(Stroke("world", "erase", ((20.5, 20.5),), radius=3.0))
    assert not world.field().any()
    world.brush(Stroke("world", "seed", ((10.5, 30.5),), radius=0.5))
    np.testing.assert_array_equal(world.field()[10, 30], seed_state(1, 1, 16)[0, 0])
    perform(world, "seed-grid", {"rows": 2, "columns": 3})
    assert np.count_nonzero(world.field()[..., 3]) == 6
    with pytest.raises(BadInput, match="rows"):
        perform(world, "seed-grid", {"rows": 0})


def test_measures_the_world() -> None:
    world = tiny()
    world.field()[...] = 0.0
    assert world.metrics() == {"alive cells": 0.0, "mean alpha": 0.0, "error": pytest.approx(1.0)}
    world.field()[14:26, 14:26, :4] = world.target
    assert world.metrics()["error"] == 0.0
    assert world.metrics()["alive cells"] == np.count_nonzero(world.target[..., 3] > 0.1)


def test_writes_weights_that_the_importer_reads(tmp_path: Path) -> None:
    world = tiny()
    generator = np.random.default_rng(0)
    arrays = {
        k: generator.normal(size=w.shape).astype(np.float32)
        for k, w in world.weights.arrays().items()
    }
    world.set_arrays("model", arrays)
    [export] = world.exports()
    export.write(tmp_path / f"own{export.ending}")
    read = load_growing_webgl(tmp_path / "own.json").weights.arrays()
    for name, values in arrays.items():
        np.testing.assert_allclose(read[name], values, atol=np.abs(values).max() / 254)
    assert tiny(hidden=64).exports() == ()


def test_says_what_it_can_do() -> None:
    found = capabilities(tiny())
    assert found.trainable
    assert found.targets == ("image",)
    assert {tool.name for tool in found.brushes} == {"erase", "paint", "seed"}
    assert found.measured


def test_offers_sizes_with_their_minutes() -> None:
    options = GrowingNca.target_options(picture(), "cpu")
    assert all(isinstance(option, TargetOption) for option in options)
    minutes = [option.minutes for option in options]
    assert None not in minutes
    assert minutes == sorted(minutes, key=lambda m: m or 0.0)
    [chosen] = [option for option in options if option.recommended]
    assert chosen.params["target_size"] == 16
    for option in (*options, *GrowingNca.target_options(picture(), "cuda")):
        spec = Spec("growing-nca", option.params | {"pool": 32}, device="cpu", target=picture())
        side = option.params["target_size"] + 2 * option.params["padding"]
        assert GrowingNca(spec).target.shape == (side, side, 4)


def test_the_default_target_is_shipped() -> None:
    asset = default_target()
    assert isinstance(asset.data, np.ndarray)
    assert asset.data.shape == (40, 40, 4)


def test_refuses_what_is_no_picture() -> None:
    with pytest.raises(BadInput, match="picture"):
        GrowingNca(Spec("growing-nca", TINY, target=Asset("weights.bin", b"123")))


def test_neither_stepping_nor_training_needs_torch() -> None:
    code = (
        "import sys\n"
        "from engine.core.spec import Spec\n"
        "from engine.core.system import no_poll\n"
        "from engine.systems.growing_nca import GrowingNca\n"
        "from engine.systems.texture_nca import TextureNca\n"
        "world = GrowingNca(Spec('growing-nca', {'pool': 32}, device='cpu'))\n"
        "world.step(), world.train_step(no_poll)\n"
        "TextureNca(Spec('texture-nca', device='cpu')).step()\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
