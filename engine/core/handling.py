"""What each command does to a world."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from engine.core import checkpoint
from engine.core import commands as c
from engine.core.capabilities import SEEN, ask, perform
from engine.core.errors import BadInput
from engine.core.gaze import view_of
from engine.core.keeping import HANDLERS, leaping, setting_aside
from engine.core.origin import Making, origin_of
from engine.core.outcome import Outcome
from engine.core.params import assign, fields_of, load_stored
from engine.core.patches import Patched
from engine.core.recorder import Recorder, check_drawable, request_of
from engine.core.spec import Spec, check_seed
from engine.core.stage import Stage
from engine.core.system import Actionable, Brushable, Exportable, Trainable, Undoable

__all__ = ["CHANGES_WORLD", "FREE", "ORDERED", "Outcome", "handle", "interrupts"]

FREE = (
    c.Play,
    c.Pause,
    c.SetSpeed,
    c.SetStride,
    c.SetFrameRate,
    c.SetBudget,
    c.Step,
    c.RunTo,
    c.Look,
)
"""Commands that act within a tick or an update, whatever else waits."""

ORDERED = (c.Brush, c.Undo, c.Redo, c.Snapshot, c.Ask, c.Forget)
"""Commands that act within an update, but not before an older command."""

CHANGES_WORLD = (c.Brush, c.Undo, c.Redo, c.Act, c.SetParam, c.Reset, c.Load, c.Restore, c.Jump)
"""Commands after whose unexpected failure the world may be half changed."""


def interrupts(command: c.Command, *, training: bool) -> bool:
    """Tell whether a command ends a tick or an update under way: its result is not wanted."""
    if isinstance(command, c.Train):
        return training and not command.on
    if isinstance(command, c.Jump):  # what is learnt under way is not lost by it
        return not training
    return isinstance(command, c.Close | c.Reset | c.Rebuild | c.Load | c.Restore)


def handle(stage: Stage, command: c.Command) -> Outcome:
    """Do a command.

    Raises
    ------
    UserError
        If it cannot be done; nothing has changed then, unless `stage.torn` says so.
    """
    handler = _HANDLERS.get(type(command))
    if handler is None:
        raise BadInput(f"a running world does not know {type(command).__name__}")
    outcome = handler(stage, command)
    # What brings a world up is no change by hand.
    fresh = isinstance(command, c.Load) and command.fresh
    stage.edits += isinstance(command, _EDITS) and not fresh
    if isinstance(command, c.Pause | c.Reset | c.Load | c.Rebuild | c.Restore | c.Look) or (
        isinstance(command, CHANGES_WORLD) and not stage.transport.running
    ):
        stage.redraw = True
    stage.stale = stage.stale or isinstance(command, CHANGES_WORLD)
    return outcome


def _play(stage: Stage, command: c.Play) -> Outcome:
    _ = stage.system
    stage.paused_by = ""
    return Outcome(done=stage.transport.play(stage.clock()))


def _pause(stage: Stage, command: c.Pause) -> Outcome:
    return Outcome(done=stage.transport.pause())


def _set_speed(stage: Stage, command: c.SetSpeed) -> Outcome:
    before = stage.transport.pace.speed
    stage.transport.pace.set_speed(command.steps_per_second, stage.clock())
    return Outcome(inverse=c.SetSpeed(before))


def _step(stage: Stage, command: c.Step) -> Outcome:
    stage.paused_by = ""
    stage.transport.step(command.count, stage.system.step_count, command.id)
    return Outcome(later=True)


def _run_to(stage: Stage, command: c.RunTo) -> Outcome:
    stage.paused_by = ""
    done = stage.transport.run_to(command.step, stage.system.step_count, command.id)
    return Outcome(later=True, done=done)


def _jump(stage: Stage, command: c.Jump) -> Outcome:
    system, history, transport = stage.system, stage.history, stage.transport
    stage.keep_edits()  # to be able to come back
    now, moment = system.step_count, None
    # Of a future that nobody knows no moment is needed, nor any room for one.
    if command.play or command.step < now or history.leads_on(now):
        moment = history.find(command.step)
    stage.paused_by = ""
    done = transport.pause()
    # From the present it is shorter where no moment lies between; an edit would be one.
    if moment is not None and (command.play or not moment.step < now <= command.step):
        stage.begun = False
        with leaping(stage):
            history.restore(system, moment)
        stage.good.keep(system, training=stage.training)
        now = moment.step
    if command.play:
        transport.play(stage.clock())
    elif now < command.step:
        transport.run_to(command.step, now, command.id)
        return Outcome(later=True, done=done)
    return Outcome(value=now, done=done)


def _reset(stage: Stage, command: c.Reset) -> Outcome:
    system = stage.system
    if command.seed is not None:
        check_seed(command.seed)
    with setting_aside(stage, whole=False) as aside, leaping(stage):
        system.reset(command.seed)
        stage.begin()
    done = [] if stage.transport.free else stage.transport.pause()
    stage.transport.pace.restart(stage.clock())
    return Outcome(value=system.seed, inverse=aside.inverse, done=done)


def _set_param(stage: Stage, command: c.SetParam) -> Outcome:
    system = stage.system
    kinds = {field.name: field for field in fields_of(type(system.params))}
    if command.name in kinds and kinds[command.name].apply == "rebuild":
        raise BadInput(
            f"{command.name} cannot change while the world runs", remedy="Apply and restart"
        )
    before, told = getattr(system.params, command.name, None), system.vain()
    system.set_param(command.name, command.value)
    if system.vain() != told:
        stage.warnings = system.vain()
    after = getattr(system.params, command.name)
    stage.changed = (command.name, after)
    # What a name stands for may be another thing by now.
    changed = after != before or kinds[command.name].kind in ("text", "path")
    if changed and command.name not in system.incidental:
        # A tick that has begun may go on with the former value, so that this one counts after it.
        stage.history.edited(stage.step + stage.begun)
    untold = _FILE if kinds[command.name].kind == "path" else ""
    return Outcome(value=after, inverse=c.SetParam(command.name, before), untold=untold)


def _rebuild(stage: Stage, command: c.Rebuild) -> Outcome:
    _check_params(stage, command.spec)
    with setting_aside(stage, whole=True) as aside:
        stage.build(command.spec, keep_model=command.keep_model)
    if stage.training:
        stage.good.keep(stage.system, training=True)
    if stage.recorder is not None:
        stage.recorder.finish()
    done = [] if stage.transport.free else stage.transport.pause()
    return Outcome(inverse=aside.inverse, done=done)


def _check_params(stage: Stage, spec: Spec) -> None:
    """Refuse parameters that somebody chose and that cannot be; files are read more forgivingly.

    What the present world has, or one that could not be built was to have, may come from a file.
    """
    present = stage.present_spec()
    known = present.params if present.slug == spec.slug else {}
    chosen = {n: v for n, v in spec.params.items() if n not in known or known[n] != v}
    kept = {n: v for n, v in spec.params.items() if n not in chosen}
    model = stage.lookup(spec.slug).Params
    assign(load_stored(model, kept)[0], chosen)


def _look(stage: Stage, command: c.Look) -> Outcome:
    stage.gaze.look(command.wanted)
    return Outcome()


def _snapshot(stage: Stage, command: c.Snapshot) -> Outcome:
    view = stage.view(command.view, command.request)
    if not command.origin:
        return Outcome(value=view)
    main = stage.system.view_offers()[0].name == view_of(command.view)
    try:
        origin = origin_of(stage.journal, stage.system, learning=not main)
    except BadInput:
        origin = None  # the picture itself is there
    return Outcome(value=(view, origin))


def _brush(stage: Stage, command: c.Brush) -> Outcome:
    system, stroke = stage.system, command.stroke
    if not isinstance(system, Brushable):
        raise BadInput(f"{system.info.title} has no brushes")
    if not (math.isfinite(stroke.value) and math.isfinite(stroke.radius)):
        raise BadInput(f"a brush cannot paint {stroke.value} with radius {stroke.radius}")
    system.brush(stroke)
    stage.edited()
    return Outcome(gesture=stage.gesture(stroke.number))


def _undo(stage: Stage, command: c.Undo) -> Outcome:
    system = _undoable(stage)
    words = system.undo_words()[0]
    system.undo()
    stage.edited()
    return Outcome(value=words)


def _redo(stage: Stage, command: c.Redo) -> Outcome:
    system = _undoable(stage)
    words = system.undo_words()[1]
    system.redo()
    stage.edited()
    return Outcome(value=words)


def _undoable(stage: Stage) -> Undoable:
    system = stage.system
    if not isinstance(system, Undoable):
        raise BadInput(
            f"{system.info.title} cannot take strokes back",
            remedy="Go back in time instead: its earlier steps are kept",
        )
    return system


def _act(stage: Stage, command: c.Act) -> Outcome:
    system = stage.system
    if isinstance(system, Patched) and isinstance(system, Actionable):
        known = system.actions().get(command.name)
        system.begin_gesture(known.title.lower() if known is not None else command.name)
    value = perform(system, command.name, command.arguments, stage.poll)
    stage.edited()
    known = system.actions().get(command.name) if isinstance(system, Actionable) else None
    untold = _FILE if known is not None and _reads_file(known.arguments) else ""
    if isinstance(system, Actionable) and system.actions()[command.name].undoable:
        value, inverse = value
        return Outcome(value=value, inverse=inverse, untold=untold)
    return Outcome(value=value, gesture=stage.gesture(), untold=untold)


@functools.lru_cache(maxsize=256)
def _reads_file(arguments: type[BaseModel] | None) -> bool:
    """Whether an action is given the name of a file, which may hold something else by now."""
    fields = arguments.model_fields.values() if arguments is not None else ()
    parts = (part for field in fields for part in (field.annotation, *get_args(field.annotation)))
    return any(isinstance(part, type) and issubclass(part, Path) for part in parts)


def _ask(stage: Stage, command: c.Ask) -> Outcome:
    value = ask(stage.system, command.question, command.arguments)
    stage.redraw = stage.redraw or command.question in SEEN
    return Outcome(value=value)


def _train(stage: Stage, command: c.Train) -> Outcome:
    system = stage.system
    if not isinstance(system, Trainable):
        raise BadInput(f"{system.info.title} does not learn", remedy="Choose another system")
    if command.on and not stage.training:
        stage.good.keep(system, training=True)
    stage.training = command.on
    return Outcome()


def _save(stage: Stage, command: c.Save) -> Outcome:
    checkpoint.save(stage.system, command.path, command.scope)
    return Outcome(value=command.path)


def _export(stage: Stage, command: c.ExportFile) -> Outcome:
    system = stage.system
    exports = system.exports() if isinstance(system, Exportable) else ()
    name = command.path.name.lower()
    fitting = [export for export in exports if name.endswith(export.ending.lower())]
    if not fitting:
        known = ", ".join(export.ending for export in exports)
        raise BadInput(
            f"{system.info.title} cannot write this kind of file",
            path=command.path,
            remedy=f"Use one of {known}" if known else "Save a picture or a checkpoint instead",
        )
    export = max(fitting, key=lambda export: len(export.ending))
    if command.apart and export.begin is not None:
        return Outcome(value=partial(export.begin(), command.path))
    export.write(command.path)
    return Outcome()


def _record(stage: Stage, command: c.Record) -> Outcome:
    if stage.recorder is not None:
        raise BadInput("a recording is under way", remedy="Stop it first")
    if command.every < 1 or (command.frames is not None and command.frames < 1):
        raise BadInput("a recording needs whole numbers from 1 up", path=command.path)
    if command.still and command.frames is None:
        raise BadInput("a film of what stands still needs a number of frames", path=command.path)
    if command.turn and command.request.eye is None:
        raise BadInput("only what is looked at by an eye can be turned", path=command.path)
    if not math.isfinite(command.turn):
        raise BadInput(f"a film cannot turn by {command.turn} degrees", path=command.path)
    first = check_drawable(command.view, stage.view(command.view, request_of(command, 0)))
    film = stage.open_film(command, first)
    outcome = Outcome(value=command.path)
    try:
        if command.from_reset:
            reset = _reset(stage, c.Reset())
            outcome.done, outcome.inverse = reset.done, reset.inverse
            stage.journal.did(c.Reset())
            stage.edits += 1
            stage.redraw = True
            first = stage.view(command.view, request_of(command, 0))
        making = Making(still=command.still) if command.sidecar else None
        if making is not None:
            main = stage.system.view_offers()[0].name == view_of(command.view)
            try:
                making.begin(stage.journal, stage.system, learning=stage.training or not main)
            except BadInput:
                making = None  # a film without a sidecar is better than none
        stage.recorder = Recorder(command, film, stage.ring, making)
        stage.recorder.offer(first)
    except BaseException:
        film.abort()
        raise
    return outcome


def _stop_recording(stage: Stage, command: c.StopRecording) -> Outcome:
    if stage.recorder is None:
        raise BadInput("nothing is being recorded")
    stage.recorder.finish(discard=command.discard)
    stage.film_waits.append(command.id)
    return Outcome(later=True)


_FILE = "it read a file, whose name alone does not tell what was in it"
_EDITS = (*(kind for kind in CHANGES_WORLD if kind is not c.Jump), c.Rebuild)

Handler = Callable[[Stage, Any], Outcome]
_HANDLERS: dict[type[c.Command], Handler] = {
    c.Play: _play,
    c.Pause: _pause,
    c.SetSpeed: _set_speed,
    c.Step: _step,
    c.RunTo: _run_to,
    c.Jump: _jump,
    c.Reset: _reset,
    c.SetParam: _set_param,
    c.Rebuild: _rebuild,
    c.Look: _look,
    c.Snapshot: _snapshot,
    c.Brush: _brush,
    c.Undo: _undo,
    c.Redo: _redo,
    c.Act: _act,
    c.Ask: _ask,
    c.Train: _train,
    c.Save: _save,
    c.ExportFile: _export,
    c.Record: _record,
    c.StopRecording: _stop_recording,
    **HANDLERS,
}
