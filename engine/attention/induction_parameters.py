"""Parameters of the model of repeats: its sequences, its layers, its training, a typed text."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator

from engine.attention.design import Design, Kind
from engine.attention.induction import induction_design
from engine.attention.parameters import READING, TRAINING, AttentionParams
from engine.attention.tasks.repeats import Repeats
from engine.attention.text import LONGEST, TYPED, read_text
from engine.core.errors import BadInput
from engine.core.params import live, rebuild

__all__ = ["InductionParams"]

MODEL, TASK = "Model", "Sequences"


class InductionParams(AttentionParams):
    """What can be set of the model of repeats."""

    text: str = live(
        "",
        "Type what the model should read: A-Z, a-z, 0-9, space and full stop, 64 characters at "
        "most; it is kept until a new prompt is asked for",
        longest=LONGEST,
        symbols=TYPED,
        group=READING,
    )
    vocabulary: int = rebuild(
        64, "Symbols that there are", ge=4, le=128, title="Symbols", group=TASK
    )
    length: int = rebuild(
        64, "Tokens of a sequence", ge=8, le=512, unit="tok", cost="time", group=TASK
    )
    shortest: int = rebuild(
        8,
        "Length of the shortest segment that is repeated; equal to the longest for a fixed one",
        ge=1,
        le=256,
        unit="tok",
        title="Segment from",
        group=TASK,
    )
    longest: int = rebuild(
        32,
        "Length of the longest segment; each sequence draws its own",
        ge=1,
        le=256,
        unit="tok",
        title="Segment to",
        group=TASK,
    )
    distinct: bool = rebuild(
        True,
        "Whether the symbols of a segment differ; where they do not, what follows may be "
        "ambiguous and not all can be known",
        title="All different",
        group=TASK,
    )
    layers: int = rebuild(
        2, "One layer cannot do it, two are enough", ge=1, le=8, cost="time", group=MODEL
    )
    heads: int = rebuild(
        2, "Heads of every layer; they share the width", ge=1, le=8, cost="time", group=MODEL
    )
    width: int = rebuild(64, "Channels of the residual stream", ge=8, le=256, group=MODEL)
    attention: Kind = rebuild(
        "softmax",
        "Softmax weighs by likeness, linear by the plain product, mesa solves a regression at "
        "every token",
        group=MODEL,
    )
    positions: Literal["learned", "sinusoid", "none"] = rebuild(
        "learned",
        "How a token knows its place; without places none can look back by one",
        group=MODEL,
    )
    learning_rate: float = live(
        2e-3,
        "Step of the optimiser from the next update on; at 5e-4 the phase change can be watched, "
        "too large a one diverges and is taken back",
        ge=1e-6,
        le=1.0,
        log=True,
        group=TRAINING,
    )
    updates: int = rebuild(
        400,
        "Updates of the weights that the training plans; with the defaults heads form near 180",
        ge=1,
        le=1_000_000,
        log=True,
        group=TRAINING,
    )
    batch: int = rebuild(
        64,
        "Sequences per update: more give a smoother loss and take longer",
        ge=1,
        le=4096,
        log=True,
        cost="time",
        unit="seq",
        group=TRAINING,
    )

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if text:
            try:
                read_text(text)
            except BadInput as error:
                raise ValueError(str(error)) from None
        return text

    @model_validator(mode="after")
    def _fit_together(self) -> InductionParams:
        if self.width % self.heads:
            fit = ", ".join(str(n) for n in range(1, 9) if self.width % n == 0)
            raise ValueError(
                f"{self.heads} heads cannot share {self.width} channels evenly, only {fit} can"
            )
        try:
            self.task()
            self.design()
        except BadInput as error:
            raise ValueError(error.problem) from None
        return self

    def task(self) -> Repeats:
        """Return what is learned; no segment is so long that nothing of it comes again."""
        longest = self.longest
        if self.shortest < self.length <= longest:
            longest = self.length - 1
        return Repeats(self.vocabulary, self.length, self.shortest, longest, self.distinct)

    def design(self) -> Design:
        """Return the model."""
        return induction_design(
            vocabulary=self.vocabulary,
            length=self.length,
            layers=self.layers,
            heads=self.heads,
            width=self.width,
            kind=self.attention,
            positions=self.positions,
        )
