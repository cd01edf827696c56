"""Z80 programs as text: a disassembler of every prefix, and an assembler that reads what it writes.

Numbers are hexadecimal (0x12), jumps count from the address of their own instruction ($-3). An
unusual encoding of an instruction, such as one after an ignored prefix, follows it in braces, so
that assembling gives the same bytes again: ``NEG {ED 4C}``.
"""

from __future__ import annotations

import re

from engine.core.errors import BadInput
from engine.core.programs import Line
from engine.soup.z80.mnemonics import canonical, template

__all__ = ["assemble", "disassemble", "spell"]

HEX = "hex:"
FIELD = re.compile(r"\{(n|nn|d|e)\}")
NUMBER = r"([+-]?(?:0X[0-9A-F]+|[0-9][0-9A-F]*H|[0-9]+))"
SIZES = {"n": 1, "d": 1, "e": 1, "nn": 2}


def disassemble(code: bytes) -> tuple[Line, ...]:
    """Explain a program line by line; what goes on behind its end is written as single bytes."""
    lines = []
    at = 0
    while at < len(code):
        line = _line(code, at)
        lines.append(line)
        at += len(line.code)
    return tuple(lines)


def _line(code: bytes, at: int) -> Line:
    prefix, op, fields, length = _decode(code, at)
    taken = bytes(code[at : at + length])
    if at + length > len(code):
        rest = bytes(code[at:])
        return Line(at, rest, _data(rest), "goes on behind the end")
    if op < 0:
        return Line(at, taken, f"NOP {{{taken.hex(' ').upper()}}}", "two prefixes do nothing")
    text = template(prefix, op)
    if not text:  # DD or FD before ED: the prefix is ignored
        text = template(b"\xed", fields["op"])
    known = canonical().get(text) == (prefix, op)
    remark = ""
    target = None
    for name, value in fields.items():
        if name == "nn":
            shown = f"0x{value:04X}"
            target = value
        elif name == "n":
            shown = f"0x{value:02X}"
        elif name == "d":
            shown = f"{(value ^ 128) - 128:+d}"
        elif name == "e":
            shown = f"${(value ^ 128) - 128 + 2:+d}"
            target = at + length + (value ^ 128) - 128
            if length != 2:
                known = False
        else:
            continue
        text = text.replace(f"{{{name}}}", shown)
    if not known:
        text += f" {{{taken.hex(' ').upper()}}}"
        remark = "an unusual encoding"
        if taken[0] in (0xDD, 0xFD) and prefix[-1:] != b"\xcb":
            remark = "the prefix does nothing"
    if target is not None:
        where = f"address {target % 32} of 32"
        remark = f"{remark}; {where}" if remark else where
    return Line(at, taken, text, remark)


def _decode(code: bytes, at: int) -> tuple[bytes, int, dict[str, int], int]:
    """Return prefix, opcode (-1 for two prefixes in a row), operands and length in bytes."""

    def byte(offset: int) -> int:
        return code[at + offset] if at + offset < len(code) else 0

    op, length = byte(0), 1
    prefix = b""
    fields: dict[str, int] = {}
    if op in (0xDD, 0xFD):
        prefix, op, length = bytes([op]), byte(1), 2
        if op in (0xDD, 0xFD):
            return prefix, -1, fields, length
        if op == 0xCB:
            return prefix + b"\xcb", byte(3), {"d": byte(2)}, 4
        if op == 0xED:  # ignored before it
            _, last, fields, more = _decode(code, at + 1)
            return prefix, 0xED, {"op": last, **fields}, more + 1
    elif op in (0xCB, 0xED):
        prefix, op, length = bytes([op]), byte(1), 2
    for name in FIELD.findall(template(prefix, op)):
        fields[name] = byte(length)
        if name == "nn":
            fields[name] |= byte(length + 1) << 8
        length += SIZES[name]
    return prefix, op, fields, length


def _data(code: bytes) -> str:
    return "DB " + ",".join(f"0x{value:02X}" for value in code)


def spell(code: bytes) -> str:
    """Write bytes as pairs of digits, which `assemble` reads."""
    return bytes(code).hex(" ")


