"""Published figures as runnable checks; a module is imported when a figure of it is asked for."""

from __future__ import annotations

import importlib
from contextlib import suppress
from importlib.metadata import entry_points

from engine.core import registry
from engine.core.errors import BadInput, UserError
from engine.core.experiment import Experiment
from engine.core.system import Experimental

__all__ = ["catalogue", "experiment", "experiments", "names"]

# Names by module, so that menus and completions need no import; a test keeps them current.
_MODULES: dict[str, tuple[str, ...]] = {
    "gray_scott": ("gray-scott.regimes",),
    "growing": ("growing.persists", "growing.regenerates", "growing.golden"),
    "induction": ("induction.phase-change",),
    "icl": (
        "icl.construction-is-gd",
        "icl.trained-matches-gd",
        "icl.gd-plus-plus",
        "icl.ood-curves",
    ),
    "life": ("life.gosper-gun",),
    "mesh": (
        "mesh.trains-on-sphere",
        "mesh.generalises",
        "mesh.rotation",
        "mesh.regrows",
        "mesh.grafts",
        "mesh.density",
        "mesh.scale",
        "mesh.drifts",
    ),
    "mesa_layer": ("mesa.equals-ridge", "mesa.beats-linear", "mesa.probe"),
    "soup": (
        "soup.transition",
        "soup.no-mutation",
        "soup.subleq-quiet",
        "soup.tracer-takeover",
        "soup.seeded",
        "soup.wins-over-noise",
    ),
    "texture": ("texture.matches",),
}


def names() -> tuple[str, ...]:
    """Names of all experiments of ours, sorted; nothing is imported."""
    return tuple(sorted(name for names in _MODULES.values() for name in names))


def experiment(name: str) -> Experiment:
    """Find an experiment by its name: ours, or one of a plugin's system, named ``SLUG.claim``.

    Raises
    ------
    BadInput
        If there is none; the known ones are named.
    """
    for module, known in _MODULES.items():
        if name in known:
            found = {one.name: one for one in _load(module)}
            return found[name]
    family = name.partition(".")[0]
    if family in registry.slugs():
        system = registry.system_class(family)
        if issubclass(system, Experimental):  # one that a plugin brings
            for one in system.experiments():
                if one.name == name:
                    return one
    raise BadInput(f"there is no experiment {name!r}", remedy=f"Use one of: {', '.join(names())}")


def experiments() -> tuple[Experiment, ...]:
    """Load all experiments of ours, in the order of their names."""
    return tuple(experiment(name) for name in names())


def catalogue() -> tuple[Experiment, ...]:
    """Load all experiments, ours and those of plugins, in the order of their names.

    It takes half a second at first; torch is not imported for it. A plugin that cannot be loaded is
    left out.
    """
    points = entry_points(group=registry.GROUP)
    ours = {point.name for point in points if point.value.startswith("engine.systems.")}
    found = list(experiments())
    for slug in registry.slugs():
        if slug not in ours:
            with suppress(UserError):
                system = registry.system_class(slug)
                found += system.experiments() if issubclass(system, Experimental) else ()
    return tuple(sorted(found, key=lambda one: one.name))


def _load(module: str) -> tuple[Experiment, ...]:
    found: tuple[Experiment, ...] = importlib.import_module(f"{__name__}.{module}").EXPERIMENTS
    return found
