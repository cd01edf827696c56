"""Programs of a real processor, the Z80, on a grid: neighbours run on each other's bytes.

Section 2.4 of Agüera y Arcas et al., "Computational Life: How Well-formed, Self-replicating
Programs Emerge from Simple Interaction", 2024, arXiv:2406.19108; random stream and order of
`znah/zff`, byte for byte.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.patches import Patched
from engine.core.programs import Alphabet, Found, Line, Place, Replication, Trace
from engine.core.system import (
    Action,
    BrushTool,
    Export,
    Mark,
    Part,
    Poll,
    Row,
    Scope,
    SystemInfo,
    ViewOffer,
)
from engine.core.views import Pick, Stroke, View, ViewRequest
from engine.media.table import write_table
from engine.soup import drawing, legends, places, tracing, z80_editing, z80_text, z80_tracing
from engine.soup.colourings import Colouring, shares
from engine.soup.counters import check_counters
from engine.soup.exports import TABLES
from engine.soup.layout import Layout
from engine.soup.observer import Observer, Remembered, Sight
from engine.soup.ordering import Arrangement
from engine.soup.picture import tapes_view
from engine.soup.portraits import When
from engine.soup.z80.families import COLOURS, FAMILIES, WORDS
from engine.soup.z80.mnemonics import main_page
from engine.soup.z80_grid import BYTES, Z80Grid
from engine.soup.z80_parameters import Z80Params

__all__ = ["Z80Params", "Z80Soup"]

TILE = 4
TRANSITION = 1.25
"""Bits per byte: writers of zeros reach 1.18 (seeds 0, 1, 6), a third of copiers 1.3 (seed 7)."""


def _score(code: bytes) -> int:
    """Score a program that became frequent, with the reference's limit of instructions."""
    return z80_tracing.replication(code).score


