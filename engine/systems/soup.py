"""Computational Life: random programs that meet, run on each other, and one day copy themselves.

Agüera y Arcas, Alakuijala, Evans, Laurie, Mordvintsev, Niklasson, Randazzo, Versari, "Computational
Life: How Well-formed, Self-replicating Programs Emerge from Simple Interaction", 2024,
arXiv:2406.19108. There is no fitness: each epoch the programs are paired, mutated a little, run as
one tape that is code and data at once, and put back.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from functools import partial
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
from engine.soup import editing, places, portraits, reference_file, tracing
from engine.soup.colourings import Colouring, colour_soup
from engine.soup.counters import check_counters
from engine.soup.cuda import choose
from engine.soup.epoch import Soup
from engine.soup.exports import TABLES
from engine.soup.kin import meanings
from engine.soup.language import HALF, Language, language
from engine.soup.layout import arrange
from engine.soup.observer import Observer
from engine.soup.ordering import Arrangement
from engine.soup.parameters import VARIANTS, SoupParams, pairing_of
from engine.soup.picture import tapes_view
from engine.soup.population import Report
from engine.soup.portraits import When
from engine.soup.scorer import Scorer
from engine.soup.sorter import Sorter
from engine.soup.sought import Sought

__all__ = ["ProgramSoup", "SoupParams"]


class ProgramSoup(Patched):
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
        ("measure_every", "pause_at_transition", "colour", "layout", "order")
    )
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = VARIANTS

    def build(self) -> None:
        """Find the language, and prepare what is measured."""
        params = self.params
        self.device = choose(self.spec.device, params.programs, params.tracers)
        self._born = time.monotonic()
        self._marks: list[Mark] = []
        self.language: Language = language(params.language)
        self._plant = editing.read(params.plant, self.language) if params.plant else b""
        self._scorer = Scorer(self.language)
        self._sorter = Sorter()
        alphabet = self.alphabet()
        self._observer = Observer(
            portraits.glyph_words(alphabet),
            self._scorer,
            tracers=params.tracers,
            meaning=meanings(alphabet),
        )
        weakref.finalize(self, self._observer.close)
        weakref.finalize(self, self._scorer.close)

    def start(self) -> None:
        """Fill the soup from the seed."""
        params = self.params
        self._soup = Soup(
            self.language,
            params.programs,
            self.seed,
            pairing=pairing_of(params),
            zero=params.zero,
            reset_every=params.reset_every,
            tracers=params.tracers,
            initial=self._plant,
            device=self.device,
        )
        self.params_changed("mutation")
        self._sought = Sought(self.language)
        self._marks = []
        self._before = (0, 0)
        self._edits = 0
        self._arranged: tuple[str, Arrangement] | None = None
        self._sorter.forget()
        self._observer.restart()
        self._scorer.forget()
        self._pause = ""

    def params_changed(self, name: str) -> None:
        """Hand live parameters to the soup, which heeds them from the next epoch on."""
        self._soup.mutation = round(self.params.mutation * 2**30)
        self._soup.limit = self.params.step_limit
        if name == "pairing" and not self.params.grid_width:  # a grid goes on as it is
            self._soup.pairing = pairing_of(self.params)
        if name == "colour" and self.params.colour != "score":
            self._scorer.forget()

    def set_param(self, name: str, value: Any) -> None:
        """Replace a parameter; what was measured of the time to come is that of another one."""
        before = self.params
        super().set_param(name, value)
        if self.params != before and name not in self.incidental:
            # An epoch that has begun goes on with the former value.
            self._observer.edited(self._soup.epoch + self._soup.begun)

    def advance(self, poll: Poll) -> None:
        """Do one epoch, or the rest of one."""
        self._soup.seed = self.seed
        before = self._soup.ops
        self._observer.rest(poll, before=self._soup.epoch)  # their arrays are written to again
        due = self._soup.epoch % self.params.measure_every == 0
        self._observer.prime(self._soup, poll)
        if due:
            self._observer.wait(poll)
        self._soup.step(poll)
        self._before = (before, self._soup.ops)
        if due:
            self._observer.log(self._soup, self._operations())
        self._collect()

    def _collect(self) -> None:
        """Take what was measured; perhaps there was a transition."""
        for mark in self._observer.take_transitions():
            self._marks.append(mark)
            if self.params.pause_at_transition and mark.step <= self._soup.epoch:
                self._pause = f"the state transition was seen at epoch {mark.step}"

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what was measured since the last call."""
        self._collect()
        return self._observer.take_log()

    def log_pending(self) -> bool:
        """Whether something is being measured, scored or sorted."""
        return self._observer.pending or self._scorer.pending or self._sorter.pending

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
        """Offer the soup as tapes, and what is known of its population."""
        world = ViewOffer("world", "Soup", "tapes", modes=("colour", "layout", "order"))
        return (world, *self._observer.offers())

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Paint the soup and its population as they are asked for."""
        views: dict[str, View] = {}
        when = When(self.step_count, time.monotonic() - self._born)
        if (request := wanted.get("world")) is not None:
            bright = self._sought.bright(self.soup, self._version)
            views["world"] = tapes_view(
                self.soup, self.arrangement, self._colours, request, bright, when
            )
        views |= self._observer.panels(wanted, self._soup, self.params.measure_every, when)
        return views

    def _report(self) -> Report | None:
        return self._observer.report(self._soup.epoch)

    @property
    def _version(self) -> tuple[int, int, int]:
        """What tells this soup from others that this world was."""
        return self.seed, self._soup.epoch, self._edits

    @property
    def arrangement(self) -> Arrangement:
        """Where the programs lie in the picture; sorted anew as epochs are looked at."""
        params = self.params
        wanted = "place" if params.grid_width else params.order
        order = self._sorter.order(self.soup, wanted, self._version)
        known = self._arranged
        if known is None or known[0] != params.layout or known[1].order is not order:
            layout = arrange(params.programs, HALF, params.layout, params.grid_width)
            known = self._arranged = params.layout, Arrangement(layout, order)
        return known[1]

    def _colours(self, span: range | None) -> Colouring:
        colour = self.params.colour
        if colour == "score":
            self._scorer.follow(self.soup, self._soup.epoch, self.seed, self._version)
        return colour_soup(colour, self._soup, span, self._scorer.whole)

    def metrics(self) -> dict[str, float]:
        """Operations per pair in the last epoch."""
        return {"operations per pair": self._operations()}

    def _operations(self) -> float:
        before, after = self._before
        return 2 * (after - before) / self.params.programs

    def marks(self) -> tuple[Mark, ...]:
        """List what was done to this soup."""
        return tuple(self._marks)

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know of the transitions before the present: none is noticed twice."""
        super().recall(marks)
        self._marks = list(marks)
        self._observer.recall(self._soup.epoch, marks)

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe the byte and the program at a place."""
        place = self.locate(pick)
        if place is None:
            return ()
        rows = places.rows(place, self.language)
        tokens = self._soup.tokens
        births = tokens[:, place.program] if tokens is not None else None
        rows += portraits.descent_rows(self._report(), place.code, place.byte, births)
        return tuple(rows)

    # Programs

    def alphabet(self) -> Alphabet:
        """Return how the language writes bytes."""
        return self.language.alphabet()

    def locate(self, pick: Pick) -> Place | None:
        """Return the program in a cell."""
        spot = self.arrangement.program_at(pick.at[0], pick.at[1])
        return None if spot is None else places.place(self.soup, self.arrangement, *spot)

    def program(self, index: int) -> Place:
        """Return a program by its number."""
        return places.numbered(self.soup, self.arrangement, index)

    def find(self, text: str) -> Found:
        """Search all programs for a piece of one; those without it are dimmed, "" ends that.

        A glyph matches every byte that it stands for, digits match exactly. The picture goes on to
        set off those that have the piece, also when they come and go.
        """
        self._sought = Sought(self.language, text)
        if not self._sought:
            return Found(0, ())
        first = self._sought.search(self.soup, self._version)
        return places.found(self.soup, self.arrangement, first)

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
            tape = tracing.tape(left, right or tracing.NOISE)
        return tracing.trace(self.language, tape, min(steps, self.params.step_limit))

    def score(self, code: bytes) -> Replication:
        """Test whether a program replicates."""
        return tracing.replication(self.language, code)

    # What can be done to it

    def actions(self) -> dict[str, Action]:
        """Offer injecting, sterilising, mutating, rewriting, mixing."""
        return editing.ACTIONS

    def act(self, name: str, arguments: Any) -> Any:
        """Do one of them; returns how many programs were written."""
        return self._write(editing.act(name, arguments, self.soup, self.language, self.world_rng))

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer sterilising, cosmic rays and infecting, each as wide as suits the whole picture."""
        return editing.brushes(self.arrangement.layout.extent)

    def brush(self, stroke: Stroke) -> None:
        """Change the programs under a stroke."""
        if stroke.tool not in {tool.name for tool in self.brushes()}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        title = next(tool.title for tool in self.brushes() if tool.name == stroke.tool)
        self.begin_gesture(f"{title.lower()} stroke", stroke.number)
        self._write(
            editing.stroke(stroke, self.arrangement, self.soup, self.language, self.world_rng)
        )

    def _write(self, edit: editing.Edit) -> int:
        """Write programs; an epoch that has begun begins again. Returns how many were written."""
        if not len(edit.places):
            return 0
        self._observer.prime(self._soup)
        self._observer.rest()
        self._soup.drop()
        before = self._soup.soup[edit.places]
        self._soup.soup[edit.places] = edit.programs
        if edit.noted:
            self.patches.note(edit.places, before, self._soup.soup[edit.places])
        self._soup.renew_tokens(edit.places)
        self._edits += 1
        self._observer.edited(self._soup.epoch)
        if edit.mark:
            self._marks.append(Mark(self.step_count, edit.mark))
        return len(edit.places)

    def write_back(self, places: NDArray[np.intp], values: NDArray[np.uint8]) -> None:
        """Put programs (k, 64) back; their bytes count as put in now, not as what they were."""
        self._write(editing.Edit(places, values, noted=False))

    # What is saved

    def exports(self) -> tuple[Export, ...]:
        """Offer what was measured as tables, and the soup as the reference saves it."""
        tables = (
            Export(ending, title, partial(self._write_table, ending))
            for ending, title in TABLES.items()
        )
        return (*tables, Export(reference_file.SUFFIX, "Soup of the reference", self._write_soup))

    def _write_table(self, ending: str, path: Path) -> None:
        self._observer.settle(self._soup, self.params.measure_every)
        self._collect()
        write_table(path, *self._observer.table(ending, self._soup.epoch))

    def _write_soup(self, path: Path) -> None:
        reference_file.write(path, self.soup, self._soup.epoch, self._soup.resets)

    def get_arrays(self, part: Part) -> dict[str, NDArray[Any]]:
        """Return the programs, their tokens and the counters."""
        return self._soup.arrays() if part == "world" else {}

    def set_arrays(self, part: Part, arrays: dict[str, NDArray[Any]]) -> None:
        """Take them; an epoch that has begun is forgotten."""
        if part != "world":
            return
        self._observer.rest()
        epoch, ops, resets = (int(value) for value in arrays["counters"])
        self._soup.restore(arrays["programs"], epoch, resets, ops, arrays.get("tokens"))
        self._before = (ops, ops)
        self._edits += 1

    def load_state(self, arrays: Mapping[str, NDArray[Any]], scope: Scope) -> None:
        """Restore a state; nothing is known of its past unless `recall` follows."""
        check_counters(arrays, ("epochs", "operations", "resets"))
        super().load_state(arrays, scope)
        if scope != "model":
            self._marks, self._pause = [], ""
            self._observer.restored()
