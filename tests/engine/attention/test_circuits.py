"""Tests of circuits from vocabulary to vocabulary, and of switching heads off."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.attention.ablation import ablations
from engine.attention.circuits import copying_scores, ov_circuit, position_circuit, qk_circuit
from engine.attention.design import Design, Layer
from engine.attention.forward import Capture, forward, tensors
from engine.attention.initial import Scheme, initial
from engine.attention.recall import in_context_score, losses, position_losses, recall
from engine.attention.tasks import Batch
from engine.attention.tasks.repeats import NO_TARGET

V, T = 12, 10


def design(*layers: Layer, norm: bool = False, width: int = 16) -> Design:
    """Make a small model of symbols."""
    return Design(
        tokens=V,
        width=width,
        outputs=V,
        layers=layers,
        embed="symbols",
        positions="learned",
        length=T,
        final_norm=norm,
        readout="linear",
    )


def drawn(plan: Design) -> dict[str, np.ndarray]:
    """Draw weights of size 1, gains and biases among them."""
    rng = np.random.default_rng(1)
    weights = initial(plan, rng, Scheme("normal", 0.3))
    for name in weights:
        if name.endswith("_gain"):
            weights[name] = rng.uniform(0.5, 2.0, weights[name].shape).astype(np.float32)
    return weights


def test_circuits_are_what_the_forward_pass_does() -> None:
    """One layer without norms and positions: its scores and logits are the circuits' entries."""
    plan = design(Layer("linear", 2, 8))
    weights = drawn(plan)
    weights["positions"][:] = 0.0
    tokens = np.array([3, 7, 7, 1, 0])
    capture = Capture()
    gates = torch.tensor([[0.0, 1.0]])
    given = tensors(weights)
    out = forward(plan, given, torch.tensor(tokens[None]), gates=gates, capture=capture)[0]
    scores = qk_circuit(plan, weights, (0, 1))[tokens][:, tokens]
    np.testing.assert_allclose(capture.attention[0][0, 1], np.tril(scores), atol=1e-5)
    direct = weights["embed"][tokens] @ weights["readout"]
    added = np.tril(scores) @ ov_circuit(plan, weights, (0, 1))[tokens]
    expected = direct - direct.mean(1, keepdims=True) + added
    np.testing.assert_allclose(out - out.mean(1, keepdims=True), expected, atol=1e-5)


def test_softmax_scores_are_scaled_and_positions_have_a_circuit_of_their_own() -> None:
    plan = design(Layer("softmax", 2, 8))
    weights = drawn(plan)
    part = slice(8, 16)
    wq, wk = weights["layers/0/wq"][:, part], weights["layers/0/wk"][:, part]
    expected = weights["positions"] @ wq @ (weights["positions"] @ wk).T / math.sqrt(8)
    np.testing.assert_allclose(position_circuit(plan, weights, (0, 1)), expected, atol=1e-5)


def test_norm_is_folded_in_up_to_its_deviation() -> None:
    plan = design(Layer("softmax", 1, 16, norm=True), norm=True)
    weights = drawn(plan)
    embedded = weights["embed"]
    gain = torch.tensor(weights["layers/0/norm_gain"])
    normed = torch.nn.functional.layer_norm(torch.tensor(embedded), (16,), gain).numpy()
    deviation = np.sqrt(embedded.var(axis=1) + 1e-5)
    q, k = normed @ weights["layers/0/wq"], normed @ weights["layers/0/wk"]
    expected = (q @ k.T / 4.0) * deviation[:, None] * deviation
    np.testing.assert_allclose(qk_circuit(plan, weights, (0, 0)), expected, rtol=1e-3, atol=1e-5)


def induction() -> tuple[Design, dict[str, np.ndarray]]:
    """A head that hands on what it reads, and one that matches what was handed on, and copies."""
    width = 2 * V
    plan = design(Layer("linear", 1, V), Layer("linear", 1, V), width=width)
    weights = {name: np.zeros_like(value) for name, value in drawn(plan).items()}
    eye = np.eye(V, dtype=np.float32)
    weights["embed"][:, :V] = eye
    weights["layers/0/wv"][:V], weights["layers/0/wp"][:, V:] = eye, eye
    weights["layers/1/wq"][:V], weights["layers/1/wk"][V:] = eye, eye
    weights["layers/1/wv"][:V], weights["layers/1/wp"][:, :V] = eye, eye
    weights["readout"][:V] = eye
    return plan, weights


def test_composition_with_an_earlier_head_shows_the_match() -> None:
    plan, weights = induction()
    np.testing.assert_array_equal(qk_circuit(plan, weights, (1, 0)), np.zeros((V, V)))
    np.testing.assert_array_equal(qk_circuit(plan, weights, (1, 0), via=(0, 0)), np.eye(V))


