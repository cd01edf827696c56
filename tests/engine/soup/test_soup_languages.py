"""Every language against the traces of the reference, and what the languages promise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup.language import HALT, HALTS, TAPE, language, languages

DATA = Path(__file__).parents[2] / "data" / "soup"
NAMES = [
    "bff_noheads",
    "bff",
    "bff8",
    "bff8_noheads",
    "bff_noheads_4bit",
    "bff_perm",
    "bff_selfmove",
    "forth",
    "forthcopy",
    "forthtrivial",
    "forthtrivial_reset",
    "rsubleq4",
    "subleq",
]
LIMITS = (1, 2, 3, 4, 5, 8, 16, 64, 256, 8192)


def load(file, name):
    return [entry for entry in json.loads((DATA / file).read_text()) if entry["lang"] == name]


def tape_of(text):
    return np.frombuffer(bytes.fromhex(text), np.uint8).copy()


def run(one, tapes, limit):
    tapes = np.array(tapes)
    ops = np.full(len(tapes), -1, np.int64)
    one.run(tapes, limit, ops)
    return tapes, ops


def dense_tapes(one, count, seed):
    """Random tapes, half of whose bytes are instructions."""
    draw = np.random.default_rng(seed)
    tapes = draw.integers(0, 256, (count, TAPE), np.uint8)
    known = np.array(sorted(one.opcodes), np.uint8)
    chosen = known[draw.integers(0, len(known), tapes.shape)]
    return np.where(draw.random(tapes.shape) < 0.5, chosen, tapes)


def test_all_are_found():
    assert list(languages()) == NAMES


def test_an_unknown_language_is_named():
    with pytest.raises(BadInput, match=r"'bf'.*bff_noheads_4bit"):
        language("bf")


@pytest.mark.parametrize("name", NAMES)
def test_traces_of_the_reference(name):
    one = language(name)
    traces = load("traces.json", name)
    assert len(traces) >= 5
    for trace in traces:
        for limit in LIMITS:
            expected = tape_of(trace["in"])
            _, wanted, changes = [row for row in trace["results"] if row[0] <= limit][-1]
            for at, piece in changes.items():
                code = tape_of(piece)
                expected[int(at) : int(at) + len(code)] = code
            tapes, ops = run(one, [tape_of(trace["in"])], limit)
            assert ops[0] == wanted, (trace["name"], limit)
            assert tapes[0].tobytes() == expected.tobytes(), (trace["name"], limit)


@pytest.mark.parametrize("name", NAMES)
def test_replicators_of_the_reference(name):
    one = language(name)
    (entry,) = load("replicators.json", name)
    assert one.replicator.hex() == entry["program"]
    for side, text in (
        ("as_left", entry["program"] + entry["partner"]),
        ("as_right", entry["partner"] + entry["program"]),
    ):
        tapes, ops = run(one, [tape_of(text)], 8192)
        assert (ops[0], tapes[0].tobytes().hex()) == (entry[side]["ops"], entry[side]["out"])


@pytest.mark.parametrize("name", NAMES)
def test_traced_and_single_steps_are_the_same_run(name):
    one = language(name)
    tapes = dense_tapes(one, 40, 3)
    limit = 333
    expected, counts = run(one, tapes, limit)
    traced, ops = tapes.copy(), np.zeros(len(tapes), np.int64)
    origins = np.full(tapes.shape, 99, np.int16)
    one.run_traced(traced, origins, limit, ops)
    np.testing.assert_array_equal(traced, expected)
    np.testing.assert_array_equal(ops, counts)
    stack, stack_origin = np.zeros(TAPE, np.uint8), np.zeros(TAPE, np.int16)
    for k, tape in enumerate(tapes):
        origin, state = np.arange(TAPE, dtype=np.int16), np.zeros(8, np.int64)
        one.start(tape, state)
        counted = done = 0
        while done < limit and not state[HALT]:
            counted += one.step(tape, origin, stack, stack_origin, state)
            done += 1
        assert counted == counts[k]
        assert 0 <= state[HALT] < len(HALTS)
        np.testing.assert_array_equal(tape, expected[k])
        np.testing.assert_array_equal(origin, origins[k])


@pytest.mark.parametrize("name", NAMES)
def test_bytes_that_did_not_change_hands_keep_their_value(name):
    one = language(name)
    tapes = dense_tapes(one, 100, 5)
    traced, origins = tapes.copy(), np.zeros(tapes.shape, np.int16)
    one.run_traced(traced, origins, 300, np.zeros(len(tapes), np.int64))
    assert origins.min() >= -1
    assert origins.max() < TAPE
    if "subleq" in name:
        assert (origins == np.arange(TAPE)).all()
    elif name.startswith("forth"):  # every write is a copy or makes a new byte
        old = np.take_along_axis(tapes, origins.clip(0).astype(np.int64), axis=1)
        assert (traced == old)[origins >= 0].all()
        assert (origins == -1).any()
    else:
        assert (origins != np.arange(TAPE)).any()
        assert (origins >= 0).all()


def test_a_replicator_carries_its_tokens_over():
    one = language("bff_noheads")
    tape = np.frombuffer(one.replicator + bytes(64), np.uint8).reshape(1, TAPE).copy()
    origins = np.zeros(tape.shape, np.int16)
    one.run_traced(tape, origins, 8192, np.zeros(1, np.int64))
    assert tape[0, 64:].tobytes() == one.replicator
    np.testing.assert_array_equal(origins[0, 64:], np.arange(64)[::-1])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_without_steps(name):
    one = language(name)
    tapes = dense_tapes(one, 3, 1)
    after, ops = run(one, tapes, 0)
    np.testing.assert_array_equal(after, tapes)
    assert not ops.any()


@pytest.mark.parametrize("name", NAMES)
def test_disassembly_covers_every_byte_once(name):
    one = language(name)
    for tape in dense_tapes(one, 5, 2):
        code = tape[:64].tobytes()
        lines = one.disassemble(code)
        assert b"".join(line.code for line in lines) == code
        assert [line.at for line in lines[1:]] == list(
            np.cumsum([len(line.code) for line in lines])[:-1]
        )
        assert all(line.text for line in lines)


def test_disassembly_says_where_it_goes():
    lines = language("bff_noheads").disassemble(b"[+[-]]]")
    assert [line.remark.rpartition(", ")[2] for line in lines if line.text in "[]"] == [
        "5", "4", "2", "0", "no match in this program",
    ]  # fmt: skip
    assert language("forth").disassemble(b"\x81\xc0\x45")[0].remark == "to 2"
    assert language("forth").disassemble(b"\x81\xc0\x45")[1].remark == "to 0"
    assert language("subleq").disassemble(b"\x03\x85\x7e")[0].text == "t[3] -= t[5]"
    assert language("subleq").disassemble(b"\x03\x85\x7e")[0].remark.endswith("the end")
    assert language("rsubleq4").disassemble(b"\x00\x01\x02\xff")[0].remark.endswith("the end")
