"""Epochs in one piece and in pieces, their tokens, and what is refused.

That they are the reference's is held by `test_soup_golden.py`.
"""

import numpy as np
import pytest

from engine.core import device
from engine.core.errors import BadInput, Cancelled
from engine.soup import cpu_executor
from engine.soup.ahead import Ahead
from engine.soup.epoch import Soup
from engine.soup.language import language
from engine.soup.pairing import Cyclic, Fixed, Shuffle, grid


@pytest.fixture(params=[1, 2])
def threads(request):
    device.set_threads(request.param)
    yield request.param
    device.set_threads(0)


def test_threads_and_interruptions_change_nothing(threads, monkeypatch):
    """Every other call of `poll` raises: the epoch goes on where it was, unseen until then."""
    monkeypatch.setattr(cpu_executor, "BLOCK", 8)
    soup, whole = (Soup(language("bff_noheads"), 1024, 7, pairing=grid(32, 32)) for _ in range(2))
    calls = stopped = 0

    def poll():
        nonlocal calls
        calls += 1
        if calls % 2:
            raise Cancelled

    for _ in range(9):
        whole.step()
        while soup.epoch < whole.epoch:
            before, epoch = soup.soup.copy(), soup.epoch
            try:
                soup.step(poll)
            except Cancelled:
                stopped += 1
                assert soup.begun
                assert soup.epoch == epoch
                np.testing.assert_array_equal(soup.soup, before)
        np.testing.assert_array_equal(soup.soup, whole.soup)
        assert soup.ops == whole.ops
    assert stopped > 20


def interrupt():
    raise Cancelled


def test_parameters_count_from_the_next_epoch():
    runs = [Soup(language("bff_noheads"), 64, 3) for _ in range(2)]
    with pytest.raises(Cancelled):
        runs[0].step(interrupt)
    assert runs[0].begun
    runs[0].mutation, runs[0].limit, runs[0].pairing = 2**29, 1, Cyclic()
    for soup in runs:
        soup.step()
    np.testing.assert_array_equal(runs[0].soup, runs[1].soup)
    for soup in runs:
        soup.step()
    assert (runs[0].soup != runs[1].soup).any()


def test_an_edited_soup_begins_its_epoch_again():
    one, two = (Soup(language("bff_noheads"), 64, 3) for _ in range(2))
    with pytest.raises(Cancelled):
        one.step(interrupt)
    for soup in (one, two):
        soup.soup[5] = 0
        soup.drop()
        soup.step()
    np.testing.assert_array_equal(one.soup, two.soup)


def test_tokens_follow_copies_and_tell_when_a_byte_was_born():
    """A replicator on the left of noise: its copy carries the tokens of its own bytes."""
    spoken = language("bff_noheads")
    code = spoken.replicator.ljust(64, b"\0")
    soup = Soup(spoken, 2, 4, pairing=Cyclic(), mutation=0, tracers=True, initial=code)
    soup.epoch = 1  # pairs (0, 1)
    np.testing.assert_array_equal(soup.tokens[1], np.arange(128).reshape(2, 64))
    soup.step()
    np.testing.assert_array_equal(soup.soup[1], soup.soup[0, ::-1])
    same = soup.tokens[1, 1] == soup.tokens[1, 0, ::-1]
    assert same.sum() > 56
    assert (soup.tokens[0] == 0).all()


def test_a_mutation_is_a_birth_even_of_an_equal_byte():
    soup = Soup(language("bff_noheads"), 64, 4, mutation=2**30, limit=0, tracers=True)
    soup.soup[:] = 0
    soup.step()
    assert (soup.tokens[0] == 1).all()
    np.testing.assert_array_equal(soup.tokens[1], np.arange(64 * 64).reshape(64, 64))
    soup.mutation = 2**26
    before = soup.tokens.copy()
    soup.step()
    fresh = soup.tokens[0] == 2
    assert 150 < fresh.sum() < 370  # 1 in 16 of 4,096
    np.testing.assert_array_equal(soup.tokens[1][~fresh], before[1][~fresh])


def test_a_reset_gives_all_bytes_new_tokens():
    soup = Soup(language("bff_noheads"), 64, 4, reset_every=2, limit=0, tracers=True)
    soup.step()
    assert (soup.tokens[0] <= 1).all()
    assert soup.resets == 0
    soup.step()
    assert soup.resets == 1
    assert (soup.tokens[0] >= 1).all()


@pytest.mark.parametrize("programs", [63, 1, 0, -2])
def test_odd_soups_are_refused(programs):
    with pytest.raises(BadInput, match="cannot be paired"):
        Soup(language("bff_noheads"), programs, 1)


def test_too_much_is_refused():
    with pytest.raises(BadInput, match="too many"):
        Soup(language("bff_noheads"), 2**24 + 2, 1)
    with pytest.raises(BadInput, match="200 bytes, the soup 128"):
        Soup(language("bff_noheads"), 2, 1, initial=b"\0" * 200)
    with pytest.raises(BadInput, match="power of two"):
        Soup(language("bff_noheads"), 6, 1, pairing=Fixed())


def test_many_blocks_are_one_epoch(monkeypatch):
    whole = Soup(language("bff_noheads"), 512, 3)
    whole.step()
    monkeypatch.setattr(cpu_executor, "BLOCK", 7)
    cut = Soup(language("bff_noheads"), 512, 3)
    cut.step()
    np.testing.assert_array_equal(whole.soup, cut.soup)
    assert whole.ops == cut.ops


def finish(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_an_order_drawn_ahead_is_the_order_of_its_epoch_alone():
    ahead, shuffle, order = Ahead(), Shuffle(), np.empty(512, np.int32)
    assert finish(ahead.take(shuffle, 3, 9)) is None
    pairs = finish(shuffle.arrange(order, 3, 9))
    ahead.request(shuffle, 512, 3, 9)
    assert finish(ahead.take(Cyclic(), 3, 9)) is None
    assert finish(ahead.take(shuffle, 4, 9)) is None
    assert finish(ahead.take(shuffle, 3, 8)) is None
    drawn, count = finish(ahead.take(shuffle, 3, 9))
    np.testing.assert_array_equal(drawn, order)
    assert count == pairs == 256
    assert finish(ahead.take(shuffle, 3, 9)) is None  # it was handed over
