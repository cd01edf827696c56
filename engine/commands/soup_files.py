"""Soups in files: the reference's checkpoints by the suffix .dat, all other names are ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint, files
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.soup import reference_file
from engine.soup.epoch import Soup
from engine.soup.pairing import Cyclic, Fixed, Shuffle
from engine.soup.streams import MUTATION_UNIT

__all__ = ["Opened", "check_target", "is_reference", "load", "save"]

_NAMES: dict[type, str] = {Shuffle: "shuffle", Cyclic: "cyclic", Fixed: "fixed"}


@dataclass(frozen=True, eq=False)
class Opened:
    """A soup from a file: uint8 (n, 64), its counters, and the parameters that the file knows."""

    soup: NDArray[Any]
    epoch: int
    resets: int
    seed: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


def is_reference(path: Path) -> bool:
    """Tell whether a name is one of the reference's files."""
    return path.suffix.lower() == reference_file.SUFFIX


def load(path: Path) -> Opened:
    """Read either kind of file; `BadInput` names it and says what is wrong."""
    if is_reference(path):
        saved = reference_file.read(path)
        return Opened(saved.soup, saved.epoch, saved.resets)
    loaded = checkpoint.read(path)
    if loaded.slug != "soup" or loaded.scope == "model":
        raise BadInput(
            f"holds no soup but {loaded.slug} ({loaded.scope})",
            path=path,
            remedy="Open it with primordia run --model",
        )
    soup = loaded.arrays.get("world/programs")
    counters = loaded.arrays.get("world/counters")
    if (
        soup is None
        or counters is None
        or soup.dtype != np.uint8
        or soup.ndim != 2
        or soup.shape[1] != 64
        or counters.shape != (3,)
        or counters.dtype.kind != "i"
        or counters.min() < 0
    ):
        raise BadInput("lacks the programs of its soup", path=path, remedy="Save it again")
    return Opened(soup, int(counters[0]), int(counters[2]), loaded.seed, loaded.params)


def check_target(path: Path, soup: Soup, width: int) -> None:
    """Refuse before the run what could not be saved after it."""
    files.check_writable(path)
    if not is_reference(path):
        _world(soup, width, path)


def save(path: Path, soup: Soup, width: int) -> None:
    """Write the last completed epoch; `width` is that of a grid, 0 without one."""
    if is_reference(path):
        reference_file.write(path, soup.soup, soup.epoch, soup.resets)
        return
    world = _world(soup, width, path)
    arrays = {
        "programs": soup.soup,
        "counters": np.array([soup.epoch, soup.ops, soup.resets], np.int64),
    }
    world.set_arrays("world", arrays)
    world.step_count = soup.epoch
    checkpoint.save(world, path, "world")


def _world(soup: Soup, width: int, path: Path) -> Any:
    """Make the system that has this soup's parameters."""
    from engine.systems.soup import ProgramSoup, SoupParams

    named = _NAMES.get(type(soup.pairing))
    if named is None and not width:
        raise BadInput(
            "our checkpoints hold no lists of interactions",
            path=path,
            remedy="Save it under a name that ends in .dat",
        )
    given: dict[str, Any] = {
        "language": soup.language.name,
        "programs": soup.programs,
        "grid_width": width,
        "pairing": named or "shuffle",
        "mutation": soup.mutation / MUTATION_UNIT,
        "zero": soup.zero,
        "reset_every": soup.reset_every,
    }
    try:
        SoupParams(**given)
    except ValueError as error:
        raise BadInput(
            "our checkpoints cannot hold a soup with these parameters",
            path=path,
            remedy="Save it under a name that ends in .dat",
        ) from error
    return ProgramSoup(Spec("soup", given, seed=soup.seed))