class Z80Soup(Patched):
    """A grid of 16-byte programs in the machine code of the Zilog Z80.

    A step is a batch of up to 8,192 pairs of neighbours. First programs that write zeros spread,
    then ones that copy themselves through the stack, then block copiers.
    """

    info = SystemInfo(
        slug="z80-soup",
        title="Z80 soup",
        summary="Machine code of the Z80 on a grid: neighbours overwrite each other until one "
        "copies itself.",
        paper="B. Agüera y Arcas et al., Computational Life: How Well-formed, Self-replicating "
        "Programs Emerge from Simple Interaction, 2024, arXiv:2406.19108",
        family="Soups",
        tags=("z80", "assembler", "self-replication", "origin of life", "artificial life"),
    )
    Params = Z80Params
    params: Z80Params
    resumes: ClassVar[bool] = True
    incidental: ClassVar[frozenset[str]] = frozenset(
        ("measure_every", "pause_at_transition", "colour")
    )
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"measure_every": 1},
        {"colour": "species"},
        {"colour": "zeros"},
    )

    def build(self) -> None:
        """Lay the programs out: 4 x 4 cells each."""
        self._born = time.monotonic()
        self._marks: list[Mark] = []
        self._observer = Observer(z80_text.spell, Remembered(_score), "batch", threshold=TRANSITION)
        weakref.finalize(self, self._observer.close)
        count = self.params.width * self.params.height
        self.layout = Layout(count, (TILE, TILE), self.params.width)
        self._where = Arrangement(self.layout)

    def start(self) -> None:
        """Fill the soup from the seed."""
        params = self.params
        self._grid = Z80Grid(self.seed, width=params.width, height=params.height)
        self.params_changed("noise")
        self._before = (0, 0)
        self._bright: NDArray[np.bool_] | None = None
        self._marks = []
        self._pause = ""
        self._observer.restart()

    def params_changed(self, name: str) -> None:
        """Hand live parameters to the grid, which heeds them from the next batch on."""
        del name
        self._grid.limit, self._grid.noise = self.params.step_limit, self.params.noise

    def set_param(self, name: str, value: Any) -> None:
        """Replace a parameter; what was measured of the time to come is that of another one."""
        before = self.params
        super().set_param(name, value)
        if self.params != before and name not in self.incidental:
            # A batch that has begun goes on with the former value.
            self._observer.edited(self._grid.batches + self._grid.begun)

    def advance(self, poll: Poll) -> None:
        """Do one batch, or the rest of one."""
        due = self._grid.batches % self.params.measure_every == 0
        self._observer.prime(self._sight, poll)
        if due:
            self._observer.wait(poll)
        self._observer.rest(poll)
        before = (self._grid.pairs, self._grid.steps)
        self._grid.step(poll)
        self._before = before
        if due:
            self._observer.log(self._sight, self._instructions())
        self._notice()

    def _notice(self) -> None:
        """Take what was measured; perhaps there was a transition."""
        for mark in self._observer.take_transitions():
            self._marks.append(mark)
            if self.params.pause_at_transition and mark.step <= self._grid.batches:
                self._pause = f"the state transition was seen at batch {mark.step}"

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what was measured since the last call."""
        self._notice()
        return self._observer.take_log()

    def log_pending(self) -> bool:
        """Whether something is being measured."""
        return self._observer.pending

    def take_pause(self) -> str:
        """Pause at the transition if that is wished."""
        reason, self._pause = self._pause, ""
        return reason

    @property
    def _sight(self) -> Sight:
        return Sight(self._grid.batches, self.soup)

    @property
    def soup(self) -> NDArray[np.uint8]:
        """The programs (height * width, 16) after the last whole batch."""
        return self._grid.soup

    def field(self) -> NDArray[np.uint8]:
        """Copy the bytes as they lie in the picture, uint8 (4 * height, 4 * width, 1)."""
        rows, columns = self.layout.extent
        return drawing.codes(self.layout, (0, 0, rows, columns), self.soup)[..., None]

    def finite(self) -> bool:
        """Bytes are always finite."""
        return True

    # What is seen

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the soup as tapes, and what is known of its population."""
        return (ViewOffer("world", "Soup", "tapes", modes=("colour",)), *self._observer.offers())

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Paint the soup and its population as they are asked for."""
        views: dict[str, View] = {}
        when = When(self.step_count, time.monotonic() - self._born)
        if (request := wanted.get("world")) is not None:
            views["world"] = tapes_view(
                self.soup, self._where, self._colours, request, self._bright, when
            )
        return views | self._observer.panels(
            set(wanted), self._sight, self.params.measure_every, when
        )

    def _colours(self, span: range | None) -> Colouring:
        del span
        colour, keys, palette = self.params.colour, self.soup, COLOURS
        if colour != "instruction":
            palette = drawing.hues()
        if colour == "species":
            keys = drawing.species(keys)
        elif colour == "zeros":
            keys, palette = shares(keys, np.arange(256) == 0), drawing.ramp()[::-1]
        legend = legends.legend(colour, self._alphabet, palette, words=WORDS)
        return Colouring(keys, palette, legend, colour)

    def metrics(self) -> dict[str, float]:
        """Instructions of a pair in the last batch, shares of zeros and of the next common byte."""
        counts = np.bincount(self.soup.reshape(-1), minlength=256)
        size = self.soup.size
        return {
            "instructions per pair": self._instructions(),
            "share of zeros": float(counts[0]) / size,
            "commonest other byte": float(counts[1:].max()) / size,
        }

    def _instructions(self) -> float:
        """Of a pair in the last batch."""
        pairs, steps = self._before
        return (self._grid.steps - steps) / max(1, self._grid.pairs - pairs)

    def marks(self) -> tuple[Mark, ...]:
        """List what happened in this soup."""
        return tuple(self._marks)

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know of the transitions before the present: none is noticed twice."""
        super().recall(marks)
        self._marks = list(marks)
        self._observer.recall(self._grid.batches, marks)

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe the byte and the program at a place."""
        place = self.locate(pick)
        if place is None:
            return ()
        value = place.code[place.byte]
        partner = int(self._grid.partners[place.program])
        return (
            Row("program", place.program),
            Row("byte", place.byte),
            Row("value", f"{value:02X} {main_page(value).replace('{', '').replace('}', '')}"),
            Row("bytes", self.spell(place.code)),
            Row("ran with", partner if partner >= 0 else "none"),
        )

    # Programs

    @cached_property
    def _alphabet(self) -> Alphabet:
        names = tuple(main_page(op).replace("{", "").replace("}", "") for op in range(256))
        return Alphabet("Z80", BYTES, ("",) * 256, names, FAMILIES, COLOURS)

    def alphabet(self) -> Alphabet:
        """Return how bytes are written: in hex, coloured by family of instruction."""
        return self._alphabet

    def locate(self, pick: Pick) -> Place | None:
        """Return the program in a cell."""
        spot = self.layout.place_at(pick.at[0], pick.at[1])
        return None if spot is None else places.place(self.soup, self._where, *spot)

    def program(self, index: int) -> Place:
        """Return a program by its number."""
        return places.numbered(self.soup, self._where, index)

    def find(self, text: str) -> Found:
        """Search all programs for a piece of one; those without it are dimmed, "" ends that."""
        self._bright = None
        piece = z80_text.assemble(text) if text else b""
        if not piece:
            return Found(0, ())
        self._bright, first = drawing.containing(self.soup, np.frombuffer(piece, np.uint8))
        return places.found(self.soup, self._where, first)

    def assemble(self, text: str) -> bytes:
        """Read a program, filled up with zeros."""
        return z80_text.assemble(text).ljust(BYTES, b"\0")

    def spell(self, code: bytes) -> str:
        """Write bytes as pairs of digits."""
        return z80_text.spell(code)

    def disassemble(self, code: bytes) -> tuple[Line, ...]:
        """Explain a program."""
        return z80_text.disassemble(code)

    def trace(self, left: bytes, right: bytes | None = None, steps: int = 8192) -> Trace:
        """Run a pair step by step."""
        if len(left) == 2 * BYTES and right is None:
            memory = left
        else:
            memory = tracing.tape(left, right or z80_tracing.noise(), BYTES)
        return z80_tracing.trace(memory, min(steps, self.params.step_limit))

    def score(self, code: bytes) -> Replication:
        """Test whether a program replicates."""
        code = tracing.filled(code, BYTES)
        return z80_tracing.replication(code, limit=self.params.step_limit)

    # What can be done to it

    def actions(self) -> dict[str, Action]:
        """Offer injecting and rewriting."""
        return z80_editing.ACTIONS

    def act(self, name: str, arguments: Any) -> Any:
        """Do one of them; returns how many programs were written."""
        if name == "inject":
            code = z80_editing.COPIERS.get(arguments.program) or self.assemble(arguments.program)
            copies = min(arguments.copies, len(self.soup))
            written = self.world_rng.choice(len(self.soup), copies, replace=False)
            self._marks.append(Mark(self.step_count, f"injected {copies}"))
        else:
            code = self.assemble(arguments.text)
            written = np.array([self.program(arguments.program).program])
            self._marks.append(Mark(self.step_count, "rewritten"))
        places = (written[:, None] * BYTES + np.arange(BYTES)).ravel()
        self._write(places, np.tile(np.frombuffer(code, np.uint8), len(written)))
        return len(written)

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer sterilising, cosmic rays and infecting."""
        return z80_editing.BRUSHES

    def brush(self, stroke: Stroke) -> None:
        """Change the bytes under a stroke."""
        programs, at, values = z80_editing.stroke(stroke, self.layout, self.world_rng)
        if programs.size:
            title = next(tool.title for tool in self.brushes() if tool.name == stroke.tool)
            self.begin_gesture(f"{title.lower()} stroke", stroke.number)
            self._write(programs * BYTES + at, values)

    def _write(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Write bytes, (k,), so that it can be undone; places count from the first program on."""
        before = self.soup.reshape(-1)[places]
        self.write_back(places, values)
        self.patches.note(places, before, values)

    def write_back(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Write bytes; a batch that has begun begins again, what was measured of it goes."""
        self._observer.prime(self._sight)
        self._observer.rest()
        self._grid.drop()
        self._observer.edited(self._grid.batches)
        self.soup.reshape(-1)[places] = values

    # What is saved

    def exports(self) -> tuple[Export, ...]:
        """Offer what was measured as tables."""
        return tuple(
            Export(ending, title, partial(self._write_table, ending))
            for ending, title in TABLES.items()
        )

    def _write_table(self, ending: str, path: Path) -> None:
        self._observer.settle(self._sight, self.params.measure_every)
        self._notice()
        write_table(path, *self._observer.table(ending, self._grid.batches))

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return programs, random stream, counters and who ran with whom."""
        if part != "world":
            return {}
        grid = self._grid
        return {
            "programs": grid.soup,
            "stream": grid.state,
            "counters": np.array([grid.batches, grid.pairs, grid.steps, *self._before], np.int64),
            "partners": grid.partners,
        }

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take them; a batch that has begun is forgotten."""
        if part != "world":
            return
        grid = self._grid
        self._observer.rest()
        grid.drop()
        grid.soup[:], grid.state[:] = arrays["programs"], arrays["stream"]
        grid.partners[:] = arrays["partners"]
        grid.batches, grid.pairs, grid.steps, *before = map(int, arrays["counters"])
        self._before = (before[0], before[1])

    def load_state(self, arrays: Mapping[str, NDArray[Any]], scope: Scope) -> None:
        """Restore a state; nothing is known of its past unless `recall` follows."""
        check_counters(
            arrays,
            ("batches", "pairs", "instructions", "former pairs", "former instructions"),
            not_above={"former pairs": "pairs", "former instructions": "instructions"},
        )
        if scope != "model":  # of a checkpoint whose weights alone are wanted there is no soup yet
            self._check_partners(arrays.get("world/partners"))
        super().load_state(arrays, scope)
        if scope != "model":
            self._marks, self._pause = [], ""
            self._observer.restored()

    def _check_partners(self, partners: NDArray[Any] | None) -> None:
        if partners is not None and ((partners < -1) | (partners >= len(self.soup))).any():
            raise BadInput(
                "the saved world is damaged: programs ran with some that do not exist",
                remedy="Use an earlier checkpoint",
            )
