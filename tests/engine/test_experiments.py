"""Every published figure is named, described and found; those of Life and Gray-Scott hold."""

from dataclasses import replace

import numpy as np
import pytest

from engine import experiments
from engine.core.activity import null_activity
from engine.core.errors import BadInput
from engine.core.experiment import reproduce
from engine.experiments import gray_scott
from engine.experiments.components import count_components

LOADED = {one.name: one for one in experiments.experiments()}


def test_the_table_of_names_is_current():
    assert tuple(sorted(LOADED)) == experiments.names()
    for module, names in experiments._MODULES.items():
        assert tuple(one.name for one in experiments._load(module)) == names


@pytest.mark.parametrize("name", experiments.names())
def test_it_says_what_it_claims(name):
    one = LOADED[name]
    assert one.claim
    assert any(character.isdigit() for character in one.paper), "no year"
    assert any(character.isdigit() for character in one.tolerance), "no number"
    assert 0 < one.minutes < 60


def test_an_unknown_figure_names_the_known_ones():
    with pytest.raises(BadInput, match=r"life\.gosper-gun"):
        experiments.experiment("nonesuch")


def test_a_plugin_brings_its_own(monkeypatch):
    mine = replace(LOADED["life.gosper-gun"], name="blink.twice")

    class Blink:
        @classmethod
        def experiments(cls):
            return (mine,)

    monkeypatch.setattr(experiments.registry, "slugs", lambda: ("blink",))
    monkeypatch.setattr(experiments.registry, "system_class", lambda slug: Blink)
    assert experiments.experiment("blink.twice") is mine
    with pytest.raises(BadInput):
        experiments.experiment("blink.thrice")


def test_the_gun_has_period_30():
    outcome = reproduce(LOADED["life.gosper-gun"], null_activity())
    assert outcome.status == "passed"
    assert outcome.measured == 30


def test_another_rule_is_no_gun(monkeypatch):
    """The check can fail: in a world with another rule nothing recurs after 30 generations."""
    from engine.experiments import life

    original = life.Life
    monkeypatch.setattr(
        life, "Life", lambda spec: original(spec.with_(params={**spec.params, "rule": "B36/S23"}))
    )
    assert reproduce(LOADED["life.gosper-gun"], null_activity()).status == "missed"


@pytest.mark.parametrize("name", gray_scott.REGIMES)
def test_a_regime_is_told_from_all_others(name):
    regime = gray_scott.REGIMES[name]
    pattern, _ = gray_scott.grow(regime.feed, regime.kill, 7, lambda: None)
    assert [other for other, r in gray_scott.REGIMES.items() if r.holds(pattern)] == [name]


def test_the_steady_state_solves_the_equations():
    feed, kill = 0.06, 0.05
    v = gray_scott.steady_v(feed, kill)
    u = (feed + kill) / v
    assert feed * (1 - u) == pytest.approx((feed + kill) * v)
    assert gray_scott.steady_v(0.04, 0.07) == 0.0


def test_the_wavelength_of_stripes():
    x = np.arange(120)
    stripes = np.broadcast_to(np.sin(2 * np.pi * x / 12), (120, 120)).astype(np.float32)
    assert gray_scott.wavelength(stripes) == pytest.approx(12, rel=1e-3)


def test_components_on_plane_and_torus():
    mask = np.zeros((6, 7), bool)
    mask[0, 0] = mask[5, 0] = mask[0, 6] = True
    mask[2, 2] = mask[3, 3] = True  # touch by a corner only
    assert count_components(mask, wraps=False) == 5
    assert count_components(mask) == 3
    ring = np.ones((5, 5), bool)
    ring[1:4, 1:4] = False
    assert count_components(ring, wraps=False) == 1
