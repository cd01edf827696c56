"""Scores against the reference's, and what tracing tells of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup import scoring
from engine.soup.language import language, languages
from engine.soup.tracing import replication, tape, trace

DATA = Path(__file__).parents[2] / "data" / "soup"


def load(file):
    return json.loads((DATA / file).read_text())


@pytest.mark.parametrize("entry", load("replicators.json"), ids=lambda entry: entry["lang"])
def test_scores_of_the_replicators(entry):
    one = language(entry["lang"])
    found = [scoring.score(one, bytes.fromhex(entry["program"]), seed=seed) for seed in range(5)]
    assert found == entry["selfrep_scores_seed0_4"]


@pytest.mark.parametrize("name", list(languages()))
def test_scores_of_the_traces(name):
    entries = [entry for entry in load("traces.json") if entry["lang"] == name]
    for entry in entries:
        program = bytes.fromhex(entry["in"])[:64]
        found = [scoring.score(language(name), program, seed=seed) for seed in range(3)]
        assert found == entry["scores"], entry["name"]


def test_many_programs_are_scored_by_their_numbers():
    one = language("bff_noheads")
    soup = np.random.default_rng(4).integers(0, 256, (40, 64), np.uint8)
    soup[7] = soup[33] = np.frombuffer(one.replicator, np.uint8)
    every = scoring.scores(one, soup, seed=3, epoch=5)
    assert every[7] == every[33] == 64
    assert every.max(initial=0, where=~np.isin(np.arange(40), [7, 33])) < scoring.THRESHOLD
    picked = np.array([33, 2])
    some = scoring.scores(one, soup[picked], seed=3, epoch=5, numbers=picked, total=40)
    np.testing.assert_array_equal(some, every[picked])


def test_poll_ends_scoring():
    one = language("bff_noheads")

    def poll():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoring.scores(one, np.zeros((100, 64), np.uint8), poll=poll)


def test_polls_come_in_time_however_slow_the_tapes_are(monkeypatch):
    now, polled, longest, calls = 0.0, 0.0, 0.0, 0

    def run(tapes, limit, ops):
        nonlocal now, calls
        calls += 1
        now += len(tapes) * (3e-4 if calls > 9 else 1e-6)

    def poll():
        nonlocal polled, longest
        longest, polled = max(longest, now - polled), now

    monkeypatch.setattr(scoring, "time", SimpleNamespace(perf_counter=lambda: now))
    one = replace(language("bff_noheads"), run=run)
    scoring.scores(one, np.zeros((40, 64), np.uint8), poll=poll, workers=1)
    assert now > 0.5
    assert longest < 0.05


def test_generations_show_the_copy():
    one = language("bff_noheads")
    answer = replication(one, one.replicator)
    assert answer.replicates
    assert (answer.score, answer.length, answer.generations.shape) == (64, 64, (6, 128))
    assert answer.generations[0, :64].tobytes() == one.replicator
    assert answer.generations[0, 64:].tobytes() != one.replicator
    assert answer.generations[5].tobytes() == one.replicator * 2
    assert not replication(one, b"").replicates
    with pytest.raises(BadInput, match="65 bytes"):
        replication(one, bytes(65))


@pytest.mark.parametrize("name", list(languages()))
def test_a_trace_is_the_run(name):
    one = language(name)
    for entry in [entry for entry in load("traces.json") if entry["lang"] == name]:
        tape = np.frombuffer(bytes.fromhex(entry["in"]), np.uint8)
        for limit in (0, 5, 256):
            expected, ops = tape.reshape(1, -1).copy(), np.zeros(1, np.int64)
            one.run(expected, limit, ops)
            found = trace(one, tape.tobytes(), limit)
            np.testing.assert_array_equal(found.tape(found.steps), expected[0])
            assert found.counted.sum() == ops[0]
            assert found.steps == limit or found.halted
            assert found.states.shape == (found.steps + 1, len(one.registers))
            for index, step in enumerate(found.write_step):
                assert found.tape(step)[found.write_at[index]] == found.write_old[index]
            assert (found.stack is not None) == name.startswith("forth")


def test_a_trace_names_reads_writes_and_heads():
    one = language("bff_noheads")
    found = trace(one, b"}.+".ljust(64, b" ") + bytes(64))
    assert found.registers == ("pc", "head0", "head1")
    assert found.states[:4].tolist() == [[0, 0, 0], [1, 0, 1], [2, 0, 1], [3, 0, 1]]
    assert list(zip(found.write_step, found.write_at, found.write_new, strict=True)) == [
        (1, 1, ord("}")),
        (2, 0, ord("~")),
    ]
    assert list(zip(found.read_step, found.read_at, strict=True)) == [(1, 0), (2, 0)]
    assert found.halted == "ran off the end of the tape"
    assert found.steps == 128


def test_a_trace_shows_the_stack():
    found = trace(language("forth"), b"\x47\x43\x02".ljust(128, b"\x20"))
    assert found.states[:4].tolist() == [[0, 0], [1, 1], [2, 2], [3, 0]]
    assert found.stack is not None
    assert found.stack[2].tolist() == [7, 3]
    assert (found.write_at[0], found.write_new[0]) == (7, 3)


def test_a_scrambled_half_is_traced():
    code = b"\x40\x08\x45\x03".ljust(64, b"\x20") + bytes([0x13]) * 64
    found = trace(language("forthtrivial_reset"), code, 4)
    assert len(found.write_at) > 48
    assert set(found.write_at) <= set(range(64))
    assert set(found.write_step) == {3}


def test_programs_beside_each_other_fill_a_tape():
    assert tape(b"a", b"bc") == b"a".ljust(64, b"\0") + b"bc".ljust(64, b"\0")
    for pair in ((bytes(65), b""), (b"", bytes(65))):
        with pytest.raises(BadInput, match="65 bytes, a program holds 64"):
            tape(*pair)


def test_a_tape_of_another_length_is_refused():
    with pytest.raises(BadInput, match="64 bytes"):
        trace(language("bff"), bytes(64))