def test_copying_score_tells_copying_from_suppressing() -> None:
    plan, weights = induction()
    scores = copying_scores(plan, weights)
    assert scores[1, 0] == pytest.approx(1.0)
    assert scores[0, 0] == 0.0  # what it hands on is not read out
    weights["readout"] *= -1.0
    assert copying_scores(plan, weights)[1, 0] == pytest.approx(-1.0)


def test_copying_score_is_that_of_the_whole_circuit() -> None:
    plan = design(Layer("softmax", 2, 8, norm=True), norm=True)
    weights = drawn(plan)
    folded = weights["final_gain"][:, None] * weights["readout"]
    folded = folded - folded.mean(axis=0)
    embedded = weights["embed"]
    normed = (embedded - embedded.mean(1, keepdims=True)) * weights["layers/0/norm_gain"]
    read = normed @ weights["layers/0/wv"][:, :8] @ weights["layers/0/wp"][:8] @ folded
    values = np.linalg.eigvals(read.astype(np.float64))
    expected = values.sum().real / np.abs(values).sum()
    assert copying_scores(plan, weights)[0, 0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("size", [1e15, 3e38])
def test_circuits_of_any_size_have_scores(size: float) -> None:
    plan = design(Layer("softmax", 2, 8, norm=True), norm=True)
    weights = {name: np.full_like(array, size) for name, array in drawn(plan).items()}
    assert np.isfinite(copying_scores(plan, weights)).all()


def test_the_next_case_is_made_when_it_is_asked_for() -> None:
    plan = design(Layer("softmax", 2, 8))
    cases = ablations(plan, tensors(drawn(plan)), torch.arange(6)[None], lambda _: {}, lambda: None)
    assert next(cases).title == "intact"
    assert torch.is_grad_enabled(), "what goes on in between learns as before"
    assert [one.title for one in cases] == ["layer 1, head 1", "layer 1, head 2", "layer 1"]


def test_each_head_and_each_layer_is_switched_off_in_turn() -> None:
    plan = design(Layer("softmax", 2, 8, norm=True), Layer("softmax", 2, 8, norm=True))
    weights = tensors(drawn(plan))
    tokens = torch.arange(6)[None]
    polls: list[int] = []
    measure, poll = lambda out: {"sum": float(out.sum())}, lambda: polls.append(1)
    found = list(ablations(plan, weights, tokens, measure, poll))
    assert [one.title for one in found] == [
        "intact",
        "layer 1, head 1",
        "layer 1, head 2",
        "layer 1",
        "layer 2, head 1",
        "layer 2, head 2",
        "layer 2",
    ]
    assert len(polls) == 3 * len(found)  # before each case, and after each of two layers
    assert len({one.measured["sum"] for one in found}) == 7
    gone = dict(weights)
    for name in ("layers/1/wp",):
        gone[name] = torch.zeros_like(gone[name])
    assert found[-1].measured["sum"] == pytest.approx(float(forward(plan, gone, tokens).sum()))


def test_recall_keeps_repeats_and_new_apart() -> None:
    tokens, targets = torch.tensor([[0, 1, 0, 1, 0]]), torch.tensor([[1, 0, 1, 2, NO_TARGET]])
    outputs = torch.zeros(1, 5, V)
    outputs[0, 2, 1] = outputs[0, 3, 0] = 30.0
    batch = Batch(tokens, targets)
    found = recall(outputs, batch)
    assert found["repeat loss"] == pytest.approx(0.0, abs=1e-5)
    assert found["accuracy"] == 1.0
    assert found["new loss"] == pytest.approx((2 * math.log(V) + 30.0) / 3)
    outputs[0, 2, 1] = 0.0
    assert recall(outputs, batch)["accuracy"] < 1.0
    curve = position_losses(outputs, batch).tolist()
    assert curve == pytest.approx([math.log(V)] * 3 + [30.0, 0.0], abs=1e-4)
    assert losses(outputs, targets).shape == (1, 5)


def test_recall_leaves_out_what_a_text_has_not() -> None:
    def names(*text: int) -> set[str]:
        tokens = torch.tensor([text])
        return set(recall(torch.zeros(1, len(text) - 1, V), Batch(tokens[:, :-1], tokens[:, 1:])))

    assert names(1, 2, 3) == {"new loss"}
    assert names(1, 1, 1) == {"new loss", "repeat loss", "accuracy"}
    assert recall(torch.zeros(1, 1, V), Batch(*[torch.tensor([[n]]) for n in (3, NO_TARGET)])) == {}


def test_in_context_score_is_late_minus_early() -> None:
    curve = torch.cat([torch.full((32,), 4.0), torch.full((32,), 0.5)])
    assert in_context_score(curve) == pytest.approx(-3.5)
