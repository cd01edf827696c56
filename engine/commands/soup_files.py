"""Soups in files: the reference's checkpoints by the suffix .dat, all other names are ours."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from engine.core import checkpoint, files
from engine.core.errors import BadInput
from engine.core.params import load_stored
from engine.core.spec import Spec
from engine.soup import reference_file
from engine.soup.epoch import Soup
from engine.soup.language import LANGUAGES
from engine.soup.pairing import Cyclic, Fixed, Shuffle
from engine.soup.parameters import SoupParams
from engine.soup.saved import Opened, is_reference, load
from engine.soup.streams import MUTATION_UNIT

__all__ = ["Opened", "check_target", "is_reference", "load", "parameters", "save"]

_NAMES: dict[type, str] = {Shuffle: "shuffle", Cyclic: "cyclic", Fixed: "fixed"}


def parameters(
    opened: Opened, path: Path, replaced: Collection[str]
) -> tuple[SoupParams, tuple[str, ...]]:
    """Read what a file says of its soup, but for the parameters that are `replaced` anyway.

    Returns
    -------
    params : SoupParams
    warnings : tuple of str
        What could not be taken as it stood.

    Raises
    ------
    BadInput
        When the language cannot be kept: in another one the same bytes are other programs.
    """
    values = {name: value for name, value in opened.params.items() if name not in replaced}
    if "programs" in values:  # how many there are is beyond doubt: it comes first
        values = {"programs": 0, **values, **{"programs": len(opened.soup)}}
    params, warnings = load_stored(SoupParams, values)
    wanted = values.get("language", params.language)
    if wanted != params.language:
        raise BadInput(
            f"holds a soup in the language {wanted!r}, which is not known here",
            path=path,
            remedy=f"Choose one with --lang: {', '.join(LANGUAGES.names())}",
        )
    return params, warnings


def check_target(path: Path, soup: Soup, known: SoupParams, width: int) -> None:
    """Refuse before the run what could not be saved after it."""
    files.check_writable(path)
    if not is_reference(path):
        _spec(soup, known, width, path)


def save(path: Path, soup: Soup, known: SoupParams, width: int) -> None:
    """Write the last completed epoch.

    Parameters
    ----------
    path : Path
        Its ending decides about the format.
    soup : Soup
        What is written.
    known : SoupParams
        Those parameters that the soup itself does not have: how it is measured and shown.
    width : int
        That of a grid, 0 without one.
    """
    if is_reference(path):
        reference_file.write(path, soup.soup, soup.epoch, soup.resets)
        return
    from engine.systems.soup import ProgramSoup

    world = ProgramSoup(_spec(soup, known, width, path))
    arrays = {
        "programs": soup.soup,
        "counters": np.array([soup.epoch, soup.ops, soup.resets], np.int64),
    }
    if soup.tokens is not None:
        arrays["tokens"] = soup.tokens
    world.set_arrays("world", arrays)
    world.step_count = soup.epoch
    checkpoint.save(world, path, "world")


def _spec(soup: Soup, known: SoupParams, width: int, path: Path) -> Spec:
    """Describe the world that has this soup's parameters."""
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
        **known.model_dump(),
        "language": soup.language.name,
        "programs": soup.programs,
        "grid_width": width,
        "pairing": named or "shuffle",
        "mutation": soup.mutation / MUTATION_UNIT,
        "step_limit": soup.limit,
        "zero": soup.zero,
        "reset_every": soup.reset_every,
        "tracers": soup.tokens is not None,
    }
    if load_stored(SoupParams, given)[1]:  # it would be opened as another soup
        raise BadInput(
            "our checkpoints cannot hold a soup with these parameters",
            path=path,
            remedy="Save it under a name that ends in .dat",
        )
    return Spec("soup", given, seed=soup.seed)
