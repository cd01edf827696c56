"""Checkpoints of the reference of *Computational Life*, `*.dat`, as worlds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.core import checkpoint, registry
from engine.core.errors import BadInput
from engine.core.params import fields_of
from engine.core.spec import Asset, Spec
from engine.soup import reference_file

__all__ = ["world_of"]

SLUG = "soup"
LANGUAGE = "bff_noheads"
NAMES_NONE = "The file names neither language nor seed"
OTHERS = "Others: primordia soup run --load FILE --lang NAME --seed S --save FILE.safetensors"


def world_of(path: Path, like: Spec | None = None) -> tuple[Spec, Asset, tuple[str, ...]]:
    """Read one as a spec, a checkpoint to load into its world, and what was assumed, in words.

    Parameters
    ----------
    path : Path
    like : Spec, optional
        A world to take language and seed from if it is a soup, too; of one with as many programs
        every other parameter is taken as well, for the file has none.

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
    spec, assumed = _spec(len(saved.soup), like)
    world = kind(spec)
    counters = np.array([saved.epoch, 0, saved.resets], np.int64)
    world.set_arrays("world", {"programs": saved.soup, "counters": counters})
    world.step_count = saved.epoch
    state = Asset(f"{path.stem}.safetensors", checkpoint.dump(world, "world"))
    return spec, state, (assumed,)


def _spec(programs: int, like: Spec | None) -> tuple[Spec, str]:
    """Choose what the file does not say; also returned in words."""
    if like is None or like.slug != SLUG:
        spec = Spec(SLUG, {"language": LANGUAGE, "programs": programs}, device="cpu")
        return spec, f"{NAMES_NONE}: {LANGUAGE} and seed 0 are taken. {OTHERS}"
    language = like.params.get("language", LANGUAGE)
    params = {"language": language, "programs": programs}
    whose = f"{language} and seed {like.seed} are taken, as in the world that was in front"
    if like.params.get("programs") == programs:
        # Nor has it the births of its bytes, which tracers would follow.
        params = {**like.params, "tracers": False}
        whose += ", and its other parameters"
    return Spec(SLUG, params, seed=like.seed, device="cpu"), f"{NAMES_NONE}: {whose}"
