"""The Z80's disassembler and assembler: every opcode, there and back."""

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup.z80.core import step
from engine.soup.z80.state import PC, new_registers
from engine.soup.z80_text import assemble, disassemble, spell

PREFIXES = [(), (0xCB,), (0xED,), (0xDD,), (0xFD,), (0xDD, 0xCB, 3), (0xFD, 0xCB, 0xFE)]
CODES = [bytes([*prefix, op, 0x12, 0xF4]) for prefix in PREFIXES for op in range(256)]


def together(code: bytes) -> str:
    return "\n".join(line.text for line in disassemble(code))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("01c501", "LD BC,0x01C5"),
        ("c5", "PUSH BC"),
        ("edb0", "LDIR"),
        ("edb3", "OTIR"),
        ("eda3", "OUTI"),
        ("dd3605ff", "LD (IX+5),0xFF"),
        ("fd66fe", "LD H,(IY-2)"),
        ("dd26 07", "LD IXH,0x07"),
        ("ddcb04c0", "SET 0,(IX+4),B"),
        ("ddcb044e", "BIT 1,(IX+4)"),
        ("ddcb0449", "BIT 1,(IX+4) {DD CB 04 49}"),
        ("18fe", "JR $+0"),
        ("20fb", "JR NZ,$-3"),
        ("ed4c", "NEG {ED 4C}"),
        ("ed6b3412", "LD HL,(0x1234) {ED 6B 34 12}"),
        ("dd04", "INC B {DD 04}"),
        ("ddedb0", "LDIR {DD ED B0}"),
        ("ddfd", "NOP {DD FD}"),
        ("dde9", "JP (IX)"),
        ("ddeb", "EX DE,HL {DD EB}"),
        ("cb36", "SLL (HL)"),
        ("ed71", "OUT (C),0"),
        ("21", "DB 0x21"),
    ],
)
def test_instructions_are_written_as_people_do(code: str, text: str) -> None:
    assert [line.text for line in disassemble(bytes.fromhex(code))] == [text]
    assert assemble(text) == bytes.fromhex(code)


def test_everything_that_is_written_can_be_read() -> None:
    for code in CODES:
        assert assemble(together(code)) == code, code.hex()


def test_random_programs_survive() -> None:
    for code in np.random.default_rng(0).integers(0, 256, (300, 16), np.uint8):
        lines = disassemble(code.tobytes())
        assert b"".join(line.code for line in lines) == code.tobytes()
        assert assemble(together(code.tobytes())) == code.tobytes()
        assert assemble(spell(code.tobytes())) == code.tobytes()


def test_lengths_are_those_of_the_processor() -> None:
    """Where an instruction neither jumps nor repeats, the next line is where the counter stands."""
    jumps = ("J", "CALL", "R", "DJNZ", "HALT")
    for code in CODES:
        first = disassemble(code + bytes(4))[0]
        if first.text.startswith(jumps) or first.text[-2:] in ("IR", "DR"):
            continue
        memory = np.zeros(32, np.uint8)
        memory[: len(code)] = list(code)
        r = new_registers()
        step(r, memory)
        assert r[PC] == len(first.code), (code.hex(), first.text)


def test_a_source_with_comments_and_other_numbers() -> None:
    source = "ld bc , 0c501h ; the copier\npush bc : jr $\n\n"
    assert assemble(source) == bytes.fromhex("0101c5c518fe")
    assert assemble("LD A,255\nLD B,-1") == bytes.fromhex("3eff06ff")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NOP\nLD Q,5", "line 2"),
        ("LD A,256", "256 does not fit"),
        ("JR $+200", "too far"),
        ("hex:0", "two digits"),
        ("hex:0g", "'g'"),
        ("NOP {123}", "two digits"),
        ("DB x", "no number"),
        ("00" * 17, "17 bytes"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        assemble(text)
