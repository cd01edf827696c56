from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.soup import lineage


def _tokens(programs: int, epochs: int, places: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (programs, 64)
    return np.stack([rng.integers(0, epochs, shape), rng.integers(0, places, shape)]).astype(
        np.uint32
    )


@pytest.mark.parametrize(("epochs", "places"), [(1, 1), (3, 5), (2**32, 2**32)])
@pytest.mark.parametrize("bucket", [1 << 20, 300])
def test_token_census_agrees_with_counting_in_python(
    epochs: int, places: int, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "_BUCKET", bucket)
    tokens = _tokens(32, epochs, places)
    counted = Counter(zip(tokens[0].ravel().tolist(), tokens[1].ravel().tolist(), strict=True))
    expected = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:10]
    found = lineage.token_census(tokens)
    assert (found.size, found.distinct) == (2048, len(counted))
    assert list(zip(found.born.tolist(), found.place.tolist(), strict=True)) == [
        token for token, _ in expected
    ]
    assert found.copies.tolist() == [count for _, count in expected]
    assert found.share == pytest.approx(sum(count for _, count in expected) / 2048)


def test_majority_takes_the_most_common_and_then_the_oldest_token() -> None:
    tokens = np.zeros((2, 4, 8), np.uint32)
    tokens[0] = np.array([5, 5, 3, 9])[:, None]
    tokens[1] = np.arange(8)
    tokens[0, :, 1] = [7, 2, 7, 2]
    found = lineage.majority(tokens, np.arange(4))
    assert found[0].tolist() == [5, 2, 5, 5, 5, 5, 5, 5]
    assert found[1].tolist() == list(range(8))


def test_origins_name_the_programs_that_gave_most_bytes() -> None:
    tokens = np.zeros((2, 8), np.uint32)
    tokens[1] = 8 * 21 + np.arange(8)
    tokens[:, 6:] = [[4, 4], [8 * 3, 8 * 3 + 1]]
    assert lineage.origins(tokens) == (lineage.Origin(0, 21, 6), lineage.Origin(4, 3, 2))


def test_shared_tokens_may_lie_at_other_bytes() -> None:
    child = np.stack([np.zeros(8), np.arange(8)]).astype(np.uint32)
    parent = np.stack([np.zeros(8), np.arange(8)[::-1] + 2]).astype(np.uint32)
    assert lineage.shared(child, parent) == 6
    assert lineage.shared(child, np.ones((2, 8), np.uint32)) == 0


def test_a_parent_shares_at_least_half() -> None:
    assert lineage.nearest({}, 8) is None
    assert lineage.nearest({1: 3, 2: 2}, 8) is None
    assert lineage.nearest({1: 4, 2: 4}, 8) == 1
    assert lineage.nearest({1: 4, 2: 5}, 8) == 2
    assert lineage.likeness(b"abcd", b"abdd") == 3