def assemble(text: str, length: int = 16) -> bytes:
    """Read a program of at most `length` bytes.

    Parameters
    ----------
    text : str
        Instructions, one a line or with ``:`` between them, comments after ``;``; or pairs of
        hexadecimal digits, with ``hex:`` before them or not.
    length : int
        Bytes of a program.

    Raises
    ------
    BadInput
        Names the line, and what is wrong in it.
    """
    digits = re.sub(r"\s", "", text.removeprefix(HEX))
    if text.startswith(HEX) or (re.fullmatch("[0-9a-fA-F]+", digits) and len(digits) % 2 == 0):
        wrong = re.search("[^0-9a-fA-F]", digits)
        if wrong or len(digits) % 2:
            what = f"{wrong[0]!r} is no hexadecimal digit" if wrong else "a byte has two digits"
            raise BadInput(f"the program cannot be read: {what}")
        if not digits:
            raise BadInput("no byte follows hex:", remedy="Write bytes as pairs of digits")
        code = bytes.fromhex(digits)
    else:
        code = b""
        for number, line in enumerate(text.splitlines(), 1):
            for part in line.split(";")[0].split(":"):
                if part.strip():
                    code += _assemble_one(part.strip(), number)
    if len(code) > length:
        raise BadInput(f"the program has {len(code)} bytes, a program holds {length}")
    return code


def _assemble_one(text: str, line: int) -> bytes:
    explicit = re.search(r"\{([0-9A-Fa-f ]+)\}$", text)
    if explicit:
        return _hex(explicit[1], line)
    upper = re.sub(r"\s*,\s*", ",", re.sub(r"\s+", " ", text.upper()))
    if upper.startswith("DB "):
        return bytes(_number(part, 255, line, text) for part in upper[3:].split(","))
    for known, (prefix, op) in _candidates(upper):
        match = re.fullmatch(_pattern(known), upper, re.IGNORECASE)
        if match:
            names = FIELD.findall(known)
            values = dict(zip(names, match.groups(), strict=True))
            return _encode(prefix, op, values, line, text)
    raise BadInput(
        f"line {line} of the program, {text!r}, is no instruction of the Z80",
        remedy="Write one such as LD BC,0x1234 on each line, or the bytes as hex:",
    )


def _candidates(text: str) -> list[tuple[str, tuple[bytes, int]]]:
    """List the templates with the same mnemonic, those without numbers first."""
    word = text.split(" ")[0]
    found = [item for item in canonical().items() if item[0].split(" ")[0] == word]
    return sorted(found, key=lambda item: item[0].count("{"))


def _pattern(known: str) -> str:
    parts = FIELD.split(known)
    out = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            out += re.escape(part)
        elif part == "d":
            out += r"([+-](?:0X[0-9A-F]+|[0-9]+)|)"
        elif part == "e":
            out += r"\$([+-](?:0X[0-9A-F]+|[0-9]+)|)"
        else:
            out += NUMBER
    return out


def _encode(prefix: bytes, op: int, values: dict[str, str], line: int, text: str) -> bytes:
    tail = b""
    for name, written in values.items():
        if name == "nn":
            tail += _number(written, 0xFFFF, line, text).to_bytes(2, "little")
        elif name == "n":
            tail += bytes([_number(written, 255, line, text)])
        else:
            shift = 2 if name == "e" else 0
            value = int(written or "0", 0) - shift
            if not -128 <= value <= 127:
                raise BadInput(f"line {line} of the program, {text!r}: {written} is too far")
            tail += bytes([value & 255])
    if len(prefix) == 2:
        return prefix + tail + bytes([op])
    return prefix + bytes([op]) + tail


def _number(written: str, most: int, line: int, text: str) -> int:
    try:
        value = int(written[:-1], 16) if written.endswith("H") else int(written, 0)
    except ValueError:
        raise BadInput(f"line {line} of the program, {text!r}: {written!r} is no number") from None
    if not -(most + 1) // 2 <= value <= most:
        raise BadInput(f"line {line} of the program, {text!r}: {written} does not fit")
    return value & most


def _hex(digits: str, line: int) -> bytes:
    bare = digits.replace(" ", "")
    if len(bare) % 2:
        raise BadInput(f"line {line} of the program: a byte has two digits")
    return bytes.fromhex(bare)
