"""Soups in files: the reference's checkpoints by the suffix .dat, all other names are ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.core import checkpoint, files
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.soup import reference_file
from engine.soup.epoch import Soup
from engine.soup.pairing import Cyclic, Fixed, Shuffle
from engine.soup.parameters import SoupParams
from engine.soup.saved import Opened, is_reference, load
from engine.soup.streams import MUTATION_UNIT

__all__ = ["Opened", "check_target", "is_reference", "load", "save"]

_NAMES: dict[type, str] = {Shuffle: "shuffle", Cyclic: "cyclic", Fixed: "fixed"}


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
    from engine.systems.soup import ProgramSoup

    named = _NAMES.get(type(soup.pairing))
    if named is None and not width:
        raise BadInput(
            "our checkpoints hold no lists of interactions",
            path=path,
            remedy="Save it under a name that ends in .dat",
        )
    if soup.seed >= 2**63:
        raise BadInput(
            f"our checkpoints cannot hold the seed {soup.seed}",
            path=path,
            remedy="Save it under a name that ends in .dat",
        )
    given: dict[str, Any] = {
        "language": soup.language.name,
        "programs": soup.programs,
        "grid_width": width,
        "pairing": named or "shuffle",
        "mutation": soup.mutation / MUTATION_UNIT,
        "step_limit": soup.limit,
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
