"""From the options of a verb to a living world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.progress import working
from app.commands.report import note
from engine import openers
from engine.core import device, registry
from engine.core.errors import BadInput
from engine.core.journal import Journal, Start
from engine.core.params import Params, assign, assign_text, fields_of, load_stored
from engine.core.spec import Asset, Spec
from engine.core.system import Settling, System, Targetable

__all__ = ["Choice", "build", "noted"]


@dataclass(frozen=True)
class Choice:
    """What the options say about the world; empty and None where they say nothing."""

    system: str = ""
    preset: str = ""
    settings: tuple[str, ...] = ()
    seed: int | None = None
    device: str = "auto"
    threads: int = 0
    target: Path | None = None
    model: Path | None = None
    model_name: str = ""
    mesh: Path | None = None
    remesh: int = 0
    keep_edges: bool = False
    learning: bool = False
    """Whether it is to learn: on its mesh, where one is named."""


def noted(world: System, choice: Choice) -> Journal:
    """Begin the journal of a world that `build` made, for the sidecars of its pictures."""
    journal = Journal()
    journal.begin(Start("reset", world.spec))
    if choice.model is not None and openers.glance(choice.model) == "world":
        journal.cut("it goes on where it was saved")
    return journal


def build(choice: Choice, *, trained: bool = False) -> System:
    """Make the world that the options describe.

    Parameters
    ----------
    choice : Choice
    trained : bool
        Prefer a shipped model where a trainable system is named and nothing else.

    Raises
    ------
    UserError
        If an option does not fit; nothing was written then.
    """
    if choice.threads:
        device.set_threads(choice.threads)
    if choice.device == "cuda" and not device.has_driver():
        device.pick_device("cuda")  # refuses, also where the system would not use it
    spec, state = _spec(choice, trained)
    kind = registry.system_class(spec.slug)
    params, warnings = load_stored(kind.Params, spec.params)
    for warning in warnings:
        note(f"note: {warning}")
    stored, params = params, assign_text(params, choice.settings)
    if choice.mesh is not None and choice.learning:
        params = _learn_there(kind, params, choice)
    if choice.target is not None and choice.learning and spec.model is None and state is None:
        params = _learn_from(kind, params, choice)
    changed = _changed(stored, params)
    if state is not None and (why := _new_world(kind.Params, changed, spec.seed, choice.seed)):
        note(f"note: the saved state is left and a new world begins: {why}")
        state = None
    begun = params if state is None else stored
    spec = spec.with_(params=begun.model_dump(mode="json"), device=choice.device)
    if choice.seed is not None:
        spec = spec.with_(seed=choice.seed)
    if choice.target is not None:
        if not issubclass(kind, Targetable):
            raise BadInput(f"{kind.info.title} takes no target", remedy="Leave --target out")
        spec = spec.with_(target=openers.open_target(choice.target, kind.target_kinds()))
    if choice.mesh is not None:
        spec = spec.with_(mesh=_mesh(choice, kind))
        if state is not None:
            note("note: the saved state is left and a new world begins on the mesh")
            state = None
            spec = spec.with_(params=params.model_dump(mode="json"))
    elif choice.remesh:
        raise BadInput("there is no mesh to make anew", remedy="Name one with --mesh FILE")
    world = _built(spec, state, choice)
    if state is not None:
        # The world goes on where it was saved, under the new values.
        for name, value in changed.items():
            world.set_param(name, value)
    for words in dict.fromkeys((*world.warnings, *world.vain())):
        if words not in warnings:
            note(f"note: {words}")
    return world


def _built(spec: Spec, state: Asset | None, choice: Choice) -> System:
    """Build it; a model that came with a preset is left out where the settings do not fit it."""
    about = choice.model or choice.target or choice.mesh
    try:
        return openers.build(spec, state, about)
    except BadInput as error:
        if spec.model is None or choice.model is not None or not choice.settings:
            raise
        world = openers.build(spec.with_(model=None), state, about)  # refuses what is not its fault
        words = f"{spec.model.name}: {error.problem}"
        note(f"note: the shipped model does not fit, so the weights begin anew; {words}")
        return world


def _learn_there(kind: type[System], params: Params, choice: Choice) -> Params:
    """Let it learn on the mesh that was named, unless it was said otherwise."""
    assert choice.mesh is not None
    said = {text.partition("=")[0].strip() for text in choice.settings}
    wanted = {name: value for name, value in kind.learns_on_mesh.items() if name not in said}
    for name, value in wanted.items():
        note(f"note: it learns on {choice.mesh.name}: {name} is {value!r}")
    return assign(params, wanted)


def _learn_from(kind: type[System], params: Params, choice: Choice) -> Params:
    """Begin where a target is learnt soonest, as the window does, unless it was said otherwise."""
    said = {text.partition("=")[0].strip() for text in choice.settings}
    wanted = {name: value for name, value in kind.learns_from.items() if name not in said}
    try:
        begun = assign(params, wanted)
    except BadInput:
        return params  # what was said does not go with it
    for name, value in wanted.items():
        note(f"note: it begins with {name} {value!r}; --set {name}=VALUE chooses another")
    return begun


def _mesh(choice: Choice, kind: type[System]) -> Asset:
    """Read and mend a mesh; what was done to it and what is poor about it is told."""
    if not (issubclass(kind, Settling) and kind.settles()):
        raise BadInput(f"{kind.info.title} does not live on meshes", remedy="Leave --mesh out")
    assert choice.mesh is not None
    with working(f"Reading {choice.mesh.name}") as activity:
        taken = openers.open_mesh(
            choice.mesh,
            activity=activity,
            remesh_to=choice.remesh or None,
            features=choice.keep_edges,
        )
    for words in taken.notes:
        note(f"note: {words}")
    if taken.quality.verdict == "poor":
        note("note: the mesh is uneven, and patterns will be; make it anew with --remesh 10000")
    return taken.asset


def _changed(before: Params, after: Params) -> dict[str, Any]:
    """Values of `after` that differ."""
    old, new = before.model_dump(), after.model_dump()
    return {name: value for name, value in new.items() if value != old[name]}


def _new_world(kind: type[Params], changed: dict[str, Any], saved: int, seed: int | None) -> str:
    """Say why a saved state cannot go on under the changes; empty where it can."""
    if seed is not None and seed != saved:
        return f"--seed {seed} is not the seed {saved} that it was saved with"
    built = [f.name for f in fields_of(kind) if f.name in changed and f.apply == "rebuild"]
    if not built:
        return ""
    return f"{', '.join(built)} cannot change while a world lives"


def _spec(choice: Choice, trained: bool) -> tuple[Spec, Asset | None]:
    """Return what the world is made from, and a saved state to go on from."""
    if choice.model is not None:
        if choice.preset:
            raise BadInput("--model and --preset exclude each other", remedy="Give one of them")
        opened = _open(choice.model, choice.model_name)
        slug = opened.spec.slug
        if choice.system and slug != choice.system:
            raise BadInput(
                f"is a model of {slug}, not of {choice.system}",
                path=choice.model,
                remedy=f"Leave --system out, or write --system {slug}",
            )
        return opened.spec, opened.state
    if not choice.system:
        known = ", ".join(registry.slugs())
        raise BadInput("no system was named", remedy=f"Write --system NAME with one of: {known}")
    if choice.preset:
        return openers.spec_of(choice.system, choice.preset), None
    entry = registry.entry(choice.system)
    if trained and entry.trainable and choice.target is None:
        for preset in entry.presets:
            if preset.model is not None:
                note(f"note: the shipped model of the preset {preset.id} is used")
                return openers.spec_of(choice.system, preset.id), None
    return Spec(choice.system), None


def _open(path: Path, name: str) -> openers.Opened:
    """Read a checkpoint, or the named model of a published weight file."""
    if openers.kind_of(path) == "published":
        names = openers.published_names(path)
        if name and name not in names:
            raise BadInput(
                f"has no model {name!r}", path=path, remedy=f"Use one of: {', '.join(names)}"
            )
        if not name and len(names) > 1:
            note(f"note: {names[0]} of {len(names)} models; choose with --model-name")
        return openers.open_published(path, name)
    if name:
        raise BadInput("holds one model only", path=path, remedy="Leave --model-name out")
    opened = openers.open_model(path)
    for words in opened.notes:
        note(f"note: {words}")
    return opened
