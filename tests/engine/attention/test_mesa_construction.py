from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.attention.baselines import descend, ridge_by_position
from engine.attention.design import Design, Layer
from engine.attention.forward import Capture, forward, tensors
from engine.attention.mesa_construction import construct, why_not
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics
from engine.core.errors import BadInput

TASK = Dynamics(length=20)
RAW = Dynamics(size=5, length=30, tokens="raw")


def direct(*layers):
    return Design(tokens=40, width=40, outputs=10, layers=layers)


def copying(*layers):
    return Design(
        tokens=5, width=20, outputs=5, embed="linear", readout="linear",
        positions="sinusoid-qk", layers=(Layer("softmax", 2, 10), *layers),
    )  # fmt: skip


def seen(task, dtype=torch.float32):
    return task.trajectories(Draws(np.random.default_rng(0), dtype=dtype), 8).seen


def run(design, task, given, dtype=torch.float32, *, etas=(), lam=1.0, capture=None):
    weights = tensors(construct(design, task, etas=etas, lam=lam), dtype=dtype)
    return forward(design, weights, task.encode(given[:, :-1]), capture=capture)


def test_a_linear_head_is_one_step_of_gradient_descent():
    given = seen(TASK)
    out = run(direct(Layer("linear", 1, 20)), TASK, given, etas=[0.032])
    assert (out - descend(TASK.pairs(given), 0.032)).abs().max() < 1e-6


def test_the_same_head_with_a_mesa_layer_is_ridge_regression():
    given = seen(TASK, torch.float64)
    out = run(direct(Layer("mesa", 1, 20)), TASK, given, torch.float64, lam=1.0)
    assert (out - ridge_by_position(TASK.pairs(given), 1.0)).abs().max() < 6e-8


def test_layers_are_steps():
    given = seen(TASK, torch.float64)
    etas = [0.05, 0.01, 0.03]
    out = run(direct(*(Layer("linear", 2, 20),) * 3), TASK, given, torch.float64, etas=etas)
    assert (out - descend(TASK.pairs(given), *etas)).abs().max() < 1e-5  # etas are float32


def test_stacked_observations_are_solved_alike():
    task = Dynamics(size=2, hidden=5, length=15, stacked=3)
    given = seen(task, torch.float64)
    design = Design(tokens=16, width=16, outputs=2, layers=(Layer("mesa", 1, 6),))
    out = run(design, task, given, torch.float64, lam=0.1)
    assert (out - ridge_by_position(task.pairs(given), 0.1)).abs().max() < 1e-6


def test_a_copy_layer_brings_the_token_before():
    given, capture = seen(RAW), Capture()
    run(copying(Layer("linear", 2, 10)), RAW, given, etas=[0.05], capture=capture)
    assert capture.attention[0][:, 0].diagonal(-1, dim1=-2, dim2=-1).min() > 0.999999
    copied = capture.residual[1][:, 1:, 15:]
    assert (copied - given[:, :-2]).abs().max() < 1e-6


@pytest.mark.parametrize("kind", ["linear", "mesa"])
def test_copy_and_learning_layer_are_exact_after_a_zero_token(kind):
    given = torch.cat([torch.zeros(8, 1, 5), seen(RAW)], 1)
    out = run(copying(Layer(kind, 2, 10)), RAW, given, etas=[0.05], lam=1.0)
    pairs = RAW.pairs(given)
    expected = descend(pairs, 0.05) if kind == "linear" else ridge_by_position(pairs, 1.0)
    assert (out - expected).abs().max() < 2e-6


def test_without_a_zero_token_the_first_pair_is_of_the_first_token_with_itself():
    given = seen(RAW)
    out = run(copying(Layer("mesa", 2, 10)), RAW, given, lam=1.0)
    pairs = RAW.pairs(given)
    keys = pairs.keys.clone()
    keys[:, 0] = given[:, 0]  # softmax has nothing else to look at
    assert (out - ridge_by_position(replace(pairs, keys=keys), 1.0)).abs().max() < 2e-6


@pytest.mark.parametrize(
    ("design", "task", "words"),
    [
        (direct(Layer("softmax", 1, 20)), TASK, "linear, or one mesa"),
        (direct(Layer("linear", 1, 20), Layer("linear", 1, 20)), TASK, "two heads"),
        (direct(Layer("linear", 1, 8)), TASK, "10 numbers"),
        (direct(Layer("linear", 1, 20, norm=True)), TASK, "normalised"),
        (copying(Layer("softmax", 2, 10)), RAW, "linear, or one mesa"),
        (replace(copying(Layer("mesa", 2, 10)), positions="none"), RAW, "positions"),
        (copying(), RAW, "no layer that learns"),
    ],
)
def test_what_cannot_be_constructed_is_said(design, task, words):
    assert words in why_not(design, task)
    with pytest.raises(BadInput, match="no construction"):
        construct(design, task, etas=[0.1], lam=1.0)


def test_there_are_as_many_steps_as_layers():
    with pytest.raises(BadInput, match="2 layers"):
        construct(direct(*(Layer("linear", 2, 20),) * 2), TASK, etas=[0.1], lam=1.0)
