"""Which programs are run: picks, partners, and bytes that are typed before an answer came."""

from __future__ import annotations

from app.panels.tape_pair import TapePair
from engine.core.programs import Place

NOISE = b"\x90\x91\x92\x93"


def place(number: int) -> Place:
    return Place(number, 0, b"abcd", (0, 0, 1, 4))


def test_typing_into_a_half_leaves_the_other_as_it_was() -> None:
    pair = TapePair(length=4)
    pair.load(b"abcd", place(7))
    start = b"abcd" + NOISE
    assert pair.edit(start, 1, ord("B")) == b"aBcd" + NOISE
    # The run of that has not come yet: `start` is still the one before.
    assert pair.edit(start, 2, ord("C")) == b"aBCd" + NOISE
    assert pair.question() == {"left": b"aBCd"}
    assert (pair.title(), pair.company()) == ("program 7, edited", "with noise")
    assert pair.edit(start, 2, ord("C")) is None
    assert pair.edit(start, 5, 0) == b"aBCd\x90\x00\x92\x93"
    assert pair.question() == {"left": b"aBCd", "right": b"\x90\x00\x92\x93"}
    assert pair.company() == "with a partner"


def test_a_partner_stays_when_another_program_is_picked() -> None:
    pair = TapePair(length=4)
    pair.load(b"abcd", None)
    pair.join(b"efgh", place(3))
    pair.load(b"ijkl", place(9))
    assert pair.question() == {"left": b"ijkl", "right": b"efgh"}
    assert (pair.title(), pair.company()) == ("program 9", "with program 3")
    pair.swap(b"ijklefgh")
    assert pair.question() == {"left": b"efgh", "right": b"ijkl"}
    assert (pair.title(), pair.company()) == ("program 3", "with program 9")
    pair.join(None, None)
    assert pair.company() == "with noise"


def test_a_whole_tape_has_no_partner_until_it_is_given_one() -> None:
    pair = TapePair(length=4)
    pair.join(b"efgh", place(3))
    pair.load(b"abcdefgh", None)
    assert pair.whole
    assert pair.question() == {"left": b"abcdefgh"}
    assert (pair.title(), pair.company()) == ("whole tape", "its halves")
    assert pair.edit(b"abcdefgh", 6, ord("G")) == b"abcdefGh"
    assert pair.program == b"abcd"
    pair.join(b"abcd", None)
    assert (pair.whole, pair.company()) == (False, "with itself")
