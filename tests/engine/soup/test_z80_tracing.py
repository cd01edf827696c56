"""Traces of the Z80 and its replication test."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.soup.z80_tracing import POINTERS, REGISTERS, noise, replication, trace

TRACES = json.loads((Path(__file__).parents[2] / "data/soup/z80_traces.json").read_text())["traces"]


def test_the_trace_ends_where_the_reference_does() -> None:
    for case in TRACES:
        limit, steps, after = case["results"][-1]
        found = trace(bytes.fromhex(case["in"]), limit)
        assert found.steps == steps
        assert found.tape(steps).tobytes().hex() == after, case["name"]
        for at, _, middle in case["results"]:
            assert found.tape(at).tobytes().hex() == middle, case["name"]


def test_a_trace_tells_registers_reads_and_writes() -> None:
    found = trace(bytes.fromhex("01c501c5c1").ljust(32, b"\0"), 4)
    column = {name: found.states[:, REGISTERS.index(name)] for name in REGISTERS}
    assert set(POINTERS) <= set(REGISTERS)
    assert column["PC"].tolist() == [0, 3, 4, 5, 6]
    assert column["BC"].tolist() == [0, 0x01C5, 0x01C5, 0x01C5, 0x01C5]
    assert column["SP"].tolist() == [0xFFFF, 0xFFFF, 0xFFFD, 0xFFFF, 0xFFFF]
    assert found.write_at.tolist() == [30, 29]
    assert found.write_new.tolist() == [0x01, 0xC5]
    assert found.read_step.tolist() == [2, 2]
    assert found.read_at.tolist() == [29, 30]
    assert found.halted == ""
    assert " ".join(found.spelt(2).values()) == "04 FFFD FFFF 01C5 0000 0000 0000 0000"


def test_a_halt_is_named() -> None:
    found = trace(bytes([0x76] * 32))
    assert (found.halted, found.steps) == ("HALT", 1)


@pytest.mark.parametrize("case", TRACES[:3], ids=lambda case: case["name"])
def test_the_known_copiers_replicate(case: dict[str, str]) -> None:
    assert replication(bytes.fromhex(case["in"])[:16]).score == 16


def test_noise_and_zeros_do_not_replicate() -> None:
    programs = [bytes(16), noise(), *np.random.default_rng(1).integers(0, 256, (40, 16), np.uint8)]
    for program in programs:
        assert not replication(bytes(program)).replicates
