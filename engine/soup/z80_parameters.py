"""Parameters of the Z80 soup."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, live, rebuild

__all__ = ["Z80Params"]


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
        False,
        "Pause when the high-order entropy first exceeds 1.25 bits per byte: at the transition",
        title="Pause by itself",
    )
    colour: Literal["instruction", "byte", "species", "zeros"] = live(
        "instruction",
        "What a colour means: the family of the instruction, the byte, the program, its zeros",
    )
