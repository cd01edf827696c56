"""Induction heads: a small transformer learns, all at once, to know what it has read before.

Elhage et al., "A Mathematical Framework for Transformer Circuits", 2021; Olsson et al., "In-context
Learning and Induction Heads", 2022, arXiv 2209.11895. Sequences repeat a random segment. A head of
the first layer tells every token what came before it; a head of the second finds the token that
came after the symbol at hand, and copies it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel

from engine.attention import induction_views as draw
from engine.attention.ablation import Ablation, ablations
from engine.attention.base import AttentionSystem
from engine.attention.design import Design
from engine.attention.forward import tensors
from engine.attention.history import crossing
from engine.attention.hooks import Labels
from engine.attention.induction import SCHEME, Probe, Seen, induction_plan, score_curves
from engine.attention.induction_parameters import InductionParams
from engine.attention.initial import Scheme
from engine.attention.lagging import Growing, Lagging
from engine.attention.parameters import DRAWN
from engine.attention.pieces import work
from engine.attention.portraits import focused_head
from engine.attention.prompt_state import Prompt, Reading
from engine.attention.recall import position_losses, recall, run_in_pieces
from engine.attention.sequence import (
    ACTIONS,
    EditArguments,
    break_place,
    check_symbols,
    edited,
    segment_of,
    typed,
    unused,
    words_of,
)
from engine.attention.shown import Shown, batch_of, one_sequence
from engine.attention.stand import key_of
from engine.attention.tasks import Batch, Draws
from engine.attention.tasks.repeats import Repeats
from engine.attention.text import label, read_text
from engine.attention.training import Plan
from engine.core import rng
from engine.core.errors import BadInput
from engine.core.figures import TableView
from engine.core.params import Params
from engine.core.system import Action, Mark, Poll, Row, SystemInfo, ViewOffer, no_poll
from engine.core.views import View, ViewRequest

__all__ = ["Induction", "InductionParams"]

Array = NDArray[Any]
Head = tuple[int, int]

_JUDGED = 64  # sequences like those that are learned
_TOKENS = 2**15  # that go through a layer when they are judged, at most
_ABLATED = 16  # of them at most, on which heads are switched off one by one
_ABLATED_WORK = 1.5e8  # multiply-adds of one of these passes, about 20 ms
_TABLED = 16  # heads up to which each has a row of its own
_STUDIED = 2**22  # weights of attention that are formed for curves
_LOOK = 2**19  # weights of attention that are formed to name roles, about 10 ms
_LEAST = 0.5  # seconds between two looks at heads while they change
_PAUSE = 0.3  # seconds without an update, after which training stands still


class Induction(AttentionSystem):
    """Reads sequences that repeat, and learns to know what comes again."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="induction",
        title="Induction heads",
        summary="Two layers of attention learn, all at once, to continue what they have read "
        "before.",
        paper="Olsson et al., In-context Learning and Induction Heads, 2022, arXiv 2209.11895; "
        "Elhage et al., A Mathematical Framework for Transformer Circuits, 2021",
        family="Attention",
        tags=("transformer", "attention", "in-context", "circuit", "text", "trainable"),
    )
    Params: ClassVar[type[Params]] = InductionParams
    params: InductionParams
    incidental: ClassVar[frozenset[str]] = DRAWN
    loss_curves: ClassVar[tuple[str, ...]] = ("loss", "repeat loss", "new loss")
    prompt_title: ClassVar[str] = "Sequence"
    prompt_kind: ClassVar[str] = "matrices"
    task: Repeats

    # The model and what it learns.

    @classmethod
    def design_of(cls, params: InductionParams) -> Design:
        """Return the attention-only model."""
        return params.design()

    def make_task(self) -> Repeats:
        """Return the repeated segments."""
        return self.params.task()

    def make_plan(self) -> Plan:
        """Return the training."""
        p = self.params
        return induction_plan(updates=p.updates, batch=p.batch, rate=p.learning_rate)

    def make_scheme(self) -> Scheme:
        """Begin small where symbols are read and written, by fan-in elsewhere."""
        return SCHEME

    def build(self) -> None:
        """Make the model, and the fixed sequences on which it is judged."""
        super().build()
        p = self.params
        self._eye = Probe(p.vocabulary, p.length, self.device)
        count = max(_ABLATED, min(_JUDGED, _TOKENS // (p.length * p.layers)))
        drawn = self.task.repeating(Draws(rng.stream(self.spec.seed, "judged")), count)
        self._judged = Batch(drawn.tokens.to(self.device), drawn.targets.to(self.device))
        self._marks: tuple[Mark, ...] = ()
        self._sight: Lagging[Seen] = Lagging(_LEAST)
        self._table: Growing[tuple[str, Ablation]] = Growing(_LEAST)
        self._updated = -math.inf

    def probe(self) -> Batch:
        """Return sequences whose segment is half as long as they are."""
        return self._eye.batch

    # The prompt.

    def start(self) -> None:
        """Read what was typed, or draw a sequence."""
        super().start()
        self._marks = ()
        tokens = self._typed()
        if tokens is not None:
            self._read(Reading(typed(tokens, self.params.length), len(tokens), own=True))

    def _typed(self) -> NDArray[np.int64] | None:
        """Return the typed text as tokens; None for none, or one that this model cannot read."""
        p = self.params
        try:
            return read_text(p.text, vocabulary=p.vocabulary, longest=p.length) if p.text else None
        except BadInput:
            return None

    def draw_prompt(self, draw: np.random.Generator) -> Prompt:
        """Draw a sequence like those that are learned."""
        drawn = one_sequence(self.task, draw)
        count = len(drawn.tokens)
        segment = segment_of(drawn.tokens) if self.params.distinct else 0
        more = {"segment": np.array([segment], np.int64)}
        return Prompt(drawn.tokens, drawn.targets, np.ones(count, bool), count, more)

    def wanted(self, prompt: Prompt, cursor: int) -> tuple[Array, Array | None]:
        """Return what follows every token; after the last one of a text nothing is known."""
        used = prompt.used
        return prompt.targets[:used], None if prompt.mask is None else prompt.mask[:used]

    def labels(self, prompt: Prompt, cursor: int) -> Labels:
        """Name symbols and copies, and mark where an induction head looks."""
        return words_of(prompt)

    def restore_scene(self, arrays: Mapping[str, Array]) -> None:
        """Take a stored prompt, if the model knows its symbols."""
        check_symbols(arrays, self.params.vocabulary)
        super().restore_scene(arrays)

    # What is seen.

    def roles(self, shown: Shown) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
        """Say what every head of the displayed model does on the fixed sequences."""
        seen = self._seen()
        # A head that suppresses what it reads does not copy.
        return seen.roles, {n: np.clip(np.nan_to_num(s), 0, 1) for n, s in seen.scores.items()}

    def leading_head(self, shown: Shown) -> Head:
        """Return the head whose stripe is clearest."""
        scores = np.nan_to_num(self._seen().scores["induction"])
        layer, head = np.unravel_index(int(scores.argmax()), scores.shape)
        return int(layer), int(head)

    def _seen(self) -> Seen:
        """Look at the displayed model; fewer sequences do where there are many heads."""
        count = self._count(_LOOK, 16)

        def look() -> Seen:
            shown = self.shown()
            gates = None if shown.gates is None else torch.as_tensor(shown.gates).to(self.device)
            return self._eye.look(shown.design, shown.weights, no_poll, gates=gates, most=count)

        return self._sight.get(key_of(self), look, wait=self._learning())

    def _count(self, weights: int, most: int) -> int:
        """Return how many sequences have so many weights of attention, all heads together."""
        each = self.design.depth * self.params.heads * self.params.length**2
        return max(1, min(most, weights // each))

    def prompt_view(self, shown: Shown, request: ViewRequest) -> View | None:
        """Show the sequence coloured by copy, and the losses under it."""
        return draw.strip_view(shown, self.age())

    def token_table(self, shown: Shown) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """List every token with what was expected after it."""
        return draw.token_table(shown)

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the views that are asked for; the table of tokens is coloured by copy."""
        made = super().views(wanted)
        table = made.get("tokens")
        if isinstance(table, TableView):
            colours = draw.swatches(self.shown())
            made["tokens"] = TableView(
                **self.age(), columns=table.columns, rows=table.rows, swatches=colours
            )
        return made

    def position_losses(self, outputs: Any, batch: Any) -> Any:
        """Return the loss at every position: a step where the segment comes again."""
        return position_losses(outputs, batch)

    def position_references(self) -> dict[str, Array]:
        """Return what guessing evenly loses, and who knows how long the segment is."""
        return {
            "guessing evenly": np.full(self.params.length, self.task.naive),
            "knowing the segment's length": self._eye.best(),
        }

    def references(self) -> dict[str, float]:
        """Return the loss of guessing evenly."""
        return {"guessing evenly": self.task.naive}

    def contributions(self, shown: Shown, at: tuple[int, int, int, int]) -> tuple[Row, ...]:
        """Say which symbols a place makes likelier, with the last norm as it is there."""
        return draw.raised(shown, at)

    def own_views(self) -> tuple[ViewOffer, ...]:
        """Offer circuits, predictions, losses of the sequence, and ablations."""
        return (
            ViewOffer("circuits", "Circuits", "matrices", brushed=False),
            ViewOffer("predictions", "Predictions", "matrices", brushed=False),
            ViewOffer("losses", "Loss by token", "chart", place="panel"),
            ViewOffer("ablation", "Without each head", "table", place="panel"),
        )

    def own_view(self, name: str, request: ViewRequest) -> View | None:
        """Make one of them."""
        shown, age = self.shown(), self.age()
        if name == "circuits":
            head = focused_head(self, shown, request)
            return draw.circuits_view(shown.design, shown.arrays, head, self._feeder(head), age)
        if name == "predictions":
            return draw.predictions_view(shown, age)
        if name == "losses":
            return draw.losses_view(shown, age)
        return draw.ablation_view(self._ablations(focused_head(self, shown, request)), age)

    def _feeder(self, head: Head) -> Head | None:
        """Return the head of an earlier layer that looks most at the token before."""
        if not head[0]:
            return None
        scores = np.nan_to_num(self._seen().scores["previous"][: head[0]])
        layer, place = np.unravel_index(int(scores.argmax()), scores.shape)
        return int(layer), int(place)

    def _ablations(self, focused: Head) -> tuple[tuple[str, Ablation], ...]:
        """Switch off each head, or where there are many each layer and the head in focus.

        Beside each stands of which model it is, in words.
        """
        every = self.design.depth * self.params.heads <= _TABLED
        heads = None if every else (focused,)
        which = self.variant(plain=True)
        update = max(self.updates_done, self.past.last, 0)
        name = f"update {update:,}" if which.name == "learned" else which.name

        def begin() -> Iterator[tuple[str, Ablation]]:
            count = int(_ABLATED_WORK / work(which.design, self.params.length))
            some = slice(max(1, min(_ABLATED, count)))
            judged = Batch(self._judged.tokens[some], self._judged.targets[some])
            weights = tensors(which.arrays, self.device)
            measure = partial(recall, batch=judged)
            given = which.design, weights, judged.tokens, measure, no_poll
            return ((name, one) for one in ablations(*given, heads=heads))

        key = key_of(self, plain=True), heads
        return self._table.get(key, begin, wait=self._learning())

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Go on with the table of ablations; all scalars are ready at once."""
        self._table.advance()
        return []

    def log_pending(self) -> bool:
        """Whether a view lags behind: it is made anew when there is nothing more to wait for."""
        return self._sight.waiting or self._table.waiting

    def _learning(self) -> bool:
        """Whether updates follow each other: what takes long then lags behind a little."""
        return time.monotonic() - self._updated < _PAUSE

    # What is measured.

    def study(self, weights: Mapping[str, Any], poll: Poll) -> dict[str, float]:
        """Measure repeats, what is new, and what the heads look at."""
        outputs = run_in_pieces(self.design, weights, self._judged.tokens, poll)
        found = recall(outputs, self._judged)
        seen = self._eye.look(self.design, weights, poll, most=self._count(_STUDIED, 64))
        return found | score_curves(seen)

    def phases(self, curves: Mapping[str, tuple[Array, Array]]) -> tuple[tuple[float, str], ...]:
        """Return the update at which half of the repeats are known."""
        at = crossing(curves["accuracy"], 0.5) if "accuracy" in curves else None
        return () if at is None else ((at, f"phase change at {at:,.0f}"),)

    def train_step(self, poll: Poll) -> dict[str, float]:
        """Do one update, and mark the phase change in the life of this world."""
        before = self.phases(self.past.curves())
        scalars = super().train_step(poll)
        self._updated = time.monotonic()
        after = self.phases(self.past.curves())
        if after and not before:
            self._marks = (*self._marks, Mark(self.step_count, after[0][1]))
        return scalars

    def marks(self) -> tuple[Mark, ...]:
        """Return when the phase changed."""
        return self._marks

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Take over what happened up to a restored state."""
        super().recall(marks)
        self._marks = marks

    def own_metrics(self, shown: Shown) -> dict[str, float]:
        """Measure how much of this sequence's repeats is right."""
        given = self.read(shown.prompt, shown.cursor), self.wanted(shown.prompt, shown.cursor)
        batch = batch_of(*given, "cpu")
        outputs = torch.as_tensor(shown.outputs[None])
        return {f"prompt {name}": value for name, value in recall(outputs, batch).items()}

    def vain(self) -> tuple[str, ...]:
        """Say when a text is not one for this model."""
        words = super().vain()
        if self.params.text and self._typed() is None:
            words += ("the text has symbols or a length that this model does not know",)
        if self.params.longest > self.task.longest:
            words += (f"segments longer than {self.task.longest} tokens would not come again",)
        return words

    # What the hand does.

    def own_params_changed(self, name: str) -> None:
        """Read a text as soon as it is typed."""
        if name == "text":
            self._type()

    def _type(self) -> None:
        p = self.params
        tokens = read_text(p.text, vocabulary=p.vocabulary, longest=p.length)
        self.hold_prompt(typed(tokens, p.length), len(tokens), words="typing a text", key="text")

    def own_actions(self) -> dict[str, Action]:
        """Offer edits of the sequence."""
        return dict(ACTIONS)

    def own_act(self, name: str, arguments: BaseModel | None) -> str:
        """Do one of them."""
        if name == "read-text":
            self._type()
            return f"{self.prompt.used} symbols are read"
        if isinstance(arguments, EditArguments):
            place = arguments.place - 1
            if place >= self.prompt.used:
                raise BadInput(
                    f"there is no token {place + 1}: the sequence has {self.prompt.used}",
                    remedy=f"Use 1 to {self.prompt.used}",
                )
            symbol = int(read_text(arguments.symbol, vocabulary=self.params.vocabulary)[0])
        else:
            place = break_place(self.prompt)
            symbol = unused(self.prompt.tokens[: self.prompt.used], self.params.vocabulary)
        return self._edit(place, symbol)

    def _edit(self, place: int, symbol: int) -> str:
        was = label(int(self.prompt.tokens[place]))
        self.hold_prompt(
            edited(self.prompt, place, symbol),
            words=f"editing token {place + 1}",
            key=f"token {place + 1}",
        )
        return f"token {place + 1} was {was} and is {label(symbol)}"
