"""What can be done to a soup by hand: actions, brushes, and what they write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.system import Action, BrushTool
from engine.core.views import Stroke
from engine.soup import saved
from engine.soup.language import HALF, Language
from engine.soup.ordering import Arrangement

__all__ = ["ACTIONS", "Edit", "act", "brushes", "filled", "read", "stroke"]

Array = NDArray[Any]
RAYS: Final = 0.05  # share of bytes that the brush of cosmic rays replaces


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


class Mixture(BaseModel):
    """Another soup, and how much of it."""

    path: Path = Field(
        title="Other soup", description="A .dat of the reference, or a checkpoint of ours"
    )
    share: float = Field(
        0.5, ge=0.0, le=1.0, description="Part of this soup's programs to replace, chosen by chance"
    )


ACTIONS: Final[dict[str, Action]] = {
    "inject": Action("Inject a program", Injection),
    "sterilise": Action("Sterilise a region", Stretch),
    "mutate": Action("Mutate a region", Radiation),
    "rewrite": Action("Rewrite a program", Rewrite, target="program"),
    "mix": Action(
        "Mix with another soup",
        Mixture,
        help="Programs of the other soup, chosen by chance, take the places of some of this one. "
        "The other may be smaller or larger.",
    ),
}


@dataclass(frozen=True, eq=False)
class Edit:
    """What to write: which programs, (k,), their bytes, uint8 (64,) or (k, 64), and a mark.

    What is not `noted` cannot be undone: it undoes something.
    """

    places: Array
    programs: Array
    mark: str = ""
    noted: bool = True


def act(
    name: str, arguments: Any, soup: Array, language: Language, rng: np.random.Generator
) -> Edit:
    """Work out what an action of `ACTIONS` writes.

    Parameters
    ----------
    name : str
    arguments : BaseModel
        As the action wants them, validated.
    soup : ndarray
        uint8 (n, 64); not written to.
    language : Language
    rng : Generator
        The world's.

    Raises
    ------
    BadInput
        If a program is none, or there is no such place or file.
    """
    count = len(soup)
    if name == "inject":
        code = filled(read(arguments.program, language))
        copies = min(arguments.copies, count)
        if arguments.at < 0:
            places = rng.choice(count, copies, replace=False)
        else:
            places = (arguments.at + np.arange(copies)) % count
        return Edit(places, code, f"injected {copies}")
    if name == "mix":
        return _mixed(arguments, count, language, rng)
    first = arguments.program if name == "rewrite" else arguments.first
    if first >= count:
        raise BadInput(
            f"there is no program {first}", remedy=f"Choose a number from 0 to {count - 1}"
        )
    if name == "rewrite":
        code = filled(language.assemble(arguments.text))
        return Edit(np.array([first]), code, "rewritten")
    places = np.arange(first, min(first + arguments.count, count))
    if name == "sterilise":
        return Edit(places, np.zeros(HALF, np.uint8), "sterilised")
    return Edit(places, _irradiated(soup[places], arguments.rate, rng), "mutated")


def brushes(extent: tuple[int, int]) -> tuple[BrushTool, ...]:
    """Return the brushes, each as wide as suits a picture of so many cells."""
    wide = float(min(max(extent) // 40, 256))
    return (
        BrushTool("erase", "Sterilise", "eraser", "Fill programs with zeros", radius=wide),
        BrushTool("rays", "Cosmic rays", "zap", "Replace bytes at random", radius=wide),
        BrushTool("infect", "Infect", "sprout", "Write a replicator", radius=wide // 4),
    )


def stroke(
    drawn: Stroke,
    arrangement: Arrangement,
    soup: Array,
    language: Language,
    rng: np.random.Generator,
) -> Edit:
    """Work out what a brush of `brushes` writes: it changes all programs that it touches."""
    places = arrangement.touched(drawn.points, drawn.radius)
    if drawn.tool == "erase":
        return Edit(places, np.zeros(HALF, np.uint8))
    if drawn.tool == "rays":
        return Edit(places, _irradiated(soup[places], RAYS, rng))
    return Edit(places, filled(language.replicator))


def read(text: str, language: Language) -> bytes:
    """Read a program, at least a byte of it; the word "replicator" is the language's own one.

    Raises
    ------
    BadInput
        If it is none.
    """
    code = language.replicator if text == "replicator" else language.assemble(text)
    if not code:
        raise BadInput("the program is empty", remedy="Give its text, hex:... or replicator")
    return code


def filled(code: bytes) -> Array:
    """Return a program as uint8 (64,), zeros behind it."""
    return np.frombuffer(code.ljust(HALF, b"\0"), np.uint8)


def _irradiated(programs: Array, rate: float, rng: np.random.Generator) -> Array:
    hit = rng.random(programs.shape) < rate
    noise = rng.integers(0, 256, programs.shape, np.uint8)
    return np.where(hit, noise, programs)


def _mixed(mixture: Mixture, count: int, language: Language, rng: np.random.Generator) -> Edit:
    opened = saved.load(mixture.path)
    other = opened.soup
    copies = round(mixture.share * count)
    places = rng.choice(count, copies, replace=False)
    givers = rng.choice(len(other), copies, replace=copies > len(other))
    mark = f"mixed with {mixture.path.name}"
    spoken = opened.params.get("language", language.name)  # the reference's files name none
    if spoken != language.name:
        mark += f", programs of {str(spoken)[:40]}"
    return Edit(places, other[givers], mark)
