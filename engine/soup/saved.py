"""Reading soups from files: the reference's checkpoints by the ending .dat, else our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.soup import reference_file
from engine.soup.counters import check_counters
from engine.soup.language import HALF

__all__ = ["Opened", "is_reference", "load"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A soup from a file: uint8 (n, 64), perhaps read-only, its counters and parameters.

    `tokens`, uint32 (2, n, 64), are there where they were kept.
    """

    soup: NDArray[Any]
    epoch: int
    resets: int
    seed: int | None = None
    params: dict[str, Any] = field(default_factory=dict)
    tokens: NDArray[Any] | None = None


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
        or not len(soup)
        or counters.shape != (3,)
        or counters.dtype.kind != "i"
        or counters.min() < 0
    ):
        raise BadInput("lacks the programs of its soup", path=path, remedy="Save it again")
    if soup.shape[1] != HALF:
        raise BadInput(
            f"holds programs of {soup.shape[1]} bytes, not of {HALF}",
            path=path,
            remedy="Use a soup of programs of the same length",
        )
    tokens = loaded.arrays.get("world/tokens")
    if tokens is not None and (tokens.dtype != np.uint32 or tokens.shape != (2, *soup.shape)):
        raise BadInput(
            "holds tracer tokens that are not those of its programs",
            path=path,
            remedy="Save it again",
        )
    epoch, _, resets = (int(counter) for counter in counters)
    try:
        check_counters(loaded.arrays, ("epochs", "operations", "resets"))
    except BadInput as error:
        raise BadInput(error.problem, path=path, remedy=error.remedy) from error
    return Opened(soup, epoch, resets, loaded.seed, loaded.params, tokens)
