import numpy as np
import pytest
import torch

from engine.attention.probes import probe, targets_of
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def test_what_is_there_is_found_and_what_is_not_is_not():
    targets = noise(200, 2, 3)
    hidden = noise(3, 8, seed=1)
    stream = torch.stack([noise(200, 2, 8, seed=2), targets @ hidden + 5.0])
    found = probe(stream, targets)
    assert found.r2.shape == (2, 2)
    assert found.r2[1].min() > 0.999999
    assert found.r2[0].max() < 0.1
    assert found.errors[0].min() > 0.8


def test_probes_are_judged_on_sequences_that_they_have_not_seen():
    few = probe(noise(1, 20, 1, 9), noise(20, 1, 1, seed=1))
    assert few.r2.max() < 0.5  # ten samples and nine features are fitted perfectly


def test_dead_channels_do_no_harm():
    stream = torch.cat([noise(1, 60, 1, 2), torch.zeros(1, 60, 1, 6)], -1)
    assert probe(stream, stream[0, :, :, :2]).r2.min() > 0.999
    assert probe(torch.zeros(1, 60, 1, 4), noise(60, 1, 2)).r2.max() < 0.1


def test_filtering_leaves_out_what_is_far_too_long():
    stream = noise(1, 400, 1, 4)
    targets = stream[0, :, :, :2].clone()
    targets[::40] = 1e4
    assert probe(stream, targets).errors.max() > 1.0
    assert probe(stream, targets, filtered=True).errors.max() < 1e-6


def test_only_some_positions_may_be_asked():
    stream, targets = noise(2, 40, 5, 3), noise(40, 5, 2, seed=1)
    some = probe(stream, targets, positions=[1, 4])
    assert torch.allclose(some.r2, probe(stream, targets).r2[:, [1, 4]])


def test_too_few_sequences_are_refused():
    with pytest.raises(ValueError, match="four"):
        probe(noise(1, 3, 1, 2), noise(3, 1, 1))


def test_constructed_tokens_hold_this_state_and_the_last_but_not_the_next():
    task = Dynamics(size=3, length=8)
    drawn = task.trajectories(Draws(np.random.default_rng(0)), 300)
    tokens = task.encode(drawn.seen[:, :-1])
    wanted = targets_of(task.pairs(drawn.seen), lam=1e-2)
    r2 = {name: probe(tokens[None], one, positions=[5]).r2.item() for name, one in wanted.items()}
    assert r2["s(t)"] > 0.999
    assert r2["s(t-1)"] > 0.999
    assert r2["s(t+1)"] < 0.2
    assert r2["H⁻¹ s(t)"] < 0.9
