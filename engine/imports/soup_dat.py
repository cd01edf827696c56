"""Checkpoints of the reference of *Computational Life*, `*.dat`, as worlds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.core import checkpoint, registry
from engine.core.errors import BadInput
from engine.core.params import fields_of
from engine.core.spec import Asset, Spec
from engine.soup import reference_file

__all__ = ["ASSUMED", "world_of"]

SLUG = "soup"
LANGUAGE = "bff_noheads"

ASSUMED = (
    f"The file names neither language nor seed: {LANGUAGE} and seed 0 are taken. "
    "Others: primordia soup run --load FILE --lang NAME --seed S --save FILE.safetensors",
)
"""What is said to a user who opens one."""


def world_of(path: Path) -> tuple[Spec, Asset]:
    """Read one as a spec and a checkpoint to load into its world; both as of its epoch.

    Raises
    ------
    BadInput
        When the file is none, is cut off, or holds more programs than a world.
    """
    saved = reference_file.read(path)
    kind = registry.system_class(SLUG)
    most = next(field.high for field in fields_of(kind.Params) if field.name == "programs")
    if most is not None and len(saved.soup) > most:
        raise BadInput(
            f"holds {len(saved.soup):,} programs, a world has at most {most:,.0f}",
            path=path,
            remedy="Run it with primordia soup run --load",
        )
    spec = Spec(SLUG, {"language": LANGUAGE, "programs": len(saved.soup)}, device="cpu")
    world = kind(spec)
    counters = np.array([saved.epoch, 0, saved.resets], np.int64)
    world.set_arrays("world", {"programs": saved.soup, "counters": counters})
    world.step_count = saved.epoch
    state = Asset(f"{path.stem}.safetensors", checkpoint.dump(world, "world"))
    return spec, state
