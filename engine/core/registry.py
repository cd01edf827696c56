"""Finding systems: the entry-point group ``primordia.systems``, and what the gallery knows of each.

Ours come through the same door as everybody's. Names and the catalogue are read from metadata and
JSON alone; a system's module is imported when its class is asked for.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from engine.core import presets
from engine.core.errors import BadInput
from engine.core.presets import Entry
from engine.core.system import System

__all__ = ["GROUP", "catalogue", "entry", "preset_file", "slugs", "system_class"]

GROUP = "primordia.systems"

logger = logging.getLogger(__name__)


@functools.lru_cache(maxsize=4)
def _points(_path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Find the entry points by name; of two with one name ours counts, else the first found."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        known = found.get(point.name)
        if known is None or (_own(point) and not _own(known)):
            found[point.name] = point
        if known is not None and known.value != point.value:
            logger.warning("two systems are called %s; %s is used", point.name, found[point.name])
    return found


def _own(point: EntryPoint) -> bool:
    return point.value.startswith("engine.systems.")


def _find(slug: str) -> EntryPoint:
    points = _points(tuple(sys.path))
    if slug not in points:
        known = ", ".join(sorted(points)) or "none"
        raise BadInput(f"there is no system {slug!r}", remedy=f"Use one of: {known}")
    return points[slug]


def slugs() -> tuple[str, ...]:
    """Names of all systems that are installed, sorted; nothing is imported."""
    return tuple(sorted(_points(tuple(sys.path))))


def system_class(slug: str) -> type[System]:
    """Import a system.

    Raises
    ------
    BadInput
        If there is none of that name (the known ones are named), or a plugin cannot be imported.
    """
    point = _find(slug)
    try:
        found = point.load()
    except Exception as error:
        if _own(point):
            raise  # our own fault: keep the traceback
        logger.exception("the plugin %s cannot be imported", point.value)
        raise BadInput(
            f"the system {slug} cannot be loaded from {point.value} "
            f"({type(error).__name__}: {error})",
            remedy="Update or uninstall that plugin",
        ) from error
    if not (isinstance(found, type) and issubclass(found, System)) or found.info.slug != slug:
        raise BadInput(
            f"{point.value} is not a system called {slug}",
            remedy="Update or uninstall that plugin",
        )
    return found


def preset_file(slug: str) -> Path:
    """Where the preset file of a system lies, or would lie.

    Ours lie in ``resources/presets``, a plugin's ``SLUG.presets.json`` beside its module.
    """
    point = _find(slug)
    if _own(point):
        return presets.PRESETS / f"{slug}.json"
    return _folder_of(point.module) / f"{slug}.presets.json"


def _folder_of(module: str) -> Path:
    """Find the folder of a module without importing it (nor the packages above it)."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return Path(top)
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)), *rest[:-1])
    return Path(spec.origin or top).parent


def entry(slug: str) -> Entry:
    """Describe one system; it is imported only where it has no readable preset file."""
    path = preset_file(slug)
    if path.exists():
        try:
            found = presets.read(path)
            if found.info.slug == slug:
                return found
            logger.warning("%s describes %s", path, found.info.slug)
        except BadInput as error:
            logger.warning("%s", error)
    return presets.describe(system_class(slug))


def catalogue() -> tuple[Entry, ...]:
    """Describe all systems in the gallery's order; what cannot be loaded is logged and left out."""
    found: list[Entry] = []
    for slug in slugs():
        try:
            found.append(entry(slug))
        except Exception:
            logger.exception("the system %s cannot be described", slug)
    return tuple(sorted(found, key=lambda entry: (entry.order, entry.info.slug)))
