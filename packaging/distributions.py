"""Which installed distributions Primordia is made of when it runs: read from pyproject.toml.

What is installed of ourselves may be older than the file, so the file is what is asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def project() -> dict[str, object]:
    """Return the [project] table."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def canonical(name: str) -> str:
    """Return a distribution's name as indices write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def running(without: Collection[str] = ()) -> list[Distribution]:
    """Return all that is imported or needed at run time, by name; a missing one is an error."""
    asked = [Requirement(line) for line in project()["dependencies"]]  # type: ignore[attr-defined]
    found: dict[str, Distribution] = {}
    while asked:
        wish = asked.pop()
        name = canonical(wish.name)
        if name in found or name in without or not _holds(wish):
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is not installed: run packaging/run once") from None
        asked += [Requirement(line) for line in found[name].requires or ()]
    return [found[name] for name in sorted(found)]


def _holds(wish: Requirement) -> bool:
    """Tell whether it is needed here; an extra that nobody asked for is not."""
    return wish.marker is None or wish.marker.evaluate({"extra": ""})
