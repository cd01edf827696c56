"""``primordia act`` and ``primordia SYSTEM ACTION``: a system's own actions without a window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from app.commands import options
from app.commands.figures import figures
from app.commands.options import As_json
from app.commands.outputs import Look, Recorder, summary, write_result
from app.commands.progress import working
from app.commands.report import emit, table
from app.commands.worlds import Choice, build
from engine.core.capabilities import perform
from engine.core.errors import BadInput
from engine.core.system import Action, Actionable, System

__all__ = ["act"]


def act(
    action: Annotated[str, typer.Argument(help="Which; none lists what the system can do.")] = "",
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="What it needs to know.")
    ] = None,
    system: options.SystemName = "",
    preset: options.PresetId = "",
    settings: options.Settings = None,
    seed: options.Seed = None,
    steps: options.Steps = 0,
    after: Annotated[int, typer.Option("--after", min=0, help="Ticks to run afterwards.")] = 0,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    target: options.Target = None,
    model: options.Model = None,
    model_name: options.ModelName = "",
    mesh: options.Mesh = None,
    out: options.Out = None,
    as_json: As_json = False,
) -> None:
    """Let a world do one of its own actions: primordia SYSTEM ACTION key=value."""
    chosen = tuple(settings or ())
    choice = Choice(system, preset, chosen, seed, device, threads, target, model, model_name, mesh)
    given = _read(arguments or ())
    world = build(choice, trained=True)
    known = world.actions() if isinstance(world, Actionable) else {}
    if not action:
        _list(world, known, as_json)
        return
    if action not in known:
        raise BadInput(
            f"{world.info.title} has no action {action!r}",
            remedy="Use one of: " + (", ".join(sorted(known)) or "none"),
        )
    _check(action, known[action], given)
    Recorder(out).check(world)
    with working(world.info.title) as activity:
        for _ in range(steps):
            world.step(activity.check)
        value = perform(world, action, given, activity.check)
        for _ in range(after):
            world.step(activity.check)
    if known[action].undoable and isinstance(value, tuple):
        value = value[0]  # beside it stands what would undo it
    if out is not None:
        write_result(world, out, Look())
    result = {**summary(world), "action": action, "value": value, "out": out}
    if as_json:
        result["views"] = figures(world)
    lines = [f"{world.info.title}, step {world.step_count:,}: {known[action].title}"]
    lines += [f"  {value}"] if value is not None else []
    lines += [f"  {name}: {number:,.6g}" for name, number in result["metrics"].items()]
    emit(result, lines, as_json=as_json)


def _read(texts: Iterable[str]) -> dict[str, str]:
    """Read ``key=value`` texts; the action's own model makes numbers of them."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadInput(f"{text!r} is not an assignment", remedy="Write name=value")
        found[name.strip()] = value.strip()
    return found


def _fields(action: Action) -> dict[str, Any]:
    return dict(action.arguments.model_fields) if action.arguments is not None else {}


def _check(name: str, action: Action, given: dict[str, str]) -> None:
    """Refuse what the action does not take, and say what it needs."""
    fields = _fields(action)
    strange = next((key for key in given if key not in fields), None)
    if strange is not None:
        known = ", ".join(fields) or "nothing"
        raise BadInput(f"{name} does not take {strange!r}", remedy=f"It takes: {known}")
    missing = [key for key, field in fields.items() if field.is_required() and key not in given]
    if missing:
        line = " ".join(f"{key}=..." for key in missing)
        raise BadInput(f"{name} needs {', '.join(missing)}", remedy=f"Write {name} {line}")


def _list(world: System, known: dict[str, Action], as_json: bool) -> None:
    rows = [
        (name, " ".join(f"{key}=" for key in _fields(action)), action.help or action.title)
        for name, action in known.items()
    ]
    result = {
        "system": world.info.slug,
        "actions": [
            {"name": name, "title": action.title, "help": action.help, "arguments": _fields(action)}
            for name, action in known.items()
        ],
    }
    for entry in result["actions"]:
        entry["arguments"] = {  # type: ignore[index]
            key: field.description or ""
            for key, field in entry["arguments"].items()  # type: ignore[index]
        }
    emit(result, table(rows) if rows else ["It has no actions of its own."], as_json=as_json)
