"""Kin: near copies count for what they are copies of, and random programs for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.soup.census import census
from engine.soup.kin import OWN, count_kin, distinct_first, meanings, needed
from engine.soup.language import language, languages

PROGRAMS = 1024


def _noise(programs: int = PROGRAMS, length: int = 64, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (programs, length), np.uint8)


def _kin(soup: np.ndarray, codes: np.ndarray, meaning: np.ndarray) -> list[int]:
    counted = census(soup, 0, codes)
    least = needed(codes, meaning, soup)
    rows = counted.rows.tolist()
    kin: list[int] = count_kin(soup, counted.kinds, codes, rows, meaning, least).tolist()
    return kin


def _plain(
    soup: np.ndarray, codes: np.ndarray, meaning: np.ndarray, least: np.ndarray
) -> list[int]:
    """Count kin as one would with pencil and paper."""
    counts = [0] * len(codes)
    texts = [code.tobytes() for code in codes]
    for program in soup:
        agree = [int((meaning[program] == meaning[code]).sum()) for code in codes]
        kin = [index for index in range(len(codes)) if agree[index] >= least[index]]
        if program.tobytes() in texts:
            counts[texts.index(program.tobytes())] += 1
        elif kin:
            counts[max(kin, key=lambda index: (agree[index], -index))] += 1
    return counts


@pytest.mark.parametrize("length", [16, 64])
def test_kin_agree_with_counting_in_python(length: int) -> None:
    rng = np.random.default_rng(3)
    codes = _noise(5, length, seed=1)
    codes[3] = np.where(rng.random(length) < 0.2, codes[0], codes[2])
    soup = codes[rng.integers(0, 5, 400)]
    soup = np.where(rng.random((400, 1)) < rng.random((400, length)), soup, _noise(400, length))
    soup[::50] = codes[1]
    meaning = (OWN & 0x3F).astype(np.uint8)
    least = needed(codes, meaning, soup)
    expected = _plain(soup, codes, meaning, least)
    assert all(expected)
    assert sum(expected) < 400
    assert _kin(soup, codes, meaning) == expected


@pytest.mark.parametrize("name", [*languages(), "Z80"])
def test_random_programs_are_no_kin_in_any_language(name: str) -> None:
    length = 16 if name == "Z80" else 64
    meaning = OWN if name == "Z80" else meanings(language(name).alphabet())
    soup = _noise(8192, length)
    # A random program, one without an instruction, and one with a single one.
    sterile = np.full(length, np.bincount(meaning).argmax(), np.uint8)
    poor = sterile.copy()
    poor[9] = 0x2E
    codes = np.stack([soup[0], sterile, poor])
    if name != "Z80":
        codes = np.concatenate(
            [codes, np.frombuffer(language(name).replicator, np.uint8).reshape(1, 64)]
        )
    kin = _kin(soup, codes, meaning)
    assert kin[0] >= 1  # it is in the soup
    assert sum(kin) <= 1 + 0.001 * len(soup)


def test_bytes_that_mean_the_same_agree() -> None:
    low = meanings(language("bff_noheads_4bit").alphabet())
    assert (low[0x0A], low[0xFA]) == (low[0x1A], low[0x2A])
    assert low[0x01] == low[0x02] == low[0xF5]  # none is an instruction
    assert len(set(low.tolist())) == 12
    code = _noise(1)
    near = (code & 0x0F | _noise(1, seed=8) & 0xF0).astype(np.uint8)
    soup = np.concatenate([code, near, _noise(62, seed=9)])
    assert _kin(soup, code, low) == [2]
    assert _kin(soup, code, OWN) == [1]


def test_agreeing_no_ops_make_no_kin_but_commands_do() -> None:
    meaning = meanings(language("bff_noheads").alphabet())
    code = np.frombuffer(b"[[{.>]-]" + b"a" * 48 + b"]-]>.{[[", np.uint8).reshape(1, 64)
    half, few = np.full((2, 64), 0xF0, np.uint8)
    half[:8] = code[0, :8]
    half[-2:] = code[0, -2:]
    few[:4] = code[0, :4]
    soup = np.concatenate([_noise(), half[None], few[None]])
    assert 48 < needed(code, meaning, soup)[0] <= 58
    assert _kin(soup, code, meaning) == [1]


def test_what_fills_a_soup_needs_more_than_itself() -> None:
    code = np.zeros((1, 16), np.uint8)
    code[0, :4] = 1, 2, 3, 4
    soup = _noise(length=16)
    assert needed(code, OWN, soup)[0] == 9
    soup[:, 2:14] = 0
    assert needed(code, OWN, soup)[0] > 12


def test_strangers_are_chosen_before_kin() -> None:
    codes = _noise(4)
    codes[1, 2:] = codes[0, 2:]
    least = needed(codes, OWN, _noise())
    assert distinct_first(codes, OWN, least, 4) == [0, 2, 3, 1]
    assert distinct_first(codes, OWN, least, 2) == [0, 2]
    assert distinct_first(codes[:0], OWN, least[:0], 2) == []
