"""The models in resources/models do what their regime promises, as the experiments check it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from engine.core.presets import RESOURCES
from engine.core.system import no_poll
from engine.experiments import growing, texture

FILES = sorted((RESOURCES / "models").glob("*.safetensors"))
GROWING = {
    name: world.params.regime
    for name, world in growing.shipped("grow", "persist", "regenerate").items()
}
TEXTURES = sorted(texture.shipped())


@cache
def halves(name: str) -> dict[str, tuple[float, float]]:
    world = growing.shipped(GROWING[name])[name]
    return growing.heal_halves(world, no_poll)


def names(*regimes: str) -> list[str]:
    return [name for name, regime in GROWING.items() if regime in regimes]


def test_there_are_enough_of_each_and_they_are_small() -> None:
    assert len(names("regenerate")) >= 3
    assert len(names("persist")) >= 2
    assert len(names("grow")) >= 1
    assert len(TEXTURES) >= 6
    # Models of attention bring the moments of their training along.
    most = {path: 1_300_000 if path.stem.startswith("attention-") else 100_000 for path in FILES}
    assert [path.name for path in FILES if path.stat().st_size > most[path]] == []


@pytest.mark.parametrize("name", names("persist", "regenerate"))
def test_stays_for_2000_steps(name: str) -> None:
    world = growing.shipped(GROWING[name])[name]
    errors = growing.errors_after(world, 2000, (0, 1, 2), no_poll)
    assert max(errors) < 0.05, errors


@pytest.mark.parametrize("name", names("regenerate"))
def test_heals_every_half(name: str) -> None:
    found = halves(name)
    assert min(cut for cut, _ in found.values()) >= 0.3, found
    assert max(healed for _, healed in found.values()) < 0.1, found


@pytest.mark.parametrize("name", names("grow", "persist"))
def test_what_was_not_trained_for_damage_does_not_heal(name: str) -> None:
    assert max(healed for _, healed in halves(name).values()) >= 0.1


@pytest.mark.parametrize("name", TEXTURES)
def test_weaves_its_example(name: str) -> None:
    world = texture.shipped()[name]
    distance, noise = texture.style_ratio(world, no_poll)
    assert distance < texture.FRACTION * noise
    assert np.abs(world.field()).max() <= world.params.clip
