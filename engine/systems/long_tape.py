"""One long tape of BFF on which threads start anywhere: replicators without programs.

Agüera y Arcas et al., "Computational Life: How Well-formed, Self-replicating Programs Emerge from
Simple Interaction", 2024, arXiv:2406.19108; the rules in detail are ours (`engine.soup.long_tape`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.grid import disc_cells
from engine.core.params import Params, live
from engine.core.patches import Patched
from engine.core.programs import Alphabet, Found, Line, Place, Replication, Trace
from engine.core.system import (
    Action,
    BrushTool,
    Mark,
    Part,
    Poll,
    Row,
    Scope,
    SystemInfo,
    ViewOffer,
)
from engine.core.views import Pick, Stroke, View, ViewRequest
from engine.soup import drawing, legends, long_tape, places, scoring, tracing
from engine.soup.colourings import Colouring
from engine.soup.counters import check_counters
from engine.soup.detector import TransitionDetector
from engine.soup.language import HALF, language
from engine.soup.layout import Layout
from engine.soup.long_tape import SIZE, LongTape
from engine.soup.metrics import measure
from engine.soup.ordering import Arrangement
from engine.soup.picture import tapes_view
from engine.soup.portraits import When

__all__ = ["LongTapeParams", "LongTapeSoup"]

PIECES = SIZE // HALF
LAYOUT = Layout(PIECES, (1, HALF), 4)
WHERE = Arrangement(LAYOUT)
RAYS = 0.1  # share of bytes that the brush of cosmic rays replaces


class LongTapeParams(Params):
    """Parameters of the long tape."""

    mutation: float = live(
        1 / 4096,
        "Probability with which each byte is replaced in an epoch",
        ge=0.0,
        le=0.1,
    )
    step_limit: int = live(
        1024, "Steps after which a thread is stopped", ge=1, le=8192, log=True, unit="steps"
    )
    measure_every: int = live(
        8, "Epochs between two measurements of entropy", ge=1, le=4096, log=True
    )
    pause_at_transition: bool = live(
        False,
        "Pause when the high-order entropy first exceeds 1 bit per byte: at the transition",
        title="Pause by itself",
    )
    colour: Literal["instruction", "byte"] = live(
        "instruction", "What a colour means: the kind of instruction, or the byte"
    )


class Insertion(BaseModel):
    """What to write onto the tape, and where."""

    program: str = Field("", description="Text or hex:...")
    at: int = Field(0, ge=0, le=SIZE - 1, description="First byte; the tape is a ring")


class LongTapeSoup(Patched):
    """A ring of 65,536 bytes, shown as 256 rows of 256; 1,024 threads run on it in an epoch.

    There are no programs: what is picked, found or scored is a piece of 64 bytes, four in a row.
    """

    info = SystemInfo(
        slug="long-tape",
        title="Long tape",
        summary="Threads start anywhere on one ring of bytes and rewrite it until code copies "
        "itself.",
        paper="B. Agüera y Arcas et al., Computational Life: How Well-formed, Self-replicating "
        "Programs Emerge from Simple Interaction, 2024, arXiv:2406.19108",
        family="Soups",
        tags=("bff", "brainfuck", "self-replication", "origin of life", "artificial life"),
    )
    Params = LongTapeParams
    params: LongTapeParams
    resumes: ClassVar[bool] = True
    incidental: ClassVar[frozenset[str]] = frozenset(
        ("measure_every", "pause_at_transition", "colour")
    )
    wraps = False

    def build(self) -> None:
        """Take the language."""
        self._born = time.monotonic()
        self._marks: list[Mark] = []
        self.language = language("bff_noheads")

    def start(self) -> None:
        """Fill the tape from the seed."""
        self._world = LongTape(self.seed)
        self.params_changed("mutation")
        self._before = 0
        self._bright: NDArray[np.bool_] | None = None
        self._marks = []
        self._detector = TransitionDetector()
        self._unprimed = self._owed = False  # whether the detector has still to meet the tape
        self._log: list[tuple[int, dict[str, float]]] = []
        self._pause = ""

    def params_changed(self, name: str) -> None:
        """Hand live parameters to the tape, which heeds them from the next epoch on."""
        del name
        self._world.mutation = round(self.params.mutation * 2**30)
        self._world.limit = self.params.step_limit

    def advance(self, poll: Poll) -> None:
        """Do one epoch, or the rest of one."""
        self._world.seed = self.seed
        self._prime()
        before = self._world.ops
        self._world.step(poll)
        self._before = before
        if (self._world.epoch - 1) % self.params.measure_every == 0:
            self._measure()

    def _prime(self) -> None:
        """Measure a tape with an unknown past before it changes: order it has is no transition."""
        if self._unprimed:
            self._detector = TransitionDetector()
            self._detector.prime(self._world.epoch, measure(self._pieces).high_order)
            self._unprimed = False

    def _measure(self) -> None:
        """Log the entropies, a matter of two milliseconds; perhaps there is a transition."""
        found, epoch = measure(self._pieces), self._world.epoch
        values = {
            "high-order entropy": found.high_order,
            "Shannon entropy": found.h0,
            "brotli bits per byte": found.bits_per_byte,
        }
        self._log.append((epoch, values))
        if self._detector.observe(epoch, found.high_order):
            self._marks.append(Mark(epoch, "transition"))
            if self.params.pause_at_transition:
                self._pause = f"the state transition was seen at epoch {epoch}"

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what was measured since the last call."""
        log, self._log = self._log, []
        return log

    def log_pending(self) -> bool:
        """Nothing is measured beside the run."""
        return False

    def take_pause(self) -> str:
        """Pause at the transition if that is wished."""
        reason, self._pause = self._pause, ""
        return reason

    @property
    def tape(self) -> NDArray[np.uint8]:
        """The bytes (65536,) after the last whole epoch."""
        return self._world.tape

    @property
    def _pieces(self) -> NDArray[np.uint8]:
        return self.tape.reshape(PIECES, HALF)

    def field(self) -> NDArray[np.uint8]:
        """Return the bytes as they lie in the picture, uint8 (256, 256, 1)."""
        rows, columns = LAYOUT.extent
        return self.tape.reshape(rows, columns, 1)

    def finite(self) -> bool:
        """Bytes are always finite."""
        return True

    # What is seen

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the tape, row by row."""
        return (ViewOffer("world", "Tape", "tapes", modes=("colour",)),)

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Paint the tape as it is asked for."""
        if (request := wanted.get("world")) is None:
            return {}
        when = When(self.step_count, time.monotonic() - self._born)
        return {
            "world": tapes_view(self._pieces, WHERE, self._colours, request, self._bright, when)
        }

    def _colours(self, span: range | None) -> Colouring:
        del span
        alphabet, colour = self.language.alphabet(), self.params.colour
        palette = drawing.hues() if colour == "byte" else legends.families(alphabet)
        legend = legends.legend(colour, alphabet, palette)
        return Colouring(self._pieces, palette, legend, colour)

    def metrics(self) -> dict[str, float]:
        """Return the operations of a thread in the last epoch."""
        return {"operations per thread": (self._world.ops - self._before) / long_tape.THREADS}

    def marks(self) -> tuple[Mark, ...]:
        """List what happened on this tape."""
        return tuple(self._marks)

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know of the transitions before the present: none is noticed twice."""
        super().recall(marks)
        self._marks = list(marks)
        self._detector.recall(marks)
        self._unprimed = self._owed

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe the byte at a place."""
        place = self.locate(pick)
        if place is None:
            return ()
        value = place.code[place.byte]
        name = self.language.alphabet().names[value]
        return (
            Row("address", place.program * HALF + place.byte),
            Row("value", f"{value:02X}" + (f" {name}" if name else "")),
            Row("piece", self.spell(place.code)),
        )

    # Pieces of the tape, as if they were programs

    def alphabet(self) -> Alphabet:
        """Return how bytes are written."""
        return self.language.alphabet()

    def locate(self, pick: Pick) -> Place | None:
        """Return the piece of 64 bytes in a cell."""
        spot = LAYOUT.place_at(pick.at[0], pick.at[1])
        return None if spot is None else places.place(self._pieces, WHERE, *spot)

    def program(self, index: int) -> Place:
        """Return a piece by its number."""
        return places.numbered(self._pieces, WHERE, index, "piece")

    def find(self, text: str) -> Found:
        """Search every piece for a text; the others are dimmed, "" ends that."""
        self._bright = None
        wanted = self.language.assemble(text) if text else b""
        if not wanted:
            return Found(0, ())
        self._bright, first = drawing.containing(
            self._pieces, np.frombuffer(wanted, np.uint8), self.language.alike(text)
        )
        return places.found(self._pieces, WHERE, first)

    def assemble(self, text: str) -> bytes:
        """Read a piece, filled up with zeros."""
        return self.language.assemble(text).ljust(HALF, b"\0")

    def spell(self, code: bytes) -> str:
        """Write bytes as text."""
        return self.language.spell(code)

    def disassemble(self, code: bytes) -> tuple[Line, ...]:
        """Explain a piece."""
        return self.language.disassemble(code)

    def trace(self, left: bytes, right: bytes | None = None, steps: int = 8192) -> Trace:
        """Run a thread from the first byte of two pieces, joined as a tape of their own."""
        if len(left) == 2 * HALF and right is None:
            tape = left
        else:
            tape = tracing.tape(left, right or b"")
            if right is None:
                tape = scoring.generations(self.language, tape[:HALF])[0].tobytes()
        return tracing.trace(self.language, tape, min(steps, self.params.step_limit))

    def score(self, code: bytes) -> Replication:
        """Test whether a piece copies itself onto a partner, as a program of the soup would."""
        return tracing.replication(self.language, code)

    # What can be done to it

    def actions(self) -> dict[str, Action]:
        """Offer writing bytes."""
        return {"write": Action("Write onto the tape", Insertion)}

    def act(self, name: str, arguments: Any) -> int:
        """Write the bytes; returns how many they were."""
        del name
        code = np.frombuffer(self.language.assemble(arguments.program), np.uint8)
        self._write((arguments.at + np.arange(len(code))) % SIZE, code)
        self._marks.append(Mark(self.step_count, f"wrote {len(code)} bytes"))
        return len(code)

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer sterilising and cosmic rays."""
        return (
            BrushTool("erase", "Sterilise", "eraser", "Fill with zeros", radius=12.0),
            BrushTool("rays", "Cosmic rays", "zap", "Replace bytes at random", radius=12.0),
        )

    def brush(self, stroke: Stroke) -> None:
        """Change the bytes under a stroke."""
        if stroke.tool not in {tool.name for tool in self.brushes()}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        rows, columns = disc_cells(stroke.points, stroke.radius, LAYOUT.extent, False)
        if not rows.size:
            return
        title = next(tool.title for tool in self.brushes() if tool.name == stroke.tool)
        self.begin_gesture(f"{title.lower()} stroke", stroke.number)
        places = rows * LAYOUT.extent[1] + columns
        if stroke.tool == "erase":
            self._write(places, np.zeros(places.shape, np.uint8))
            return
        hit = self.world_rng.random(rows.shape) < RAYS
        self._write(places[hit], self.world_rng.integers(0, 256, int(hit.sum()), np.uint8))

    def _write(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Write bytes, (k,), so that it can be undone."""
        before = self.tape[places]
        self.write_back(places, values)
        self.patches.note(places, before, values)

    def write_back(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Write bytes; an epoch that has begun begins again."""
        self._prime()
        self._world.drop()
        self.tape[places] = values

    # What is saved

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return the tape and the counters."""
        if part != "world":
            return {}
        counters = np.array([self._world.epoch, self._world.ops, self._before], np.int64)
        return {"tape": self.tape, "counters": counters}

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take them; an epoch that has begun is forgotten."""
        if part != "world":
            return
        self._world.drop()
        self._world.tape[:] = arrays["tape"]
        self._world.epoch, self._world.ops, self._before = map(int, arrays["counters"])

    def load_state(self, arrays: Mapping[str, NDArray[Any]], scope: Scope) -> None:
        """Restore a state; nothing is known of its past unless `recall` follows."""
        check_counters(
            arrays,
            ("epochs", "operations", "former operations"),
            not_above={"former operations": "operations"},
        )
        super().load_state(arrays, scope)
        if scope != "model":
            self._marks, self._pause = [], ""
            self._owed, self._unprimed = self._unprimed, True
