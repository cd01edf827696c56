"""From the options of a verb to a living world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.commands.report import note
from engine import openers
from engine.core import checkpoint, device, registry
from engine.core.errors import BadInput
from engine.core.params import assign_text, load_stored
from engine.core.spec import Asset, Spec
from engine.core.system import System, Targetable

__all__ = ["Choice", "build"]


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
    if choice.device == "cuda":
        device.pick_device(
            "cuda"
        )  # says if it is not there, whether or not the system would use it
    spec = _spec(choice, trained)
    kind = registry.system_class(spec.slug)
    params, warnings = load_stored(kind.Params, spec.params)
    for warning in warnings:
        note(f"note: {warning}")
    params = assign_text(params, choice.settings)
    spec = spec.with_(params=params.model_dump(mode="json"), device=choice.device)
    if choice.seed is not None:
        spec = spec.with_(seed=choice.seed)
    if choice.target is not None:
        if not issubclass(kind, Targetable):
            raise BadInput(f"{kind.info.title} takes no target", remedy="Leave --target out")
        spec = spec.with_(target=openers.open_target(choice.target))
    world = kind(spec)
    if choice.model is not None and choice.seed is None and not choice.settings:
        _continue(world, spec.model)
    return world


def _spec(choice: Choice, trained: bool) -> Spec:
    if choice.model is not None:
        if choice.preset:
            raise BadInput("--model and --preset exclude each other", remedy="Give one of them")
        spec = openers.open_model(choice.model).spec
        if choice.system and spec.slug != choice.system:
            raise BadInput(
                f"is a model of {spec.slug}, not of {choice.system}",
                path=choice.model,
                remedy=f"Leave --system out, or write --system {spec.slug}",
            )
        return spec
    if not choice.system:
        known = ", ".join(registry.slugs())
        raise BadInput("no system was named", remedy=f"Write --system NAME with one of: {known}")
    if choice.preset:
        return openers.spec_of(choice.system, choice.preset)
    entry = registry.entry(choice.system)
    if trained and entry.trainable and choice.target is None:
        for preset in entry.presets:
            if preset.model is not None:
                note(f"note: the shipped model of the preset {preset.id} is used")
                return openers.spec_of(choice.system, preset.id)
    return Spec(choice.system)


def _continue(world: System, model: Asset | None) -> None:
    """Restore the live state where the file holds one: it goes on where it was saved."""
    if model is None or not isinstance(model.data, bytes):
        return
    try:
        loaded = checkpoint.parse(model.data, model.name)
    except BadInput:
        return  # a published weight file: it has no state, and its weights are in the spec
    if loaded.scope != "model":
        world.load_state(loaded.arrays, loaded.scope)
