"""Finding systems: the entry-point group ``primordia.systems``, and what the gallery knows of each.

Ours come through the same door as everybody's. Names and the catalogue are read from metadata and
JSON alone; a system's module is imported when its class is asked for. Beside the installed ones
there may be a folder of the user's with systems in one file each, once `use` was told of it.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from engine.core import presets
from engine.core.errors import BadInput, UserError
from engine.core.plugin_folder import Plugins
from engine.core.presets import Entry
from engine.core.system import System

__all__ = [
    "GROUP",
    "catalogue",
    "entry",
    "installed",
    "plugins",
    "preset_file",
    "reload",
    "slugs",
    "system_class",
    "use",
]

GROUP = "primordia.systems"

logger = logging.getLogger(__name__)

_folder: list[Plugins] = []


def use(plugins: Plugins | None) -> None:
    """Take the systems of a folder in; None leaves the installed ones alone."""
    _folder[:] = [plugins] if plugins is not None else []


def plugins() -> Plugins | None:
    """Return the folder that was taken in."""
    return _folder[0] if _folder else None


def reload() -> tuple[str, ...]:
    """Look anew for installed systems and at the user's folder; nothing is imported.

    Returns
    -------
    tuple of str
        Names of the user's systems whose class changed or went.
    """
    _points.cache_clear()
    importlib.invalidate_caches()
    return _folder[0].scan() if _folder else ()


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
        known = ", ".join(slugs()) or "none"
        raise BadInput(f"there is no system {slug!r}", remedy=f"Use one of: {known}")
    return points[slug]


def installed() -> tuple[str, ...]:
    """Names of the systems that are installed, sorted; nothing is imported."""
    return tuple(sorted(_points(tuple(sys.path))))


def slugs() -> tuple[str, ...]:
    """Names of all systems that are installed or allowed, sorted; nothing is imported."""
    own = _folder[0].slugs() if _folder else ()
    return tuple(sorted({*installed(), *own}))


def _theirs(slug: str) -> Plugins | None:
    """Return the user's folder if it is where a system comes from."""
    if slug in installed() or not _folder or _folder[0].find(slug) is None:
        return None
    return _folder[0]


def system_class(slug: str) -> type[System]:
    """Import a system.

    Raises
    ------
    BadInput
        If there is none of that name (the known ones are named), or a plugin cannot be imported or
        was not allowed.
    """
    if (theirs := _theirs(slug)) is not None:
        return theirs.system_class(slug)
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
    if (theirs := _theirs(slug)) is not None:
        return theirs.folder / f"{slug}.presets.json"
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
    """Describe one system; it is imported only where it has no readable preset file.

    A system of the user's folder must have been allowed, however it is described. One that ran and
    may run no more is still known: worlds of it live on.
    """
    if _folder and slug not in slugs():
        known = _folder[0].remembered(slug)
        return known if known is not None else presets.describe(system_class(slug))
    return _written(slug) or presets.describe(system_class(slug))


def _written(slug: str) -> Entry | None:
    """Read a system's preset file; None where there is none that can be used."""
    path = preset_file(slug)
    if not path.exists():
        return None
    try:
        found = presets.read(path)
        if found.info.slug == slug:
            return found
        logger.warning("%s describes %s", path, found.info.slug)
    except BadInput as error:
        logger.warning("%s", error)
    return None


def catalogue() -> tuple[Entry, ...]:
    """Describe all systems in the gallery's order; what cannot be loaded is logged and left out.

    Of the user's own ones nothing runs: those that did not run yet are known by name alone.
    """
    found: list[Entry] = []
    for slug in slugs():
        try:
            if (theirs := _theirs(slug)) is not None:
                known = _written(slug) or theirs.glimpse(slug)
                found += [known] if known is not None else []
            else:
                found.append(entry(slug))
        except UserError as error:
            logger.warning("the system %s cannot be described: %s", slug, error)
        except Exception:
            logger.exception("the system %s cannot be described", slug)
    return tuple(sorted(found, key=lambda entry: (entry.order, entry.info.slug)))
