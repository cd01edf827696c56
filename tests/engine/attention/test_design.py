import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from engine.attention.design import Design, Layer, count, shapes, stack
from engine.attention.initial import Scheme, initial, lam_parameter, sinusoid
from engine.core.errors import BadInput
from engine.core.rng import stream


def raw(*kinds: str) -> Design:
    layers = tuple(Layer(kind, 2, 10) for kind in kinds)
    return Design(5, 20, 5, layers, embed="linear", positions="sinusoid-qk", readout="linear")


INDUCTION = Design(
    64, 64, 64, stack("softmax", 2, heads=2, width=64, norm=True),
    embed="symbols", positions="learned", length=64, final_norm=True, readout="linear",
)  # fmt: skip
LSA = Design(
    11, 11, 1, stack("linear", 1, heads=1, width=11),
    causal=False, lookup="context", channel=10, sign=-1, predict="last",
)  # fmt: skip


@pytest.mark.parametrize(
    ("design", "weights"),
    [
        (INDUCTION, 45440),
        (LSA, 484),
        (raw("softmax", "mesa"), 4202),
        (raw("softmax", "linear"), 4200),
        (raw("softmax", "softmax", "softmax", "softmax"), 7400),
    ],
)
def test_models_of_the_papers_have_their_number_of_weights(design, weights):
    assert count(design) == weights


def test_shared_layers_have_one_set_of_weights():
    deep = replace(LSA, layers=LSA.layers * 5)
    assert count(deep) == 5 * 484
    assert count(replace(deep, shared=True)) == 484
    assert LSA.repeated(7).depth == 7
    assert shapes(LSA.repeated(7)) == shapes(LSA)


def test_a_stack_can_begin_with_softmax():
    kinds = [layer.kind for layer in stack("first-softmax", 3, heads=2, width=8)]
    assert kinds == ["softmax", "linear", "linear"]


def test_heads_that_do_not_divide_the_width_are_refused_with_a_number_that_does():
    with pytest.raises(BadInput, match=r"20 channels .* 3 heads") as refusal:
        stack("linear", 1, heads=3, width=20)
    assert "2 heads" in refusal.value.remedy or "4 heads" in refusal.value.remedy
    assert stack("linear", 1, heads=3, width=20, key=5)[0].inner == 15


@pytest.mark.parametrize(
    "change",
    [
        {"layers": ()},
        {"outputs": 0},
        {"embed": "none", "tokens": 5},
        {"length": 0},
        {"lookup": "context"},
        {"readout": "channels", "channel": 10},
        {"positions": "sinusoid-concat", "position_width": 64},
        {"shared": True, "layers": (Layer("linear", 1, 4), Layer("softmax", 1, 4))},
        {"shared": True, "positions": "sinusoid-qk"},
    ],
)
def test_impossible_designs_are_refused_with_a_remedy(change):
    with pytest.raises(BadInput) as refusal:
        replace(INDUCTION, **change)
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "layer", [{"kind": "quadratic"}, {"heads": 0}, {"key": 0}, {"mlp": -1}, {"clip": -1.0}]
)
def test_impossible_layers_are_refused(layer):
    with pytest.raises(BadInput):
        Layer(**layer)


def test_a_context_longer_than_the_positions_is_refused():
    INDUCTION.check_length(64)
    with pytest.raises(BadInput, match=r"65 tokens .* 64 positions") as refusal:
        INDUCTION.check_length(65)
    assert "64" in refusal.value.remedy
    with pytest.raises(BadInput):
        LSA.check_length(1)


def test_words_name_the_layers():
    assert raw("softmax", "mesa").words() == "softmax (2 heads), then mesa (2 heads)"
    assert LSA.repeated(3).words() == "3 x linear (1 head), shared weights"


def test_columns_of_heads_cover_the_inner_width_once():
    layer = Layer("linear", 3, 4)
    parts = [np.arange(12)[layer.columns(head)] for head in range(3)]
    assert np.concatenate(parts).tolist() == list(range(12))


def test_truncated_normal_has_its_variance_and_its_end():
    values = initial(replace(LSA, layers=LSA.layers * 200), stream(0, "w"), Scheme())
    drawn = np.concatenate([v.ravel() for v in values.values()])
    assert drawn.std() == pytest.approx(np.sqrt(0.002 / 11), rel=0.01)
    assert np.abs(drawn).max() <= 2 * np.sqrt(0.002 / 11) / 0.8796


def test_uniform_scheme_leaves_the_embedding_to_its_own_deviation():
    made = initial(INDUCTION, stream(0, "w"), Scheme("uniform", 1.0, embedding=0.02))
    assert made["embed"].std() == pytest.approx(0.02, rel=0.05)
    assert made["positions"].std() == pytest.approx(0.02, rel=0.05)
    assert np.abs(made["layers/1/wq"]).max() == pytest.approx(1 / 8, rel=0.01)
    assert (made["final_gain"] == 1).all()
    assert not made["layers/0/norm_bias"].any()
    assert {name: value.shape for name, value in made.items()} == shapes(INDUCTION)


def test_lam_begins_at_one_and_its_weight_is_that_of_the_mesa_layer():
    from engine.attention.mesa_layer import theta

    made = initial(raw("softmax", "mesa"), stream(0, "w"), Scheme("normal", 0.05))
    np.testing.assert_allclose(np.log1p(np.exp(made["layers/1/lam"])), 1, rtol=1e-6)
    for lam in (1e-3, 0.5, 1.0, 7.0):
        assert lam_parameter(lam) == pytest.approx(theta(lam), rel=1e-9)
    with pytest.raises(BadInput):
        lam_parameter(0.0)


def test_sinusoids_turn_at_their_rates():
    code = sinusoid(5, 4)
    np.testing.assert_allclose(code[:, 0], np.sin(np.arange(5)), rtol=1e-6)
    np.testing.assert_allclose(code[:, 1], np.cos(np.arange(5)), rtol=1e-6)
    np.testing.assert_allclose(code[:, 2], np.sin(np.arange(5) / 100), rtol=1e-6)


def test_designs_and_first_weights_need_no_torch():
    code = "import sys, engine.attention.initial; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
