from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.core.activity import null_activity
from engine.core.errors import BadInput, Cancelled
from engine.core.experiment import reproduce
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll
from engine.experiments import growing
from engine.nca.damage import HALVES
from engine.nca.rule import Weights
from engine.systems.growing_nca import GrowingNca

BY_NAME = {experiment.name: experiment for experiment in growing.EXPERIMENTS}


def still_life() -> GrowingNca:
    """Return an untrained world: it keeps whatever it is given."""
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :3] = 255  # three columns hold all of it
    params = {"target_size": 8, "padding": 2, "width": 40, "height": 40}
    return GrowingNca(Spec("growing-nca", params, target=Asset("bar.png", pixels)))


def test_what_does_not_change_neither_heals_nor_loses_its_error() -> None:
    world = still_life()
    grown = world.field().copy()
    world.start = lambda: world.field().__setitem__(
        (slice(14, 26), slice(14, 26), slice(4)), world.target
    )  # type: ignore[method-assign]
    assert growing.errors_after(world, 3, (0, 1), no_poll) == [0.0, 0.0]
    halves = growing.heal_halves(world, no_poll, grow=1, heal=2)
    assert set(halves) == set(HALVES)
    for cut, healed in halves.values():
        assert cut == healed
        assert 0.3 <= cut <= 0.7
    assert halves["top"][0] + halves["bottom"][0] == pytest.approx(1.0, abs=1e-6)
    assert grown.any()


def test_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        growing.errors_after(still_life(), 3, (0,), stop)


def test_the_published_file_is_asked_for() -> None:
    outcome = reproduce(BY_NAME["growing.golden"], null_activity())
    assert outcome.status == "skipped"
    assert outcome.passed is None
    assert "emoji.png" in outcome.note


def webgl(path: Path) -> Path:
    """Write a file of the published format whose rule does nothing."""
    layers: list[dict[str, Any]] = []
    for inputs, outputs in ((48, 128), (128, 16)):
        # Byte 127.5 would be zero; a scale of nothing makes all of them so.
        data = base64.b64encode(bytes((inputs + 1) * outputs)).decode()
        layer = {"in_ch": inputs, "out_ch": outputs, "weight_scale": 1e-9, "bias_scale": 1e-9}
        layers.append(layer | {"type": "uint8", "data_b64": data})
    path.write_text(json.dumps(layers))
    return path


def test_a_dead_model_misses_the_published_bands(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(growing, "MARKS", (1, 2, 3, 4))
    model = webgl(tmp_path / "ex3_lizard.json")
    target = tmp_path / "lizard.png"
    Image.new("RGBA", (40, 40), (0, 160, 60, 255)).save(target)
    files = {"model": model, "target": target}
    outcome = reproduce(BY_NAME["growing.golden"], null_activity(), files)
    assert outcome.status == "missed"
    assert outcome.measured is not None
    assert outcome.measured > 1.0


def test_unknown_models_and_targets_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "target.png"
    Image.new("RGBA", (41, 40)).save(target)
    model = webgl(tmp_path / "ex3_lizard.json")
    run = BY_NAME["growing.golden"].run
    with pytest.raises(BadInput, match="40 x 40"):
        run(null_activity(), {"model": model, "target": target})
    with pytest.raises(BadInput, match="ex1_lizard"):
        run(null_activity(), {"model": webgl(tmp_path / "cat.json"), "target": target})
    target.write_bytes(b"no picture")
    with pytest.raises(BadInput, match="picture"):
        run(null_activity(), {"model": model, "target": target})


def test_the_atlas_is_cut_by_the_models_name(tmp_path: Path) -> None:
    atlas = np.zeros((40, 400, 4), np.uint8)
    atlas[:, 200:240] = (255, 255, 255, 128)
    path = tmp_path / "emoji.png"
    Image.fromarray(atlas).save(path)
    butterfly = growing._read_target(path, "butterfly")
    assert butterfly.shape == (40, 40, 4)
    np.testing.assert_allclose(butterfly, 128 / 255, atol=1e-6)
    assert not growing._read_target(path, "lizard").any()


def test_weights_that_do_nothing_measure_the_seed() -> None:
    weights = Weights.initial(growing.RULE, np.random.default_rng(0))
    target = np.full((40, 40, 4), 0.5, np.float32)
    errors, hurt, healed = growing.measure_published(weights, target, no_poll)
    empty = np.log10(0.25 * 1600 / 72**2)
    assert errors == pytest.approx([empty] * 4, abs=0.01)
    assert hurt == pytest.approx(healed, abs=0.01)
