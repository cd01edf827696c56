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
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.grid import disc_cells
from engine.core.params import Params, live, rebuild
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
    System,
    SystemInfo,
    ViewOffer,
)
from engine.core.views import Pick, Stroke, TapesView, View, ViewRequest
from engine.media.table import write_table
from engine.soup import drawing, legends, z80_text, z80_tracing
from engine.soup.colourings import shares
from engine.soup.counters import check_counters
from engine.soup.exports import TABLES
from engine.soup.layout import Layout
from engine.soup.observer import Observer, Remembered, Sight
from engine.soup.portraits import When
from engine.soup.z80.families import COLOURS, FAMILIES, WORDS
from engine.soup.z80.mnemonics import main_page
from engine.soup.z80_grid import BYTES, Z80Grid

__all__ = ["Z80Params", "Z80Soup"]

TILE = 4
GLYPH_CELLS = 16_384  # the most cells for which the bytes themselves are handed out
MOST_FOUND = 1000
TRANSITION = 1.25
"""Bits per byte: writers of zeros reach 1.18 (seeds 0, 1, 6), a third of copiers 1.3 (seed 7)."""
RAYS = 0.1  # share of bytes that the brush of cosmic rays replaces
COPIERS = {
    "stack copier": bytes.fromhex("01c5" * 8),
    "LDIR copier": bytes.fromhex("210000111000011000edb00000000000"),
}


def _score(code: bytes) -> int:
    """Score a program that became frequent, with the reference's limit of instructions."""
    return z80_tracing.replication(code).score


class Z80Params(Params):
    """Parameters of the Z80 soup."""

    width: int = rebuild(200, "Programs of a row", ge=8, le=1024, cost="memory")
    height: int = rebuild(200, "Programs of a column", ge=8, le=1024, cost="memory")
    step_limit: int = live(
        128,
        "Instructions after which a pair is stopped",
        ge=1,
        le=1024,
        log=True,
        unit="steps",
    )
    noise: int = live(
        4,
        "After a batch one random byte is written for every 2^n pairs: 0 is much, 14 is nothing",
        ge=0,
        le=14,
    )
    measure_every: int = live(
        16, "Batches between two measurements of entropy and population", ge=1, le=4096, log=True
    )
    pause_at_transition: bool = live(
        False, "Pause when the high-order entropy first exceeds 1.25 bits per byte"
    )
    colour: Literal["instruction", "byte", "species", "zeros"] = live(
        "instruction",
        "What a colour means: the family of the instruction, the byte, the program, its zeros",
    )


class Injection(BaseModel):
    """Which program to write into the soup, and how often."""

    program: str = Field(
        "stack copier",
        description="Instructions or hex:..., or 'stack copier' or 'LDIR copier'",
    )
    copies: int = Field(1, ge=1, le=2**20, description="How many copies, scattered at random")


class Rewrite(BaseModel):
    """One program and its new text."""

    program: int = Field(0, ge=0, le=2**20, description="Which program")
    text: str = Field("", description="Its new instructions, or hex:...")


