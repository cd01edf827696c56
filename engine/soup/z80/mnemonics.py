"""The instruction set of the Z80 as text: one template for every opcode of every page.

Templates hold `{n}` (byte), `{nn}` (word), `{d}` (displacement of IX or IY) and `{e}` (of a jump).
Decoding by fields: C. Dinu, "Decoding Z80 opcodes", revision 2, 2003. Ours, for what has no
standard name: SLL shifts a one in; `SET 0,(IX+1),B` also leaves the result in B.
"""

from __future__ import annotations

import functools

__all__ = ["canonical", "main_page", "template"]

REGISTERS = ("B", "C", "D", "E", "H", "L", "(HL)", "A")
PAIRS = ("BC", "DE", "HL", "SP")
CONDITIONS = ("NZ", "Z", "NC", "C", "PO", "PE", "P", "M")
OPERATIONS = ("ADD A,", "ADC A,", "SUB ", "SBC A,", "AND ", "XOR ", "OR ", "CP ")
SHIFTS = ("RLC", "RRC", "RL", "RR", "SLA", "SRA", "SLL", "SRL")
ALONE = ("RLCA", "RRCA", "RLA", "RRA", "DAA", "CPL", "SCF", "CCF")
JUMPS = ("NOP", "EX AF,AF'", "DJNZ {e}", "JR {e}", *(f"JR {c},{{e}}" for c in CONDITIONS[:4]))
EXCHANGES = ("JP {nn}", "", "OUT ({n}),A", "IN A,({n})", "EX (SP),HL", "EX DE,HL", "DI", "EI")
BLOCKS = ("LD", "CP", "IN", "OT")
WAYS = ("I", "D", "IR", "DR")
SPECIAL = ("LD I,A", "LD R,A", "LD A,I", "LD A,R", "RRD", "RLD", "NOP", "NOP")


def _indexed(text: str, index: str) -> str:
    """Put IX or IY for HL where an opcode with that prefix does."""
    if not index or text in ("EX DE,HL",):
        return text
    if "(HL)" in text and not text.startswith("JP"):
        return text.replace("(HL)", f"({index}{{d}})")
    return text.replace("HL", index)


def _first_quarter(y: int, z: int) -> str:
    p, odd = y >> 1, y & 1
    if z == 0:
        return JUMPS[y]
    if z == 1:
        return f"ADD HL,{PAIRS[p]}" if odd else f"LD {PAIRS[p]},{{nn}}"
    if z == 2:
        place = ("(BC)", "(DE)", "({nn})", "({nn})")[p]
        register = "HL" if p == 2 else "A"
        return f"LD {register},{place}" if odd else f"LD {place},{register}"
    if z == 3:
        return f"{'DEC' if odd else 'INC'} {PAIRS[p]}"
    if z < 6:
        return f"{'INC' if z == 4 else 'DEC'} {REGISTERS[y]}"
    return f"LD {REGISTERS[y]},{{n}}" if z == 6 else ALONE[y]


def _last_quarter(y: int, z: int) -> str:
    p, odd = y >> 1, y & 1
    pairs = (*PAIRS[:3], "AF")
    if z == 0:
        return f"RET {CONDITIONS[y]}"
    if z == 1:
        return ("RET", "EXX", "JP (HL)", "LD SP,HL")[p] if odd else f"POP {pairs[p]}"
    if z == 2:
        return f"JP {CONDITIONS[y]},{{nn}}"
    if z == 3:
        return EXCHANGES[y]
    if z == 4:
        return f"CALL {CONDITIONS[y]},{{nn}}"
    if z == 5:
        return ("CALL {nn}", "", "", "")[p] if odd else f"PUSH {pairs[p]}"
    return f"{OPERATIONS[y]}{{n}}" if z == 6 else f"RST 0x{8 * y:02X}"


@functools.cache
def main_page(op: int, index: str = "") -> str:
    """Return the template of an opcode without a prefix, or after that of `index`; "" for prefixes.

    Halves of IX and IY are IXH, IXL, IYH and IYL.
    """
    y, z = op >> 3 & 7, op & 7
    if op >> 6 == 0:
        text = _first_quarter(y, z)
    elif op == 0x76:
        text = "HALT"
    elif op >> 6 == 1:
        text = f"LD {REGISTERS[y]},{REGISTERS[z]}"
    elif op >> 6 == 2:
        text = f"{OPERATIONS[y]}{REGISTERS[z]}"
    else:
        return _indexed(_last_quarter(y, z), index)
    if index and "HL" not in text:
        halves = {"H": f"{index}H", "L": f"{index}L"}
        head, space, rest = text.partition(" ")
        rest = ",".join(halves.get(part, part) for part in rest.split(","))
        return head + space + rest
    return _indexed(text, index)


def _bit_page(op: int, index: str) -> str:
    y, z = op >> 3 & 7, op & 7
    place = f"({index}{{d}})" if index else REGISTERS[z]
    if op >> 6 == 1:
        return f"BIT {y},{place}"
    copy = f",{REGISTERS[z]}" if index and z != 6 else ""
    if op >> 6 == 0:
        return f"{SHIFTS[y]} {place}{copy}"
    return f"{'RES' if op >> 6 == 2 else 'SET'} {y},{place}{copy}"


def _extended_page(op: int) -> str:
    y, z = op >> 3 & 7, op & 7
    p, odd = y >> 1, y & 1
    if op >> 6 == 2 and y >= 4 and z < 4:
        name = BLOCKS[z] + WAYS[y - 4]
        return {"OTI": "OUTI", "OTD": "OUTD"}.get(name, name)
    if op >> 6 != 1:
        return "NOP"
    if z == 0:
        return f"IN {'F' if y == 6 else REGISTERS[y]},(C)"
    if z == 1:
        return f"OUT (C),{'0' if y == 6 else REGISTERS[y]}"
    if z == 2:
        return f"{'ADC' if odd else 'SBC'} HL,{PAIRS[p]}"
    if z == 3:
        return f"LD {PAIRS[p]},({{nn}})" if odd else f"LD ({{nn}}),{PAIRS[p]}"
    if z == 4:
        return "NEG"
    if z == 5:
        return "RETI" if y == 1 else "RETN"
    if z == 6:
        return ("IM 0", "NOP", "IM 1", "IM 2")[y & 3]
    return SPECIAL[y]


def template(prefix: bytes, op: int) -> str:
    """Return the template of an opcode after a prefix: none, CB, ED, DD, FD, DD CB or FD CB.

    "" for opcodes that are prefixes themselves.
    """
    index = {0xDD: "IX", 0xFD: "IY"}.get(prefix[0], "") if prefix else ""
    if prefix and prefix[-1] == 0xCB:
        return _bit_page(op, index)
    if prefix == b"\xed":
        return _extended_page(op)
    return main_page(op, index)


@functools.cache
def canonical() -> dict[str, tuple[bytes, int]]:
    """Map every template to its shortest and lowest code: prefix and opcode."""
    table: dict[str, tuple[bytes, int]] = {}
    for prefix in (b"", b"\xcb", b"\xed", b"\xdd", b"\xfd", b"\xdd\xcb", b"\xfd\xcb"):
        codes = [*range(256)]
        if len(prefix) == 2:  # the codes that a manual knows end in 6
            codes.sort(key=lambda op: op & 7 != 6)
        for op in codes:
            text = template(prefix, op)
            if text:
                table.setdefault(text, (prefix, op))
    return table
