"""Computational Life: random programs that meet, run on each other, and one day copy themselves.

Agüera y Arcas, Alakuijala, Evans, Laurie, Mordvintsev, Niklasson, Randazzo, Versari, "Computational
Life: How Well-formed, Self-replicating Programs Emerge from Simple Interaction", 2024,
arXiv:2406.19108. There is no fitness: each epoch the programs are paired, mutated a little, run as
one tape that is code and data at once, and put back.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from engine.core.errors import BadInput
from engine.core.params import Params, live, rebuild
from engine.core.programs import Alphabet, Found, Line, Place, Replication, Trace
from engine.core.system import (
    Action,
    BrushTool,
    Mark,
    Part,
    Poll,
    Row,
    System,
    SystemInfo,
    ViewOffer,
)
from engine.core.views import Pick, Stroke, TapesView, View, ViewRequest
from engine.soup import drawing, pairing, tracing
from engine.soup.cuda import choose
from engine.soup.epoch import Soup
from engine.soup.language import HALF, Language, language
from engine.soup.layout import Layout, arrange
from engine.soup.survey import Survey

__all__ = ["ProgramSoup", "SoupParams"]

GLYPH_CELLS = 16_384  # the most cells for which the bytes themselves are handed out
MOST_FOUND = 1000
RAYS = 0.05  # share of bytes that the brush of cosmic rays replaces

NOISE = np.random.default_rng(2406).integers(0, 256, HALF, np.uint8).tobytes()
"""The partner of a program that is tried without one: always the same random bytes."""

PAIRINGS: dict[str, Callable[[], pairing.Pairing]] = {
    "shuffle": pairing.Shuffle,
    "cyclic": pairing.Cyclic,
    "fixed": pairing.Fixed,
}


class SoupParams(Params):
    """Parameters of a soup of programs."""

    language: Literal[
        "bff_noheads",
        "bff",
        "bff_noheads_4bit",
        "bff8",
        "bff8_noheads",
        "bff_perm",
        "bff_selfmove",
        "forth",
        "forthcopy",
        "forthtrivial",
        "forthtrivial_reset",
        "subleq",
        "rsubleq4",
    ] = rebuild("bff_noheads", "The language in which the bytes of the programs are instructions")
    programs: int = rebuild(
        131_072,
        "Number of programs, even; more of them find a replicator in fewer epochs",
        ge=2,
        le=2**22,
        log=True,
        cost="memory",
    )
    grid_width: int = rebuild(
        0,
        "Programs side by side in a world where only neighbours meet; 0 mixes all of them",
        ge=0,
        le=4096,
        cost="memory",
    )
    pairing: Literal["shuffle", "cyclic", "fixed"] = live(
        "shuffle", "Who meets whom in a mixed world: at random, in a ring, or by fixed shuffles"
    )
    mutation: float = live(
        1 / 4096,
        "Probability with which each byte is replaced in an epoch; with 0 life arises more rarely",
        ge=0.0,
        le=0.1,
        log=True,
        least=1e-6,
    )
    step_limit: int = live(
        8192, "Steps after which a pair is stopped", ge=1, le=65_536, log=True, unit="steps"
    )
    plant: str = rebuild(
        "",
        "Program written into the first place; 'replicator' takes the language's own one",
        max_length=400,
    )
    zero: bool = rebuild(False, "Start with zeros instead of random bytes", expert=True)
    reset_every: int = rebuild(
        0, "Fill the soup anew after so many epochs; 0 never", ge=0, le=1_000_000, expert=True
    )
    tracers: bool = rebuild(
        False, "Follow where and when every byte was born; costs speed and memory", cost="memory"
    )
    measure_every: int = live(
        16, "Epochs between two measurements of entropy and population", ge=1, le=4096, log=True
    )
    pause_at_transition: bool = live(
        False, "Pause when the high-order entropy first exceeds 1 bit per byte"
    )
    colour: Literal["instruction", "byte", "species", "age", "lineage"] = live(
        "instruction", "What a colour means; age and lineage need tracers"
    )
    layout: Literal["blocks", "rows"] = live("blocks", "Draw each program as a block or as a row")

    @model_validator(mode="after")
    def _check_form(self) -> SoupParams:
        if self.programs % 2:
            raise ValueError("programs must be even, since they meet in pairs")
        if self.grid_width and self.programs % self.grid_width:
            raise ValueError("programs must be a multiple of grid_width")
        if self.pairing == "fixed" and not self.grid_width and self.programs & (self.programs - 1):
            raise ValueError("fixed shuffles need a power of two of programs")
        return self


class Injection(BaseModel):
    """Which program to write into the soup, how often and where."""

    program: str = Field(
        "replicator", description="Text or hex:..., or 'replicator' for the language's own"
    )
    copies: int = Field(1, ge=1, le=2**22, description="How many copies")
    at: int = Field(-1, ge=-1, le=2**22, description="First place; -1 scatters them at random")


class Stretch(BaseModel):
    """A stretch of programs."""

    first: int = Field(0, ge=0, le=2**22, description="First program")
    count: int = Field(1024, ge=1, le=2**22, description="How many programs")


class Radiation(Stretch):
    """A stretch of programs, and the share of their bytes to replace."""

    rate: float = Field(RAYS, ge=0.0, le=1.0, description="Share of bytes replaced")


class Rewrite(BaseModel):
    """One program and its new text."""

    program: int = Field(0, ge=0, le=2**22, description="Which program")
    text: str = Field("", description="Its new bytes as text or hex:...")


class ProgramSoup(System):
    """A soup of 64-byte programs without any fitness, in thirteen languages.

    A step is an epoch; `advance` goes on where `poll` ended it, and the soup that is seen and saved
    is always that of the last whole epoch.
    """

    info = SystemInfo(
        slug="soup",
        title="Computational Life",
        summary="Random programs meet and rewrite each other until one of them copies itself.",
        paper="B. Agüera y Arcas et al., Computational Life: How Well-formed, Self-replicating "
        "Programs Emerge from Simple Interaction, 2024, arXiv:2406.19108",
        family="Soups",
        tags=("bff", "brainfuck", "self-replication", "origin of life", "artificial life"),
    )
    Params = SoupParams
    params: SoupParams
    resumes: ClassVar[bool] = True
    incidental: ClassVar[frozenset[str]] = frozenset(
        ("measure_every", "pause_at_transition", "colour", "layout")
    )
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = tuple(
        {"language": name, "programs": 64, "tracers": tracers}
        for name in get_args(SoupParams.model_fields["language"].annotation)
        for tracers in (False, True)
    )

    def build(self) -> None:
        """Find the language and the layout."""
        params = self.params
        self.device = choose(self.spec.device, params.programs, params.tracers)
        self._born = time.monotonic()
        self.language: Language = language(self.params.language)
        self._found: NDArray[np.bool_] | None = None
        self._marks: list[Mark] = []
        self._survey = Survey()
        weakref.finalize(self, self._survey.close)
        self._plant = self._read(self.params.plant) if self.params.plant else b""

    def start(self) -> None:
        """Fill the soup from the seed."""
        params = self.params
        pairs: Any = (
            pairing.grid(params.grid_width, params.programs // params.grid_width)
            if params.grid_width
            else PAIRINGS[params.pairing]()
        )
        self._soup = Soup(
            self.language,
            params.programs,
            self.seed,
            pairing=pairs,
            zero=params.zero,
            reset_every=params.reset_every,
            tracers=params.tracers,
            initial=self._plant,
            device=self.device,
        )
        self.params_changed("mutation")
        self._found = None
        self._marks = []
        self._before = (0, 0)
        self._survey.restart()
        self._log: list[tuple[int, dict[str, float]]] = []
        self._pause = ""

    def params_changed(self, name: str) -> None:
        """Hand live parameters to the soup, which heeds them from the next epoch on."""
        self._soup.mutation = round(self.params.mutation * 2**30)
        self._soup.limit = self.params.step_limit
        if name == "pairing" and not self.params.grid_width:
            self._soup.pairing = PAIRINGS[self.params.pairing]()

    def advance(self, poll: Poll) -> None:
        """Do one epoch, or the rest of one."""
        self._soup.seed = self.seed
        before = self._soup.ops
        due = self._soup.epoch % self.params.measure_every == 0
        while due and not self._survey.free:  # the one before is still being measured
            time.sleep(0.002)
            poll()
        self._soup.step(poll)
        self._before = (before, self._soup.ops)
        if due:
            self._survey.request(self._soup.epoch, self.soup, self._soup.tokens, due=True)
        self._collect()

    def _collect(self) -> None:
        """Take what the survey found: numbers for the plots, and perhaps the transition."""
        for finding in self._survey.take():
            values = {
                "high-order entropy": finding.entropies.high_order,
                "Shannon entropy": finding.entropies.h0,
                "brotli bits per byte": finding.entropies.bits_per_byte,
                "unique programs": float(finding.population.unique),
            }
            if finding.population.tokens is not None:
                values["share of ten tokens"] = finding.population.tokens.share
            self._log.append((finding.epoch, values))
            if finding.transition:
                self._marks.append(Mark(finding.epoch, "transition"))
                if self.params.pause_at_transition:
                    self._pause = f"the state transition was seen at epoch {finding.epoch}"

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what was measured since the last call."""
        self._collect()
        log, self._log = self._log, []
        return log

    def log_pending(self) -> bool:
        """Whether a measurement is under way."""
        return self._survey.pending

    def take_pause(self) -> str:
        """Pause at the transition if that is wished."""
        reason, self._pause = self._pause, ""
        return reason

    @property
    def soup(self) -> NDArray[np.uint8]:
        """The programs (n, 64) after the last whole epoch."""
        return self._soup.soup

    def finite(self) -> bool:
        """Bytes are always finite."""
        return True

    # What is seen

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the soup as tapes."""
        return (ViewOffer("world", "Soup", "tapes"),)

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Paint the soup as it is asked for."""
        request = wanted.get("world")
        return {} if request is None else {"world": self._picture(request)}

    @property
    def layout(self) -> Layout:
        """Where the programs lie in the picture."""
        params = self.params
        return arrange(params.programs, HALF, params.layout, params.grid_width)

    def _picture(self, request: ViewRequest) -> TapesView:
        layout = self.layout
        region = drawing.clip(request.region, layout.extent)
        keys, palette = self._colours(layout.span(region))
        texels = drawing.paint(layout, region, request.max_size, keys, palette, None, self._found)
        single = texels.shape[:2] == region[2:]
        small = region[2] * region[3] <= GLYPH_CELLS
        probed = [
            (cell, spot) for cell in request.probes if (spot := layout.place_at(*cell)) is not None
        ]
        probes = [(place, byte, self.soup[place, byte]) for _, (place, byte) in probed]
        return TapesView(
            step=self.step_count,
            seconds=time.monotonic() - self._born,
            data=texels,
            extent=layout.extent,
            region=region,
            shown=self.params.colour,
            probes=np.array(probes, np.float32).reshape(-1, 3),
            probed=tuple(cell for cell, _ in probed),
            channels=("program", "byte", "value"),
            tile=layout.tile,
            codes=drawing.codes(layout, region, self.soup) if single and small else None,
        )

    def _colours(self, span: range) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        """Return keys of the programs in sight and their palette; without tracers, instructions."""
        soup, tokens, colour = self.soup, self._soup.tokens, self.params.colour
        if colour == "byte":
            return soup, drawing.hues()
        if colour == "species":
            return drawing.species(soup, span), drawing.hues()
        if colour == "age" and tokens is not None:
            return drawing.ages(tokens[0], self._soup.epoch, span), drawing.ramp()
        if colour == "lineage" and tokens is not None:
            return drawing.lineages(tokens, span), drawing.hues()
        return soup, self.language.alphabet().colours

    def metrics(self) -> dict[str, float]:
        """Operations per pair in the last epoch."""
        before, after = self._before
        return {"operations per pair": 2 * (after - before) / self.params.programs}

    def marks(self) -> tuple[Mark, ...]:
        """List what was done to this soup."""
        return tuple(self._marks)

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe the byte and the program at a place."""
        place = self.locate(pick)
        if place is None:
            return ()
        value = place.code[place.byte]
        name = self.language.alphabet().names[value]
        return (
            Row("program", place.program),
            Row("byte", place.byte),
            Row("value", f"{value:02X}" + (f" {name}" if name else "")),
            Row("text", self.language.spell(place.code)),
        )

    # Programs

    def alphabet(self) -> Alphabet:
        """Return how the language writes bytes."""
        return self.language.alphabet()

    def locate(self, pick: Pick) -> Place | None:
        """Return the program in a cell."""
        spot = self.layout.place_at(pick.at[0], pick.at[1])
        return None if spot is None else self._place(*spot)

    def program(self, index: int) -> Place:
        """Return a program by its number."""
        if not 0 <= index < self.params.programs:
            raise BadInput(
                f"there is no program {index}",
                remedy=f"Choose a number from 0 to {self.params.programs - 1}",
            )
        return self._place(index, 0)

    def _place(self, index: int, byte: int) -> Place:
        return Place(index, byte, self.soup[index].tobytes(), self.layout.region_of(index))

    def find(self, text: str) -> Found:
        """Search all programs for a piece of one; those without it are dimmed, "" ends that."""
        if not text:
            self._found = None
            return Found(0, ())
        piece = self.language.assemble(text)
        if not piece:
            return Found(0, ())
        bright, first = drawing.containing(self.soup, np.frombuffer(piece, np.uint8))
        self._found = bright
        indices = np.flatnonzero(bright)
        places = tuple(self._place(int(i), int(first[i])) for i in indices[:MOST_FOUND])
        return Found(len(indices), places)

    def assemble(self, text: str) -> bytes:
        """Read a program, filled up with zeros."""
        return self.language.assemble(text).ljust(HALF, b"\0")

    def spell(self, code: bytes) -> str:
        """Write bytes as text."""
        return self.language.spell(code)

    def disassemble(self, code: bytes) -> tuple[Line, ...]:
        """Explain a program."""
        return self.language.disassemble(code)

    def trace(self, left: bytes, right: bytes | None = None, steps: int = 8192) -> Trace:
        """Run a pair step by step."""
        if len(left) == 2 * HALF and right is None:
            tape = left
        else:
            tape = left.ljust(HALF, b"\0")[:HALF] + (right or NOISE).ljust(HALF, b"\0")[:HALF]
        return tracing.trace(self.language, tape, min(steps, self.params.step_limit))

    def score(self, code: bytes) -> Replication:
        """Test whether a program replicates."""
        return tracing.replication(self.language, code)

    # What can be done to it

    def actions(self) -> dict[str, Action]:
        """Offer injecting, sterilising, mutating, rewriting."""
        return {
            "inject": Action("Inject a program", Injection),
            "sterilise": Action("Sterilise a region", Stretch),
            "mutate": Action("Mutate a region", Radiation),
            "rewrite": Action("Rewrite a program", Rewrite, target="program"),
        }

    def act(self, name: str, arguments: Any) -> Any:
        """Do one of them."""
        soup, count = self.soup, self.params.programs
        if name == "inject":
            code = self._read(arguments.program)
            copies = min(arguments.copies, count)
            if arguments.at < 0:
                places = self.world_rng.choice(count, copies, replace=False)
            else:
                places = (arguments.at + np.arange(copies)) % count
            return self._edit(places, self._filled(code), f"injected {copies}")
        if name == "rewrite":
            if arguments.program >= count:
                raise BadInput(f"there is no program {arguments.program}")
            code = self.language.assemble(arguments.text)
            return self._edit(np.array([arguments.program]), self._filled(code), "rewritten")
        if arguments.first >= count:
            raise BadInput(f"there is no program {arguments.first}")
        places = np.arange(arguments.first, min(arguments.first + arguments.count, count))
        if name == "sterilise":
            return self._edit(places, np.zeros(HALF, np.uint8), "sterilised")
        return self._edit(places, self._irradiated(soup[places], arguments.rate), "mutated")

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer sterilising, cosmic rays and infecting, each as wide as suits the whole picture."""
        wide = float(min(max(self.layout.extent) // 40, 256))
        return (
            BrushTool("erase", "Sterilise", "eraser", "Fill programs with zeros", radius=wide),
            BrushTool("rays", "Cosmic rays", "zap", "Replace bytes at random", radius=wide),
            BrushTool("infect", "Infect", "sprout", "Write a replicator", radius=wide // 4),
        )

    def brush(self, stroke: Stroke) -> None:
        """Change the programs under a stroke."""
        if stroke.tool not in {tool.name for tool in self.brushes()}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        places = self.layout.touched(stroke.points, stroke.radius)
        if not places.size:
            return
        if stroke.tool == "erase":
            self._edit(places, np.zeros(HALF, np.uint8), "")
        elif stroke.tool == "rays":
            self._edit(places, self._irradiated(self.soup[places], RAYS), "")
        else:
            self._edit(places, self._filled(self.language.replicator), "")

    def _edit(self, places: NDArray[Any], code: NDArray[np.uint8], mark: str) -> int:
        """Write programs; an epoch that has begun begins again. Returns how many were written."""
        self._soup.drop()
        self._soup.soup[places] = code
        self._soup.renew_tokens(places)
        if mark:
            self._marks.append(Mark(self.step_count, mark))
        return len(places)

    def _irradiated(self, programs: NDArray[np.uint8], rate: float) -> NDArray[np.uint8]:
        hit = self.world_rng.random(programs.shape) < rate
        noise = self.world_rng.integers(0, 256, programs.shape, np.uint8)
        return np.where(hit, noise, programs)

    def _read(self, text: str) -> bytes:
        return self.language.replicator if text == "replicator" else self.language.assemble(text)

    def _filled(self, code: bytes) -> NDArray[np.uint8]:
        return np.frombuffer(code.ljust(HALF, b"\0"), np.uint8)

    # What is saved

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return the programs, their tokens and the counters."""
        if part != "world":
            return {}
        soup = self._soup
        arrays: dict[str, NDArray[Any]] = {
            "programs": soup.soup,
            "counters": np.array([soup.epoch, soup.ops, soup.resets], np.int64),
        }
        if soup.tokens is not None:
            arrays["tokens"] = soup.tokens
        return arrays

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take them; an epoch that has begun is forgotten."""
        if part != "world":
            return
        epoch, ops, resets = (int(value) for value in arrays["counters"])
        self._soup.restore(arrays["programs"], epoch, resets, ops, arrays.get("tokens"))
        self._before = (ops, ops)
        self._survey.forget(epoch)
        self._marks = [mark for mark in self._marks if mark.step <= epoch]
