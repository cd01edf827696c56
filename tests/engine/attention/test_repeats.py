"""Tests of the repeated segments."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.attention.tasks import Draws
from engine.attention.tasks.repeats import NO_TARGET, Repeats, copies, known, successors
from engine.attention.text import read_text
from engine.core.errors import BadInput


def draws(seed: int = 0) -> Draws:
    """Make draws from a fixed seed."""
    return Draws(np.random.default_rng(seed), "cpu")


def test_a_sequence_repeats_its_segment_to_the_end() -> None:
    batch = Repeats().draw(draws(), 200)
    rows = torch.cat([batch.tokens, batch.targets[:, -1:]], dim=1).numpy()
    sizes = (~known(batch.tokens, batch.targets)).sum(dim=1).numpy()
    assert rows.shape == (200, 65)
    assert set(sizes) == set(range(8, 33))
    for row, size in zip(rows, sizes, strict=True):
        assert len(set(row[:size])) == size
        assert (row == np.resize(row[:size], 65)).all()
    assert np.bincount(rows[:, 0], minlength=64).max() < 20  # 3 are expected: no symbol is favoured


def test_targets_are_the_tokens_that_follow() -> None:
    batch = Repeats(length=20).draw(draws(), 4)
    assert torch.equal(batch.tokens[:, 1:], batch.targets[:, :-1])
    assert batch.tokens.dtype == batch.targets.dtype == torch.int64


def test_where_a_target_is_known_it_was_seen_after_the_latest_match() -> None:
    sizes = torch.arange(8, 33)
    batch = Repeats().sequences(draws(), sizes)
    for row, target, size in zip(batch.tokens, batch.targets, sizes.tolist(), strict=True):
        tokens = row.numpy()
        ahead = successors(tokens)
        assert ((ahead >= 0) == (np.arange(64) >= size)).all()
        assert (known(row[None], target[None])[0].numpy() == (ahead >= 0)).all()
        at = np.flatnonzero(ahead >= 0)
        assert (tokens[ahead[at]] == target.numpy()[at]).all()
        assert (ahead[at] == at - size + 1).all()
        assert (copies(tokens) == np.arange(64) // size).all()


def test_symbols_of_a_segment_may_repeat_if_asked_for() -> None:
    batch = Repeats(vocabulary=4, shortest=30, longest=30, distinct=False).draw(draws(), 8)
    assert set(batch.tokens.flatten().tolist()) == {0, 1, 2, 3}
    assert torch.equal(batch.tokens[:, :34], batch.tokens[:, 30:])


def test_where_symbols_repeat_only_what_has_one_sequel_counts_as_known() -> None:
    batch = Repeats(vocabulary=8, length=24, shortest=8, longest=8, distinct=False).draw(draws(), 9)
    found = known(batch.tokens, batch.targets)
    for tokens, targets, row in zip(batch.tokens, batch.targets, found, strict=True):
        for t in range(24):
            sequels = {int(targets[u]) for u in range(t) if tokens[u] == tokens[t]}
            assert bool(row[t]) == (sequels == {int(targets[t])})
    assert 0 < int(found[:, 8:].sum()) < found[:, 8:].numel()


def test_loss_is_the_cross_entropy_of_all_positions_or_of_those_asked_for() -> None:
    task = Repeats()
    batch = task.draw(draws(), 3)
    even = torch.zeros(3, 64, 64)
    assert float(task.loss(even, batch.targets, None)) == pytest.approx(task.naive)
    assert task.naive == pytest.approx(math.log(64))
    sure = torch.nn.functional.one_hot(batch.targets, 64).float() * 50.0
    assert float(task.loss(sure, batch.targets, None)) < 1e-6
    sure[:, -1] = 0.0
    mask = torch.ones(3, 64, dtype=torch.bool)
    assert float(task.loss(sure, batch.targets, mask)) == pytest.approx(task.naive / 64)
    mask[:, -1] = False
    targets = batch.targets.where(mask, torch.tensor(NO_TARGET))
    assert float(task.loss(sure, targets, mask)) < 1e-6
    assert float(task.loss(sure, targets, mask & False)) == 0.0


def test_equal_generators_draw_equal_sequences() -> None:
    one, two = (Repeats().draw(draws(5), 4).tokens for _ in range(2))
    assert torch.equal(one, two)
    assert not torch.equal(one, Repeats().draw(draws(6), 4).tokens)


def test_edited_symbol_has_no_match() -> None:
    tokens = np.array([5, 6, 7, 5, 9, 7, 5, 9])
    assert successors(tokens).tolist() == [-1, -1, -1, 1, -1, 3, 4, 5]
    assert copies(tokens).tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


def test_copies_of_a_text_are_not_disturbed_by_letters_that_come_twice() -> None:
    tokens = read_text("a fox or a fox or a fox")
    assert copies(tokens).tolist() == [0] * 9 + [1] * 9 + [2] * 5
    assert copies(read_text("x")).tolist() == [0]
    assert copies(read_text("xxxx")).tolist() == [0, 1, 2, 3]


def test_impossible_segments_are_refused() -> None:
    with pytest.raises(BadInput, match="from 9 to 8"):
        Repeats(shortest=9, longest=8)
    with pytest.raises(BadInput, match="40 different symbols of 32"):
        Repeats(vocabulary=32, longest=40)
    Repeats(vocabulary=32, longest=40, distinct=False)
    with pytest.raises(BadInput, match="8 symbols or more do not come again within 8 tokens"):
        Repeats(length=8)


def test_sequences_to_judge_by_all_have_repeats() -> None:
    batch = Repeats(length=10).repeating(draws(), 50)
    assert bool(known(batch.tokens, batch.targets).any(dim=1).all())
    drawn = Repeats(length=10).draw(draws(), 50)
    assert not bool(known(drawn.tokens, drawn.targets).any(dim=1).all())
