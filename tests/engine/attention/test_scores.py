"""Tests of what heads are seen to do."""

from __future__ import annotations

import numpy as np
import pytest

from engine.attention.scores import head_roles, head_scores, shares

T, S = 32, 16
ROWS = np.arange(T)


def looks_at(keys: np.ndarray) -> np.ndarray:
    """Make the attention (T, T) of a head that puts all its weight on one key per query."""
    weights = np.zeros((T, T), np.float32)
    weights[ROWS, keys] = 1.0
    return weights


def heads() -> np.ndarray:
    """One head of every role: (1 sequence, 2 layers, 3 heads, T, T)."""
    even = np.tril(np.ones((T, T), np.float32)) / (ROWS[:, None] + 1.0)
    ahead = np.where(ROWS >= S, ROWS - S + 1, 0)
    return np.stack(
        [
            looks_at(np.maximum(ROWS - 1, 0)),
            looks_at(ahead),
            looks_at(np.zeros(T, int)),
            looks_at(ROWS),
            even,
            looks_at(np.maximum(ROWS - 5, 0)),
        ]
    ).reshape(1, 2, 3, T, T)


def test_each_head_is_called_by_what_it_does() -> None:
    scores = head_scores(heads(), S)
    assert head_roles(scores) == (("previous", "induction", "first"), ("self", "diffuse", ""))
    assert scores["previous"][0, 0] == scores["induction"][0, 1] == 1.0
    assert scores["first"][0, 2] == scores["self"][1, 0] == 1.0
    assert scores["entropy"][1, 1] == pytest.approx(1.0, abs=1e-6)
    assert scores["entropy"][0, 0] == 0.0


def test_first_rows_do_not_count() -> None:
    attention = heads()
    before = head_scores(attention, S)
    attention[..., :8, :] = 0.0
    attention[..., :8, 0] = 1.0
    after = head_scores(attention, S)
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name])


def test_sequences_are_averaged() -> None:
    one = heads()[:, :1, :2]
    both = np.concatenate([one, one[:, :, ::-1]])
    np.testing.assert_allclose(head_scores(both, S)["previous"], [[0.5, 0.5]])


def test_signed_weights_count_by_their_size() -> None:
    one = heads()
    signed = one * np.where(ROWS % 2, -7.0, 3.0)[:, None]
    for name, values in head_scores(one, S).items():
        np.testing.assert_allclose(head_scores(signed, S)[name], values, atol=1e-6)
    np.testing.assert_allclose(shares(np.array([[3.0, -1.0], [0.0, 0.0]])), [[0.75, 0.25], [0, 0]])


def test_masked_future_and_absent_heads() -> None:
    attention = heads()
    attention[..., np.triu(np.ones((T, T), bool), 1)] = np.nan
    scores = head_scores(attention, S)
    assert scores["induction"][0, 1] == 1.0
    attention[:, 1, 2] = np.nan
    absent = head_scores(attention, S)
    assert np.isnan(absent["self"][1, 2])
    assert head_roles(absent)[1][2] == ""
