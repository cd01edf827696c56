from __future__ import annotations

import numpy as np
import pytest

from engine.soup.epoch import Soup
from engine.soup.kin import meanings
from engine.soup.language import language
from engine.soup.population import Population, Report

PARENT = np.arange(64, dtype=np.uint8)
CHILD = np.where(PARENT < 20, 200, PARENT).astype(np.uint8)
STRANGER = np.where(PARENT < 33, 100, PARENT).astype(np.uint8)


def _soup(*groups: tuple[np.ndarray, int], programs: int = 256) -> np.ndarray:
    """Return noise with copies of programs from the front."""
    soup = np.random.default_rng(5).integers(0, 256, (programs, 64), np.uint8)
    at = 0
    for code, copies in groups:
        soup[at : at + copies] = code
        at += copies
    return soup


def _keys(report: Report) -> dict[bytes, int]:
    return {one.code: one.key for one in report.strains}


def test_noise_has_no_strains() -> None:
    report = Population().observe(1, _soup())
    assert (report.programs, report.unique, report.strains) == (256, 256, ())


def test_copies_first_seen_and_peak() -> None:
    people = Population()
    people.observe(1, _soup((PARENT, 3)))
    people.observe(65, _soup((CHILD, 90), (PARENT, 40)))
    report = people.observe(129, _soup((CHILD, 100), (PARENT, 1)))
    child, parent = report.strains
    assert (child.code, child.copies, child.seen, child.peak, child.peaked) == (
        CHILD.tobytes(), 100, 65, 100, 129,
    )  # fmt: skip
    assert (parent.copies, parent.seen, parent.place, parent.peak, parent.peaked) == (
        1, 1, 0, 40, 65,
    )  # fmt: skip
    assert [one.copies for one in report.moments] == [{1: 3}, {1: 40, 2: 90}, {1: 1, 2: 100}]
    assert report.unique == 256 - 99


def test_near_copies_are_kin_of_the_strain_that_they_are_most_alike() -> None:
    near = np.tile(PARENT, (30, 1))
    near[np.arange(30), np.arange(30) + 20] = 250
    nearer = np.tile(CHILD, (10, 1))
    nearer[np.arange(10), np.arange(10)] = 250
    soup = _soup((PARENT, 3), (CHILD, 2), (STRANGER, 4))
    people = Population()
    people.observe(1, soup)
    soup[100:130], soup[200:210] = near, nearer
    report = people.observe(2, soup)
    assert [(one.key, one.copies, one.kin) for one in report.strains] == [
        (2, 3, 33), (3, 2, 12), (1, 4, 4),
    ]  # fmt: skip
    assert report.strains[0].code == PARENT.tobytes()
    assert [one.kin for one in report.moments] == [{1: 4, 2: 3, 3: 2}, {1: 4, 2: 33, 3: 12}]
    before = report.until(1)
    assert [(one.kin, one.kin_peak) for one in before.strains] == [(4, 4), (3, 3), (2, 2)]
    later = people.observe(3, _soup((STRANGER, 4)))
    assert {one.key: (one.kin, one.kin_peak) for one in later.strains} == {
        1: (4, 4), 2: (0, 33), 3: (0, 12),
    }  # fmt: skip


def test_kin_are_counted_of_a_few_strains_unlike_each_other_first() -> None:
    soup = _soup((PARENT, 6), (CHILD, 5), (STRANGER, 4))
    report = Population(clans=2).observe(1, soup)
    assert report.moments[0].kin == {1: 11, 3: 4}
    stranger = Population(clans=2).anew().observe(1, soup)
    assert stranger.moments[0].kin == report.moments[0].kin


def test_founders_keep_their_kin_when_another_text_becomes_more_frequent() -> None:
    people = Population(clans=1)
    soup = _soup((PARENT, 3))
    near = np.tile(PARENT, (40, 1))
    near[np.arange(40), np.arange(40)] = 250
    soup[100:140] = near
    assert people.observe(1, soup).moments[-1].kin == {1: 43}
    soup[:9] = CHILD
    assert people.observe(2, soup).moments[-1].kin == {1: 49}
    soup[100:140] = soup[200:240]
    soup[:9] = STRANGER
    assert people.observe(3, soup).moments[-1].kin == {}
    assert people.observe(4, soup).moments[-1].kin == {3: 9}  # it had died out


def test_bytes_that_mean_the_same_make_kin() -> None:
    meaning = (np.arange(256) & 0x7F).astype(np.uint8)
    soup = _soup((PARENT, 3), ((PARENT | 0x80).astype(np.uint8), 1))
    assert Population(meaning=meaning).observe(1, soup).strains[0].kin == 4
    assert Population().observe(1, soup).strains[0].kin == 3


