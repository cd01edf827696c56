"""What every laboratory of attention lets the user do: to heads, to the prompt, to the moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from engine.attention.edits import Edits, check_head, kept, patchable
from engine.attention.hooks import AttentionHooks
from engine.attention.parameters import NEWEST
from engine.attention.shown import Variant
from engine.attention.stand import moment_of
from engine.core.errors import BadInput
from engine.core.params import assign
from engine.core.system import Action

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem

__all__ = ["HeadArguments", "MomentArguments", "act", "actions"]


class HeadArguments(BaseModel):
    """Which head."""

    layer: int = Field(0, ge=0, description="Layer, from 0")
    head: int = Field(0, ge=0, description="Head, from 0")


class MomentArguments(BaseModel):
    """Which update."""

    x: float = Field(0.0, ge=0.0, allow_inf_nan=False, description="Update", title="Update")


_ALL = {
    "new-prompt": Action("New prompt", help="Draw another prompt and let go of one that is held"),
    "toggle-head": Action(
        "Switch head on or off",
        HeadArguments,
        target="head",
        help="Take out what a head adds, in the model on display; training goes on with it",
    ),
    "toggle-layer": Action(
        "Switch its layer on or off",
        HeadArguments,
        target="head",
        help="Take out what all heads of a layer add, in the model on display",
    ),
    "all-on": Action(
        "Switch everything on", help="Take back all edits of heads: switched off and patched"
    ),
}
_CONSTRUCTED = {
    "patch-head": Action(
        "Patch head",
        HeadArguments,
        target="head",
        help="Replace a head by its constructed version, in the model on display",
    ),
    "patch-all": Action(
        "Patch all heads", help="Replace every head that the construction has by that one"
    ),
    "unpatch": Action("Unpatch", help="Give patched heads their learned weights back"),
}
_LAST = {
    "keep": Action(
        "Keep", help="Work the edits into the model that is trained; training goes on from it"
    ),
    "moment": Action(
        "Show the model of an update",
        MomentArguments,
        help="Let all views show the model as it was; an update that is still to come shows the "
        "newest one",
    ),
    "train-from": Action(
        "Train from here",
        help="Go back to the moment that is shown: training goes on from its weights, and what "
        "came after it is forgotten",
    ),
}


def actions(system: AttentionSystem) -> dict[str, Action]:
    """Return the actions; those that patch only where there can be a construction."""
    made = type(system).constructed is not AttentionHooks.constructed
    return _ALL | (_CONSTRUCTED if made else {}) | _LAST


def act(system: AttentionSystem, name: str, arguments: Any) -> str:
    """Do one of them; returns what came of it, in a sentence."""
    if name == "new-prompt":
        system.new_prompt()
        return "a new prompt"
    if name == "toggle-head":
        return _toggle(system, (arguments.layer, arguments.head))
    if name == "toggle-layer":
        return _toggle_layer(system, arguments.layer)
    if name == "all-on":
        return _edited(system, Edits(), "switching everything on", "all heads are on and learned")
    if name == "patch-head":
        return _patch(system, frozenset([(arguments.layer, arguments.head)]))
    if name == "patch-all":
        return _patch(system, patchable(system.design, system.construction))
    if name == "unpatch":
        edits = system.edits.without(system.edits.patched)
        return _edited(system, edits, "unpatching", "no head is patched")
    if name == "keep":
        return _keep(system)
    if name == "train-from":
        return _train_from(system)
    return _moment(system, arguments.x)


def _edited(system: AttentionSystem, edits: Edits, words: str, found: str) -> str:
    """Edit, and tell the loss on the fixed sequences before and after."""
    before = system.loss()
    system.edit(edits, words)
    return f"{found}: loss {before:.4g} -> {system.loss():.4g}"


def _toggle(system: AttentionSystem, head: tuple[int, int]) -> str:
    check_head(system.design, head)
    edits = system.edits.toggled(head)
    state = "off" if head in edits.off else "on"
    name = f"head {head[0] + 1}.{head[1] + 1}"
    return _edited(system, edits, f"switching {name} {state}", f"{name} is {state}")


def _toggle_layer(system: AttentionSystem, layer: int) -> str:
    check_head(system.design, (layer, 0))
    heads = frozenset((layer, head) for head in range(system.design.layers[layer].heads))
    off = system.edits.off
    edits = replace(system.edits, off=off - heads if heads <= off else off | heads)
    state = "off" if heads <= edits.off else "on"
    name = f"layer {layer + 1}"
    return _edited(system, edits, f"switching {name} {state}", f"{name} is {state}")


def _patch(system: AttentionSystem, heads: frozenset[tuple[int, int]]) -> str:
    for head in heads:
        check_head(system.design, head)
    there = patchable(system.design, system.construction)
    if not heads or not heads <= there:
        raise BadInput(
            "there is no construction of this head" if there else "there is no construction",
            remedy="Choose an architecture that theory can write down, or another head",
        )
    many = f"{len(heads)} heads are" if len(heads) > 1 else f"head {_names(heads)} is"
    if system.design.shared and system.design.depth > 1:
        many += " (in every layer, since they share their weights)"
    edits = system.edits.patching(heads)
    return _edited(system, edits, f"patching {_names(heads)}", f"{many} constructed")


def _names(heads: frozenset[tuple[int, int]]) -> str:
    return ", ".join(f"{layer + 1}.{head + 1}" for layer, head in sorted(heads))


def _keep(system: AttentionSystem) -> str:
    if not system.edits:
        raise BadInput("no head is switched off or patched", remedy="Edit a head first")
    if moment_of(system, system.params.moment) is not None:
        raise BadInput(
            "the views show an earlier moment, while edits are kept in the newest model",
            remedy="Show the newest moment first",
        )
    if system.params.alpha > 0:
        raise BadInput(
            "the views show a mixture with the construction, which is not what is trained",
            remedy="Set the blend to 0 first",
        )
    before = system.loss(system.variant(plain=True))
    weights = kept(system.design, system.weights(), system.construction, system.edits)
    system.set_weights(weights)
    system.begin_anew()
    return f"the trained model has the edits: loss {before:.4g} -> {system.loss():.4g}"


def _train_from(system: AttentionSystem) -> str:
    moment = moment_of(system, system.params.moment)
    if moment is None:
        raise BadInput(
            "the views show the newest model, from which training goes on anyway",
            remedy="Show an earlier moment first: drag the line in Training",
        )
    before = system.loss(Variant(system.design, system.weights()))
    system.go_back(moment)
    system.params = assign(system.params, {"moment": NEWEST})
    after = system.loss(Variant(system.design, system.weights()))
    return f"training goes on from update {moment:,}: loss {before:.4g} -> {after:.4g}"


def _moment(system: AttentionSystem, x: float) -> str:
    last = max(system.updates_done, system.past.last)
    wanted = NEWEST if x >= last else round(x)
    system.params = assign(system.params, {"moment": wanted})
    moment = moment_of(system, wanted)
    return "the newest model" if moment is None else f"the model of update {moment:,}"
