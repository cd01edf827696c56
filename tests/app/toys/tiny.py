"""Programs of eight bytes: > and < move the head, + adds one, . copies, ! ends."""

import numpy as np
from pydantic import BaseModel

from engine.core.errors import BadInput
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.programs import Alphabet, Line, Replication, Trace
from engine.core.system import Action, SystemInfo

SIGNS = {
    62: (">", "head on", "move"),
    60: ("<", "head back", "move"),
    43: ("+", "add one", "arithmetic"),
    46: (".", "copy to the right", "copy"),
    33: ("!", "end", "loop"),
}


class TinyParams(Params):
    """None that matters."""

    rate: float = live(0.5, "A number", ge=0.0, le=1.0)


class Code(BaseModel):
    """What to put in."""

    code: str


class Tiny(GridSystem):
    """A world of programs."""

    info = SystemInfo("tiny", "Tiny", "Programs of eight bytes", "none", "Toys")
    Params = TinyParams

    def build(self):
        self.cells = np.zeros((4, 8, 1), np.float32)

    def start(self):
        self.cells[...] = 0

    def advance(self, poll):
        pass

    def field(self):
        return self.cells

    def channels(self):
        return ("byte",)

    def alphabet(self):
        def part(place, none):
            return tuple(SIGNS.get(c, (none,) * 3)[place] for c in range(256))

        return Alphabet(
            "tiny", 8, part(0, ""), part(1, ""), part(2, "none"), np.zeros((256, 3), np.uint8)
        )

    def locate(self, pick):
        return None

    def program(self, index):
        raise BadInput("there is no such program")

    def find(self, text):
        raise BadInput("there is nothing to be found")

    def assemble(self, text):
        if text.startswith("hex:"):
            return bytes.fromhex(text[4:]).ljust(8, bytes(1))
        codes = {sign: code for code, (sign, _, _) in SIGNS.items()} | {"0": 0}
        for place, sign in enumerate(text):
            if sign not in codes:
                raise BadInput(f"{sign!r} at position {place + 1} is no instruction")
        return bytes(codes[sign] for sign in text).ljust(8, bytes(1))

    def spell(self, code):
        if any(c and c not in SIGNS for c in code):
            return "hex:" + code.hex()
        return "".join(SIGNS[c][0] if c else "0" for c in code)

    def disassemble(self, code):
        return tuple(
            Line(at, code[at : at + 1], SIGNS.get(code[at], ("", "no-op", ""))[1])
            for at in range(len(code))
        )

    def trace(self, left, right=None, steps=64):
        tape = bytearray(left if len(left) == 16 else left + (right or bytes([0xA0]) * 8))
        start, pc, head, rows, counted, reads, writes = bytes(tape), 0, 0, [], [], [], []
        halted = ""
        for step in range(steps):
            rows.append((pc, head))
            code = tape[pc]
            counted.append(code in SIGNS)
            if code == 33:
                halted = "end"
                break
            head = (head + (code == 62) - (code == 60)) % 16
            if code in (43, 46):
                at = head if code == 43 else (head + 8) % 16
                new = (tape[head] + 1) % 256 if code == 43 else tape[head]
                reads.append((step, head))
                writes.append((step, at, tape[at], new))
                tape[at] = new
            pc += 1
            if pc == 16:
                halted = "beyond the tape"
                break
        rows.append((pc, head))

        def column(rows, n, kind):
            return np.array([row[n] for row in rows], kind)

        return Trace(
            np.frombuffer(start, np.uint8),
            ("pc", "head"),
            ("pc", "head"),
            np.array(rows, np.int32),
            np.array(counted),
            *(column(writes, n, k) for n, k in enumerate((np.int32, np.int16, np.uint8, np.uint8))),
            column(reads, 0, np.int32),
            column(reads, 1, np.int16),
            None,
            halted,
        )

    def score(self, code):
        return Replication(7 if 46 in code else 0, 8, 5, np.zeros((6, 16), np.uint8))

    def actions(self):
        return {"inject": Action("Put into the world", Code, target="program")}

    def act(self, name, arguments):
        code = self.assemble(arguments.code)
        self.cells[0, :, 0] = np.frombuffer(code, np.uint8) / 255
