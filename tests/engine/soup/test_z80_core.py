"""The Z80 against the traces of the reference, and the corners that they leave out."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.soup.z80 import state
from engine.soup.z80.core import QUICK, run, step
from engine.soup.z80.state import HALTED, PC, SP, A, B, F, H, new_registers

TRACES = json.loads((Path(__file__).parents[2] / "data/soup/z80_traces.json").read_text())["traces"]


def one(code: str, **registers: int) -> tuple[np.ndarray, np.ndarray]:
    """Execute one instruction."""
    memory = np.zeros(32, np.uint8)
    memory[: len(bytes.fromhex(code))] = list(bytes.fromhex(code))
    r = new_registers()
    for name, value in registers.items():
        r[getattr(state, name)] = value
    step(r, memory)
    return r, memory


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 16, 32, 128])
def test_every_trace_of_the_reference(limit: int) -> None:
    cases = [
        (trace["in"], steps, after)
        for trace in TRACES
        for at, steps, after in trace["results"]
        if at == limit
    ]
    memories = np.array([list(bytes.fromhex(start)) for start, _, _ in cases], np.uint8)
    steps = np.zeros(len(cases), np.int64)
    run(memories, limit, steps)
    assert cases
    assert [row.tobytes().hex() for row in memories] == [after for _, _, after in cases]
    assert steps.tolist() == [count for _, count, _ in cases]


def test_a_halt_ends_the_run_and_counts() -> None:
    memories = np.zeros((1, 32), np.uint8)
    memories[0, 2] = 0x76
    steps = np.zeros(1, np.int64)
    run(memories, 128, steps)
    assert steps.tolist() == [3]
    assert one("76")[0][HALTED]


@pytest.mark.parametrize(
    ("a", "flags", "after", "expected"),
    [  # from the table of DAA in The Undocumented Z80 Documented
        (0x9A, 0x00, 0x00, 0x55),
        (0x15, 0x10, 0x1B, 0x0C),
        (0x0F, 0x02, 0x09, 0x0E),
        (0x99, 0x01, 0xF9, 0xAD),
    ],
)
def test_decimal_adjustment(a: int, flags: int, after: int, expected: int) -> None:
    r, _ = one("27", A=a, F=flags)
    assert (r[A], r[F]) == (after, expected)


def test_every_opcode_keeps_registers_in_their_range() -> None:
    rng = np.random.default_rng(1)
    prefixes = [(), (0xCB,), (0xED,), (0xDD,), (0xFD,), (0xDD, 0xCB, 3), (0xFD, 0xCB, 0xFE)]
    for prefix in prefixes:
        for op in range(256):
            memory = rng.integers(0, 256, 32, np.uint8)
            memory[: len(prefix) + 1] = [*prefix, op]
            r = new_registers()
            r[:8] = rng.integers(0, 256, 8)
            r[8:12] = rng.integers(0, 256, 4)
            r[SP] = rng.integers(0, 65536)
            step(r, memory)
            assert ((r[:12] >= 0) & (r[:12] < 256)).all(), (prefix, op)
            assert 0 <= r[SP] < 65536, (prefix, op)
            assert 0 <= r[PC] < 65536, (prefix, op)


def test_an_index_prefix_before_another_opcode_is_ignored() -> None:
    r, _ = one("DD0407", B=4)
    assert (r[B], r[PC]) == (5, 2)
    r, _ = one("DDFD04", B=4)
    assert (r[B], r[PC]) == (4, 2)


def test_the_hidden_copy_of_a_bit_instruction_after_an_index() -> None:
    r, memory = one("DDCB04C0", IX=0, B=9)  # SET 0,(IX+4),B
    assert memory[4] == 1
    assert r[B] == 1


def test_beside_an_indexed_operand_h_stays_h() -> None:
    r, _ = one("DD660105", H=1, IX=0)
    assert r[H] == 0x66


def test_accesses_are_logged() -> None:
    r, memory = one("E5", H=0x12, SP=0)  # PUSH HL
    assert r[state.WRITES] == 2
    assert [int(v) & 31 for v in r[state.LOG + 2 :]] == [31, 30]
    assert memory[31] == 0x12


def test_a_run_equals_its_steps() -> None:
    rng = np.random.default_rng(2)
    memories = rng.integers(0, 256, (300, 32), np.uint8)
    quick = rng.choice(np.flatnonzero(QUICK), memories.shape)
    memories[:200] = np.where(rng.random((200, 32)) < 0.8, quick[:200], memories[:200])
    expected = memories.copy()
    counts = []
    for memory in expected:
        r = new_registers()
        done = 0
        while done < 40 and not r[HALTED]:
            step(r, memory)
            done += 1
        counts.append(done)
    steps = np.zeros(len(memories), np.int64)
    run(memories, 40, steps)
    assert steps.tolist() == counts
    np.testing.assert_array_equal(memories, expected)
