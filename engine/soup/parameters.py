"""The parameters of a soup of programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import model_validator

from engine.core.params import Params, live, rebuild
from engine.soup import pairing
from engine.soup.language import LANGUAGES

__all__ = ["VARIANTS", "SoupParams", "pairing_of"]

PAIRINGS: dict[str, Callable[[], pairing.Pairing]] = {
    "shuffle": pairing.Shuffle,
    "cyclic": pairing.Cyclic,
    "fixed": pairing.Fixed,
}

VARIANTS: Final[tuple[Mapping[str, Any], ...]] = (
    *(
        {"language": name, "programs": 64, "tracers": tracers}
        for name in LANGUAGES.names()
        for tracers in (False, True)
    ),
    {"programs": 64, "tracers": True, "order": "similarity", "colour": "age"},
    {"programs": 64, "tracers": True, "order": "frequency", "colour": "lineage"},
    {"programs": 64, "order": "frequency", "colour": "species"},
    {"programs": 64, "colour": "zeros"},
    {"programs": 64, "grid_width": 8},
)
"""Parameters of small soups that together use every compiled kernel."""


class SoupParams(Params):
    """Parameters of a soup of programs."""

    language: Annotated[str, LANGUAGES] = rebuild(
        LANGUAGES.first, "The language in which the bytes of the programs are instructions"
    )
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
        False,
        "Pause when the high-order entropy first exceeds 1 bit per byte: at the transition",
        title="Pause by itself",
    )
    colour: Literal[
        "instruction",
        "paper",
        "byte",
        "species",
        "score",
        "density",
        "zeros",
        "age",
        "lineage",
    ] = live("instruction", "What a colour means; age and lineage need tracers")
    layout: Literal["blocks", "rows"] = live("blocks", "Draw each program as a block or as a row")
    order: Literal["place", "frequency", "similarity"] = live(
        "place",
        "Sort the picture: programs in their own places, most copies first, or alike ones "
        "together; a grid is never sorted",
    )

    @model_validator(mode="after")
    def _check_form(self) -> SoupParams:
        if self.programs % 2:
            raise ValueError("programs must be even, since they meet in pairs")
        if self.grid_width and self.programs % self.grid_width:
            raise ValueError("programs must be a multiple of grid_width")
        if self.pairing == "fixed" and not self.grid_width and self.programs & (self.programs - 1):
            raise ValueError("fixed shuffles need a power of two of programs")
        return self


def pairing_of(params: SoupParams) -> pairing.Pairing:
    """Return who meets whom under these parameters; a grid knows only neighbours."""
    if params.grid_width:
        return pairing.grid(params.grid_width, params.programs // params.grid_width)
    return PAIRINGS[params.pairing]()
