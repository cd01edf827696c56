import numpy as np
import pytest
import torch

from engine.attention.baselines import descend, losses, ridge_by_position
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics
from engine.attention.tasks.few_shot import FewShot, tune_separator
from engine.core.errors import BadInput, DivergedError

RAW = Dynamics(size=3, length=20, tokens="raw")


def draws(seed=0):
    return Draws(np.random.default_rng(seed))


def test_prompts_alternate_inputs_and_values():
    task = FewShot(RAW, shots=4)
    x, y = task.examples(draws(), 2)
    batch = task.batch(x, y)
    assert torch.equal(batch.tokens[:, ::2], x)
    assert torch.equal(batch.tokens[:, 1::2], y)
    assert torch.equal(batch.targets[:, ::2], y)
    assert batch.mask[0].tolist() == [1, 0] * 4
    assert torch.allclose(x.norm(dim=-1), y.norm(dim=-1), atol=1e-5)


def test_a_separator_follows_every_example():
    task = FewShot(RAW, shots=2, separator=(1.0, 2.0, 3.0))
    batch = task.draw(draws(), 2)
    assert batch.tokens.shape == (2, 6, 3)
    assert batch.tokens[0, 2].tolist() == batch.tokens[1, 5].tolist() == [1.0, 2.0, 3.0]


def test_another_map_begins_at_the_switch():
    task = FewShot(RAW, shots=20, switch=11)
    x, y = task.examples(draws(), 1)
    first = torch.linalg.lstsq(x[0, :10], y[0, :10]).solution
    assert torch.allclose(x[0, :10] @ first, y[0, :10], atol=1e-4)
    assert not torch.allclose(x[0, 10:] @ first, y[0, 10:], atol=1e-1)


def test_false_pairs_lead_least_squares_astray_and_a_zero_separator_helps():
    shots = {}
    for separator in (None, (0.0, 0.0, 0.0)):
        task = FewShot(RAW, shots=8, separator=separator)
        x, y = task.examples(draws(), 256)
        seen = task.join(x, y)
        pairs = RAW.pairs(torch.cat([seen, seen[:, :1]], 1))
        found = ridge_by_position(pairs, 1e-3)
        shots[separator] = task.by_shot(found, task.batch(x, y).targets)
    assert shots[None][1] > shots[None][0]  # the first false pair leads astray
    assert shots[0.0, 0.0, 0.0][4] < 0.85 * shots[None][4]


def test_tuning_finds_the_zero_separator_again():
    def model(tokens):
        padded = torch.cat([tokens, tokens[:, :1]], 1)
        return descend(RAW.pairs(padded), 0.05)

    start = FewShot(RAW, shots=6, separator=(2.0, -2.0, 1.0))
    rng = np.random.default_rng(3)
    tuned, curve = tune_separator(model, start, rng, updates=80, rate=0.1)
    assert np.abs(tuned.separator).max() < 0.3
    assert curve[-10:].mean() < curve[:10].mean()


def test_tuning_stops_where_the_model_does_not():
    with pytest.raises(DivergedError, match="separator"):
        tune_separator(
            lambda tokens: tokens * float("inf"), FewShot(RAW), np.random.default_rng(0), updates=2
        )


def test_what_makes_no_prompt_is_refused():
    with pytest.raises(BadInput, match="2 numbers"):
        FewShot(RAW, separator=(0.0, 0.0))
    with pytest.raises(BadInput, match="example"):
        FewShot(RAW, shots=3, switch=4)


def test_loss_by_shot_is_the_loss_at_the_inputs():
    task = FewShot(RAW, shots=5, separator=(0.0,) * 3)
    batch = task.draw(draws(), 16)
    outputs = torch.zeros_like(batch.targets)
    by_shot = task.by_shot(outputs, batch.targets)
    assert by_shot.mean() == pytest.approx(float(task.loss(outputs, batch.targets, batch.mask)))
    assert torch.allclose(by_shot, losses(outputs, batch.targets)[::3])
