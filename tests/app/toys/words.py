"""A world of programs for tests: 64 of 16 letters in tiles of 4 x 4 cells, and every panel view."""

import numpy as np
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.figures import ChartView, GraphView, TableView
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.programs import Alphabet, Found, Line, Place, Replication, Trace
from engine.core.system import Action, Mark, Row, SystemInfo, ViewOffer
from engine.core.views import TapesView

GLYPHS = "<>{}+-.,[]"
KINDS = ("move", "move", "move", "move", "arithmetic", "arithmetic", "copy", "copy", "loop", "loop")
HUES = {"move": (86, 180, 233), "arithmetic": (230, 159, 0), "copy": (0, 158, 115)}
HUES["loop"] = (204, 121, 167)


class WordsParams(Params):
    """None that matters."""

    rate: float = live(0.5, "A number", ge=0.0, le=1.0)


class Wipe(BaseModel):
    """Which."""

    program: int = Field(0, ge=0, le=63)


class Words(GridSystem):
    """Programs of 16 bytes, 8 x 8 of them."""

    info = SystemInfo("words", "Words", "Programs of sixteen letters", "none", "Toys")
    Params = WordsParams

    def build(self):
        self.cells = np.zeros((32, 32, 1), np.float32)
        self.pause_at = 0

    def start(self):
        draws = self.world_rng.integers(0, 256, (64, 16))
        self.codes = draws.astype(np.uint8)
        self.codes[:, 8:] = 0
        self.codes[5, :4] = np.frombuffer(b"[[{.", np.uint8)
        self.codes[40, 9:13] = np.frombuffer(b"[[{.", np.uint8)
        self.pause_at = 12

    def advance(self, poll):
        self.codes[self.step_count % 64, 15] += 1

    def field(self):
        return self.cells

    def channels(self):
        return ("byte",)

    def colours(self):
        table = np.repeat(np.arange(256, dtype=np.uint8)[:, None] // 4 + 24, 3, axis=1)
        for glyph, kind in zip(GLYPHS, KINDS, strict=True):
            table[ord(glyph)] = HUES[kind]
        table[0] = (22, 25, 31)
        return table

    def alphabet(self):
        known = dict(zip(GLYPHS, KINDS, strict=True))
        signs = [chr(code) if chr(code) in known else "" for code in range(256)]
        return Alphabet(
            language="words",
            length=16,
            glyphs=tuple(signs),
            names=tuple(f"does {sign}" if sign else "" for sign in signs),
            kinds=tuple(known.get(sign, "none") for sign in signs),
            colours=self.colours(),
        )

    def tiles(self):
        return self.codes.reshape(8, 8, 4, 4).transpose(0, 2, 1, 3).reshape(32, 32)

    def view_offers(self):
        return (
            ViewOffer("world", "Soup", "tapes"),
            ViewOffer("population", "Population", "table", "panel"),
            ViewOffer("takeover", "Takeover", "chart", "panel"),
            ViewOffer("tree", "Tree", "graph", "panel"),
        )

    def views(self, wanted):
        step = self.step_count
        made = {}
        if "world" in wanted:
            tiles = self.tiles()
            row, column, rows, columns = wanted["world"].region or (0, 0, 32, 32)
            codes = tiles[row : row + rows, column : column + columns].copy()
            made["world"] = TapesView(
                step=step,
                data=self.colours()[codes],
                extent=(32, 32),
                region=(row, column, rows, columns),
                tile=(4, 4),
                codes=codes,
            )
        programs = tuple(code.tobytes() for code in self.codes[:3])
        hues = np.array([(230, 159, 0), (86, 180, 233), (0, 158, 115)], np.uint8)
        if "population" in wanted:
            rows = tuple(
                (self.spell(code), 5387 // (place + 1) + step, 62 - place)
                for place, code in enumerate(programs)
            )
            heads = ("program", "copies", "score")
            made["population"] = TableView(
                step=step, columns=heads, rows=rows, programs=programs, swatches=hues
            )
        if "takeover" in wanted:
            x = np.arange(64.0)
            rise = 1 / (1 + np.exp((30 - x) / 4))
            parts = (("first", 0.6 * rise), ("second", 0.3 * rise), ("others", 1 - 0.9 * rise))
            made["takeover"] = ChartView(
                step=step,
                x="epoch",
                y="share of all bytes",
                curves=tuple((name, x, y) for name, y in parts),
                stacked=True,
                colours=hues,
            )
        if "tree" in wanted:
            made["tree"] = GraphView(
                step=step,
                nodes=np.array([(0, 0), (10, 0), (20, 1)], np.float32),
                edges=np.array([(0, 1), (1, 2)], np.int32),
                labels=("a", "b", "c"),
                sizes=np.array([1.0, 0.5, 0.2], np.float32),
                colours=hues,
                notes=("the first", "5,387 copies", "61 copies"),
                axis="epoch",
                programs=programs,
            )
        return made

    def actions(self):
        return {"wipe": Action("Wipe program", Wipe, target="program")}

    def act(self, name, arguments):
        self.codes[arguments.program] = 0

    def metrics(self):
        return {"entropy": 0.1 + 0.01 * self.step_count, "operations": 40.0 + self.step_count}

    def marks(self):
        return (Mark(10, "transition"),) if self.step_count >= 10 else ()

    def take_pause(self):
        if self.step_count != self.pause_at:
            return ""
        self.pause_at = 0
        return "Transition found at step 10"

    def place(self, index, byte):
        region = (index // 8 * 4, index % 8 * 4, 4, 4)
        return Place(index, byte, self.codes[index].tobytes(), region)

    def locate(self, pick):
        row, column = (int(part) for part in pick.at)
        byte = row % 4 * 4 + column % 4
        return self.place(row // 4 * 8 + column // 4, byte)

    def program(self, index):
        return self.place(index, 0)

    def inspect(self, pick):
        place = self.locate(pick)
        text = self.spell(place.code)
        return Row("program", place.program), Row("text", text), Row("age", 0.5, "epochs")

    def find(self, text):
        wanted = self.assemble(text).rstrip(b"\0")
        codes = [code.tobytes() for code in self.codes]
        at = [i for i, code in enumerate(codes) if wanted in code]
        return Found(len(at), tuple(self.place(i, codes[i].index(wanted)) for i in at))

    def assemble(self, text):
        for at, sign in enumerate(text):
            if sign not in GLYPHS:
                raise BadInput(f"{sign!r} at {at + 1} is no sign of this language")
        return text.encode().ljust(16, b"\0")

    def spell(self, code):
        return "".join(chr(c) if chr(c) in GLYPHS else "0" if c == 0 else "?" for c in code)

    def disassemble(self, code):
        return tuple(Line(at, code[at : at + 1], f"byte {at}") for at in range(len(code)))

    def trace(self, left, right=None, steps=8192):
        nothing = np.zeros(0, np.int32)
        start = np.frombuffer(left + (right or bytes(16)), np.uint8)
        return Trace(
            start, ("pc",), ("pc",), np.zeros((1, 1), np.int32), nothing.astype(bool),
            nothing, nothing, nothing, nothing, nothing, nothing,
        )  # fmt: skip

    def score(self, code):
        return Replication(1, 16, 5, np.zeros((1, 32), np.uint8))
