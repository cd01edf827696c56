"""What commands do with whole states: set aside, put back, bookmark, branch, pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint, checkpoint_pictures
from engine.core import commands as c
from engine.core.deposits import Deposit
from engine.core.errors import BadInput
from engine.core.gestures import Handed
from engine.core.history import take_params
from engine.core.lastgood import is_small, sound_copy
from engine.core.outcome import Outcome
from engine.core.params import assign, fields_of, load_stored
from engine.core.reports import Bookmark
from engine.core.spec import Asset, Spec
from engine.core.stage import Stage
from engine.core.system import PARTS, Scope, System, Trainable

__all__ = ["HANDLERS", "leaping", "setting_aside"]

_LOST = "the pool of the training was too large to be kept: it goes on from the weights alone"
_MEMORY = "Give the history more memory in Settings"


@dataclass
class Aside:
    """What was set aside, to be put back by `inverse`; None where there was no room for it."""

    inverse: c.Restore | None = None
    spent: int = 0  # the state that was put back instead, and is needed no more


@contextmanager
def leaping(stage: Stage) -> Iterator[None]:
    """Mark that what fails in here leaves the world between two states."""
    stage.torn = True
    yield
    stage.torn = False


@contextmanager
def setting_aside(stage: Stage, *, whole: bool, wanted: bool = True) -> Iterator[Aside]:
    """Set the present aside if what is done meanwhile succeeds; with its weights if `whole`."""
    aside = Aside()
    if not (stage.alive and wanted):
        yield aside
        return
    system = stage.system
    deposit = _copy(stage, whole=whole, most=stage.deposits.allowed)
    if isinstance(system, Handed):
        kept = system.give_hand()
        if deposit is not None:
            deposit.patches = kept
    if deposit is not None:
        deposit.past = stage.history
    try:
        yield aside
    except BaseException:
        if isinstance(system, Handed):
            system.take_hand(kept)
        raise
    if aside.spent:
        stage.deposits.forget(aside.spent)
    if deposit is not None and stage.deposits.add(deposit):
        aside.inverse = c.Restore(deposit.id, deposit.lost)
    stage.share_memory()


def _copy(
    stage: Stage, *, whole: bool, light: bool = False, most: int | None = None
) -> Deposit | None:
    """Copy the present; None if it is not sound or there is no memory for it.

    With `light` optimiser and pool are left out while nothing was learnt. What has over `most`
    bytes is not even copied: that would take as much memory again, and time.
    """
    system = stage.system
    stage.keep_edits()
    learns = stage.training or stage.training_progress()[0] > 0
    scope = _scope(system) if whole and (learns or not light) else "world"
    if most is not None and _size(system, scope, whole=whole) > most:
        return None
    arrays = sound_copy(system, scope)
    if arrays is None:
        return None
    if not whole:
        arrays = {name: a for name, a in arrays.items() if not name.startswith("model/")}
    warnings = stage.warnings
    lost = whole and scope == "world" and stage.training_progress()[0] > 0
    if lost and _LOST not in warnings:
        warnings = (*warnings, _LOST)
    return Deposit(
        spec=stage.present_spec(),
        params=system.params,
        step=system.step_count,
        arrays=arrays,
        scope=scope,
        whole=whole,
        marks=system.marks(),
        warnings=warnings,
        training=stage.training and scope == "training",
        seconds=stage.training_seconds,
        lost=_LOST if lost else "",
    )


def _size(system: System, scope: Scope, *, whole: bool) -> int:
    """Count the bytes of a state without copying it."""
    parts = [part for part in PARTS[scope] if whole or part != "model"]
    return sum(array.nbytes for part in parts for array in system.get_arrays(part).values())


def _scope(system: System) -> Scope:
    """Choose what belongs to a whole state: optimiser and pool, too, if they are not too large."""
    return "training" if isinstance(system, Trainable) and is_small(system) else "world"


def _restore(stage: Stage, command: c.Restore) -> Outcome:
    system, deposit = stage.system, stage.deposits.get(command.deposit)
    alike = _ground(deposit.spec, system) == _ground(stage.present_spec(), system)
    if not (deposit.whole or alike):
        raise BadInput("the world was made anew since", remedy="Undo that first")
    with setting_aside(stage, whole=deposit.whole) as aside:
        if alike:
            _put_back(stage, deposit)
        else:
            _build_again(stage, deposit)
        if deposit.bookmark is None:
            aside.spent = deposit.id
    done = [] if stage.transport.free else stage.transport.pause()
    return Outcome(value=deposit.step, inverse=aside.inverse, done=done)


def _ground(spec: Spec, system: System) -> Spec:
    """Return what of a spec takes another world to change."""
    if spec.slug != system.info.slug:
        return spec
    rebuilt = {f.name for f in fields_of(type(system.params)) if f.apply == "rebuild"}
    return spec.with_(params={n: v for n, v in spec.params.items() if n in rebuilt}, seed=0)


def _put_back(stage: Stage, deposit: Deposit) -> None:
    """Write a state into the world that there is."""
    system = stage.system
    stage.torn = True  # until the next state is whole
    weights = {} if deposit.whole else system.state("model")
    try:
        system.load_state({**weights, **deposit.arrays}, deposit.scope)
    except BadInput:
        stage.torn = False  # nothing was replaced
        raise
    system.recall(deposit.marks)
    take_params(system, deposit.params, incidental=deposit.whole)
    if isinstance(system, Handed) and deposit.patches is not None:
        system.take_hand(deposit.patches)
    if deposit.whole and deposit.bookmark is None:
        stage.training = deposit.training
        stage.training_seconds = deposit.seconds
    stage.warnings, stage.changed, stage.paused_by = deposit.warnings, None, ""
    stage.return_to(deposit.past)
    stage.torn = False


def _build_again(stage: Stage, deposit: Deposit) -> None:
    """Make the world anew from which a state is, and write it there."""
    new = stage.lookup(deposit.spec.slug)(deposit.spec)
    new.load_state(deposit.arrays, deposit.scope)
    new.recall(deposit.marks)
    take_params(new, deposit.params, incidental=True)
    if isinstance(new, Handed) and deposit.patches is not None:
        new.take_hand(deposit.patches)
    stage.put(new, deposit.spec, deposit.warnings, training=deposit.training)
    stage.training_seconds = deposit.seconds
    stage.return_to(deposit.past)
    if stage.recorder is not None:
        stage.recorder.finish()


def _load(stage: Stage, command: c.Load) -> Outcome:
    system, model = stage.system, command.model
    loaded = _parsed(system, model)
    fields = {field.name: field for field in fields_of(type(system.params))}
    stored, warnings = load_stored(type(system.params), loaded.params)
    values = stored.model_dump()
    live = {n: values[n] for n in loaded.params if n in fields and fields[n].apply == "live"}
    params = assign(system.params, live)
    former, before = system.params, system.params.model_dump()
    with setting_aside(stage, whole=True, wanted=not command.fresh) as aside:
        system.load_state(loaded.arrays, loaded.scope)
        with leaping(stage):
            try:
                system.params = params
                for name, value in live.items():
                    if before[name] != value:
                        system.params_changed(name)
                stage.begin()
            except BaseException:
                system.params = former
                raise
    differing = [
        name
        for name in loaded.params
        if name in fields and fields[name].apply == "rebuild" and before[name] != values[name]
    ]
    if differing:
        warnings += (f"these were saved with other values: {', '.join(differing)}",)
    stage.warnings, stage.changed = warnings, None
    stage.transport.pace.restart(stage.clock())
    done = [] if stage.transport.free else stage.transport.pause()
    return Outcome(value=loaded.scope, inverse=aside.inverse, done=done)


def _keep(stage: Stage, command: c.Keep) -> Outcome:
    if command.state is not None:
        deposit, thumbnail = _deposit_of(stage, command.state)
    else:
        copied = _copy(stage, whole=True, light=True)
        if copied is None:
            raise BadInput("this state cannot be kept: it holds numbers that are not finite")
        deposit, thumbnail = copied, checkpoint_pictures.thumbnail(stage.system, command.pixels)
    size = deposit.bytes + (thumbnail.nbytes if thumbnail is not None else 0)
    if not stage.deposits.has_room(size):
        raise BadInput(
            f"a bookmark of this world takes {size / 2**20:,.1f} MB, more than there is room for",
            remedy=f"{_MEMORY}, or drop other bookmarks",
        )
    title = command.title.strip() or f"Step {deposit.step:,}"
    deposit.training = False
    deposit.bookmark = Bookmark(deposit.id, deposit.step, title, size, thumbnail)
    stage.deposits.add(deposit)
    stage.share_memory()
    return Outcome(value=deposit.bookmark)


def _deposit_of(stage: Stage, state: Asset) -> tuple[Deposit, NDArray[np.uint8] | None]:
    """Make a state to be kept of a checkpoint."""
    loaded = _parsed(stage.system, state)
    if loaded.scope == "model":
        raise BadInput("is a model without a world", path=state.name)
    params, warnings = load_stored(type(stage.system.params), loaded.params)
    spec = stage.present_spec().with_(params=params.model_dump(mode="json"), seed=loaded.seed)
    deposit = Deposit(
        spec=spec,
        params=params,
        step=loaded.step,
        arrays=loaded.arrays,
        scope=loaded.scope,
        whole=True,
        warnings=warnings,
    )
    return deposit, loaded.thumbnail


def _parsed(system: System, file: Asset) -> checkpoint.Loaded:
    """Read the bytes of a checkpoint of a system."""
    if not isinstance(file.data, bytes):
        raise BadInput("is not a checkpoint", path=file.name)
    loaded = checkpoint.parse(file.data, file.name)
    if loaded.slug != system.info.slug:
        raise BadInput(
            f"is a world of {loaded.slug}, not of {system.info.slug}",
            path=file.name,
            remedy="Open it as a new world",
        )
    return loaded


def _forget(stage: Stage, command: c.Forget) -> Outcome:
    stage.deposits.forget(command.deposit)
    stage.share_memory()
    return Outcome()


def _branch(stage: Stage, command: c.Branch) -> Outcome:
    system = stage.system
    if command.deposit is not None:
        kept = stage.deposits.get(command.deposit)
        picture = kept.bookmark.thumbnail if kept.bookmark is not None else None
        arrays = kept.arrays if picture is None else {**kept.arrays, "meta/thumbnail": picture}
        return _branched(system, kept.spec, kept.scope, kept.params, kept.step, arrays)
    if command.step is None or command.step == system.step_count:
        scope = _scope(system)
        arrays = system.state(scope)
        return _branched(
            system, stage.present_spec(), scope, system.params, system.step_count, arrays
        )
    stage.keep_edits()
    moment = stage.history.find(command.step)
    spec = stage.present_spec().with_(
        params=moment.params.model_dump(mode="json"), seed=int(moment.arrays["clock/seed"][0])
    )
    return _branched(system, spec, "world", moment.params, moment.step, moment.arrays)


def _branched(
    system: System, spec: Spec, scope: Scope, params: Any, step: int, arrays: Any
) -> Outcome:
    """Write a state as a checkpoint, with the weights of today if it has none."""
    captured = checkpoint.capture(system, "world")
    weights = {n: a for n, a in captured.arrays.items() if n.startswith(("model/", "meta/"))}
    weights.pop("meta/thumbnail", None)
    meta = {**captured.meta, "scope": scope, "step": step, "seed": spec.seed}
    meta["params"] = params.model_dump(mode="json")
    whole = replace(
        captured,
        scope=scope,
        step=step,
        seed=spec.seed,
        arrays={**weights, **arrays},
        meta=meta,
        thumbnail=None,
    )
    state = Asset(f"{system.info.slug} at step {step}", whole.encode())
    return Outcome(value=c.Branched(spec, state, step))


def _pack(stage: Stage, command: c.Pack) -> Outcome:
    return Outcome(value=checkpoint.capture(stage.system, command.scope))


def _set_budget(stage: Stage, command: c.SetBudget) -> Outcome:
    if command.bytes < 0:
        raise BadInput(f"the history cannot have {command.bytes} bytes")
    stage.deposits.budget = command.bytes
    stage.deposits.fit()
    stage.share_memory()
    return Outcome()


def _set_frame_rate(stage: Stage, command: c.SetFrameRate) -> Outcome:
    if not 0 <= command.per_second <= _MOST_FRAMES:
        raise BadInput(f"there cannot be {command.per_second} pictures per second")
    stage.gaze.blind = command.per_second == 0
    stage.frames.set_rate(command.per_second or _CHECKS)
    stage.redraw = not stage.gaze.blind
    return Outcome()


def _set_stride(stage: Stage, command: c.SetStride) -> Outcome:
    if command.steps is not None and command.steps < 1:
        raise BadInput(
            f"a picture cannot be made every {command.steps} steps",
            remedy="Choose a number from 1 up, or none",
        )
    before, stage.stride = stage.stride, command.steps
    stage.strode = False
    return Outcome(inverse=c.SetStride(before))


_MOST_FRAMES = 1000.0
_CHECKS = 1.0  # times a second that a world without pictures is looked at for its soundness

HANDLERS: dict[type[c.Command], Callable[[Stage, Any], Outcome]] = {
    c.Restore: _restore,
    c.Load: _load,
    c.Keep: _keep,
    c.Forget: _forget,
    c.Branch: _branch,
    c.Pack: _pack,
    c.SetBudget: _set_budget,
    c.SetFrameRate: _set_frame_rate,
    c.SetStride: _set_stride,
}