class Z80Soup(System):
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
        request = wanted.get("world")
        views: dict[str, View] = {} if request is None else {"world": self._picture(request)}
        when = When(self.step_count, time.monotonic() - self._born)
        return views | self._observer.panels(
            set(wanted), self._sight, self.params.measure_every, when
        )

    def _picture(self, request: ViewRequest) -> TapesView:
        layout = self.layout
        region = drawing.clip(request.region, layout.extent)
        keys: NDArray[Any] = self.soup
        palette = COLOURS
        if self.params.colour != "instruction":
            palette = drawing.hues()
        if self.params.colour == "species":
            keys = drawing.species(keys)
        elif self.params.colour == "zeros":
            keys, palette = shares(keys, np.arange(256) == 0), drawing.ramp()[::-1]
        texels = drawing.paint(layout, region, request.max_size, keys, palette, None, self._bright)
        single = texels.shape[:2] == region[2:]
        small = region[2] * region[3] <= GLYPH_CELLS
        return TapesView(
            step=self.step_count,
            seconds=time.monotonic() - self._born,
            data=texels,
            extent=layout.extent,
            region=region,
            shown=self.params.colour,
            tile=layout.tile,
            codes=drawing.codes(layout, region, self.soup) if single and small else None,
            legend=legends.legend(self.params.colour, self._alphabet, palette, words=WORDS),
        )

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
        return None if spot is None else self._place(*spot)

    def program(self, index: int) -> Place:
        """Return a program by its number."""
        if not 0 <= index < len(self.soup):
            raise BadInput(
                f"there is no program {index}",
                remedy=f"Choose a number from 0 to {len(self.soup) - 1}",
            )
        return self._place(index, 0)

    def _place(self, index: int, byte: int) -> Place:
        return Place(index, byte, self.soup[index].tobytes(), self.layout.region_of(index))

    def find(self, text: str) -> Found:
        """Search all programs for a piece of one; those without it are dimmed, "" ends that."""
        self._bright = None
        piece = z80_text.assemble(text) if text else b""
        if not piece:
            return Found(0, ())
        self._bright, first = drawing.containing(self.soup, np.frombuffer(piece, np.uint8))
        indices = np.flatnonzero(self._bright)
        places = tuple(self._place(int(i), int(first[i])) for i in indices[:MOST_FOUND])
        return Found(len(indices), places)

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
            memory = left.ljust(BYTES, b"\0")[:BYTES]
            memory += (right or z80_tracing.noise()).ljust(BYTES, b"\0")[:BYTES]
        return z80_tracing.trace(memory, min(steps, self.params.step_limit))

    def score(self, code: bytes) -> Replication:
        """Test whether a program replicates."""
        return z80_tracing.replication(
            code.ljust(BYTES, b"\0")[:BYTES], limit=self.params.step_limit
        )

    # What can be done to it

    def actions(self) -> dict[str, Action]:
        """Offer injecting and rewriting."""
        return {
            "inject": Action("Inject a program", Injection),
            "rewrite": Action("Rewrite a program", Rewrite, target="program"),
        }

    def act(self, name: str, arguments: Any) -> Any:
        """Do one of them; returns how many programs were written."""
        if name == "inject":
            code = COPIERS.get(arguments.program) or self.assemble(arguments.program)
            copies = min(arguments.copies, len(self.soup))
            places = self.world_rng.choice(len(self.soup), copies, replace=False)
            self._marks.append(Mark(self.step_count, f"injected {copies}"))
        else:
            code = self.assemble(arguments.text)
            places = np.array([self.program(arguments.program).program])
            self._marks.append(Mark(self.step_count, "rewritten"))
        self._prepare_edit()
        self.soup[places] = np.frombuffer(code, np.uint8)
        return len(places)

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer sterilising, cosmic rays and infecting."""
        return (
            BrushTool("erase", "Sterilise", "eraser", "Fill with zeros", radius=24.0),
            BrushTool("rays", "Cosmic rays", "zap", "Replace bytes at random", radius=24.0),
            BrushTool("infect", "Infect", "sprout", "Write stack copiers", radius=6.0),
        )

    def brush(self, stroke: Stroke) -> None:
        """Change the bytes under a stroke."""
        if stroke.tool not in {tool.name for tool in self.brushes()}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        rows, columns = disc_cells(stroke.points, stroke.radius, self.layout.extent, False)
        places = rows // TILE * self.params.width + columns // TILE
        bytes_ = rows % TILE * TILE + columns % TILE
        if stroke.tool == "rays":
            hit = self.world_rng.random(places.shape) < RAYS
            places, bytes_ = places[hit], bytes_[hit]
        if not places.size:
            return
        self._prepare_edit()
        if stroke.tool == "erase":
            self.soup[places, bytes_] = 0
        elif stroke.tool == "rays":
            self.soup[places, bytes_] = self.world_rng.integers(0, 256, places.shape, np.uint8)
        else:
            code = np.frombuffer(COPIERS["stack copier"], np.uint8)
            self.soup[places, bytes_] = code[bytes_]

    def _prepare_edit(self) -> None:
        """Let a batch that has begun begin again, and what was measured of later ones go."""
        self._observer.prime(self._sight)
        self._observer.rest()
        self._grid.drop()
        self._observer.edited(self._grid.batches)

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