def test_a_takeover_is_seen_in_the_kin_though_copies_are_few() -> None:
    forth = language("forthtrivial")
    soup = Soup(forth, 8192, 1)
    people = Population(meaning=meanings(forth.alphabet()))
    assert people.observe(0, soup.soup).moments[0].kin == {}
    while soup.epoch < 129:
        soup.step()
    report = people.observe(soup.epoch, soup.soup)
    assert report.strains[0].copies < 0.25 * 8192
    assert report.strains[0].kin > 0.6 * 8192
    assert sum(report.moments[-1].kin.values()) > 0.95 * 8192


def test_without_tracers_the_nearest_earlier_program_is_the_parent() -> None:
    people = Population()
    people.observe(1, _soup((PARENT, 4)))
    report = people.observe(2, _soup((PARENT, 4), (CHILD, 5), (STRANGER, 6)))
    keys = _keys(report)
    parents = {one.code: one.parent for one in report.strains}
    assert parents[PARENT.tobytes()] is None
    assert parents[CHILD.tobytes()] == keys[PARENT.tobytes()]
    assert parents[STRANGER.tobytes()] is None  # 33 of 64 bytes differ
    families = {one.code: one.family for one in report.strains}
    assert families[CHILD.tobytes()] == families[PARENT.tobytes()] == keys[PARENT.tobytes()]
    assert families[STRANGER.tobytes()] == keys[STRANGER.tobytes()]
    assert [one.alike for one in report.strains if one.code == CHILD.tobytes()] == [44]


def test_programs_seen_together_are_not_each_others_parents() -> None:
    report = Population().observe(1, _soup((PARENT, 4), (CHILD, 5)))
    assert [one.parent for one in report.strains] == [None, None]


def test_with_tracers_shared_tokens_decide_and_name_the_first_ancestor() -> None:
    people = Population()
    tokens = np.zeros((2, 256, 64), np.uint32)
    tokens[1] = np.arange(256 * 64).reshape(256, 64)
    tokens[1, :4] = 64 * 7 + np.arange(64)
    people.observe(1, _soup((PARENT, 4)), tokens)
    # Every value differs, so that only the tokens tell; half of them were born later, elsewhere.
    stranger = (PARENT + 128).astype(np.uint8)
    tokens[:, :9, :] = tokens[:, :1, :]
    tokens[0, :9, 40:] = 3
    tokens[1, :9, 40:] = 64 * 2 + np.arange(24)
    report = people.observe(9, _soup((stranger, 9)), tokens)
    winner = report.strains[0]
    assert (winner.parent, winner.alike) == (1, 40)
    first, second = winner.origins
    assert (first.epoch, first.program, first.bytes) == (0, 7, 40)
    assert (second.epoch, second.program, second.bytes) == (3, 2, 24)
    assert report.tokens is not None
    assert report.tokens.copies.tolist() == [9] * 10
    assert report.moments[-1].tokens == (256 - 9) * 64 + 64
    assert report.moments[-1].common == pytest.approx(90 / (256 * 64))


def test_going_back_forgets_what_was_seen_since() -> None:
    people, straight = Population(), Population()
    first, second = _soup((PARENT, 3)), _soup((PARENT, 9), (CHILD, 4))
    people.observe(1, first)
    people.observe(65, second)
    people.observe(129, _soup((PARENT, 100), (STRANGER, 7)))
    again = people.observe(65, second)
    straight.observe(1, first)
    expected = straight.observe(65, second)
    assert again.moments[-1].programs == expected.moments[-1].programs
    assert [m.epoch for m in again.moments] == [1, 65]
    for one, other in zip(again.strains, expected.strains, strict=True):
        assert (one.code, one.copies, one.seen, one.peak, one.peaked) == (
            other.code, other.copies, other.seen, other.peak, other.peaked,
        )  # fmt: skip
    people.forget(0)
    assert people.report().strains == ()


def test_memory_is_bounded_and_children_pass_to_their_grandparents() -> None:
    people = Population(top=2, keep=4, points=8)
    code = PARENT.copy()
    for epoch in range(100):
        code[epoch % 64] += 1
        report = people.observe(epoch, _soup((code, 5 + (epoch == 0) * 50)))
        assert len(report.moments) <= 8
        assert len(report.strains) <= 4
        assert report.moments[-1].epoch == epoch
    keys = {one.key for one in report.strains}
    assert all(one.parent is None or one.parent in keys for one in report.strains)
    assert 1 in keys  # it had the highest peak
    assert report.strains[0].family == 1  # though the founder is long forgotten
    gaps = np.diff([one.epoch for one in report.moments[:-1]])
    assert set(gaps.tolist()) == {16}
