"""``primordia run``, ``render`` and ``export``: let a world live without a window."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from app.commands import options
from app.commands.figures import figures
from app.commands.options import As_json
from app.commands.outputs import FILMS, Look, Recorder, ending_of, endings, rendered, summary
from app.commands.progress import working
from app.commands.report import emit
from app.commands.worlds import Choice, build, noted
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.system import Scope, System

__all__ = ["export", "render", "run"]

INTERRUPTED = 130
MOST_FRAMES = 100_000


def _live(world: System, steps: int, recorder: Recorder, as_json: bool) -> None:
    """Run, write what was asked for, report; also when it was interrupted."""
    recorder.check(world)
    began, first = time.perf_counter(), world.step_count
    stopped = False
    try:
        with working(world.info.title) as activity:
            recorder.see(world)
            for done in range(1, steps + 1):
                before = time.perf_counter()
                world.step(activity.check)
                recorder.ticked(time.perf_counter() - before)
                recorder.see(world)
                activity.progress(done, steps, f"step {world.step_count:,}")
            for done in recorder.turn_around(world):
                activity.progress(done, recorder.look.frames, f"frame {done:,}")
                activity.check()
            if not world.finite():
                raise DivergedError(
                    f"the world of {world.info.slug} left the finite numbers",
                    remedy="Use other parameters or another model",
                )
    except Cancelled:
        stopped = True
    except BaseException:
        recorder.abort()
        raise
    seconds = time.perf_counter() - began
    recorder.finish(world)
    _report(world, world.step_count - first, seconds, recorder, stopped, as_json)
    if stopped:
        raise typer.Exit(INTERRUPTED)


def _report(
    world: System, steps: int, seconds: float, recorder: Recorder, stopped: bool, as_json: bool
) -> None:
    speed = steps / seconds if seconds > 0 else 0.0
    result: dict[str, Any] = {
        **summary(world),
        "seconds": seconds,
        "steps_per_second": speed,
        "out": recorder.path,
        "frames": recorder.frames,
        "interrupted": stopped,
    }
    if as_json:
        result["views"] = figures(world)
    lines = [
        f"{world.info.title}: step {world.step_count:,} of seed {world.seed}, "
        f"{steps:,} steps in {seconds:.1f} s ({speed:,.0f} steps/s)"
    ]
    lines += [f"  {name}: {value:,.6g}" for name, value in result["metrics"].items()]
    if recorder.path is not None:
        lines.append(f"  written: {recorder.path}")
    emit(result, lines, as_json=as_json)


def run(
    system: options.SystemName = "",
    preset: options.PresetId = "",
    settings: options.Settings = None,
    seed: options.Seed = None,
    steps: options.Steps = 100,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    target: options.Target = None,
    model: options.Model = None,
    model_name: options.ModelName = "",
    mesh: options.Mesh = None,
    remesh: options.Remesh = 0,
    keep_edges: options.KeepEdges = False,
    out: options.Out = None,
    every: Annotated[
        int, typer.Option("--every", min=1, help="Record every k-th step (.csv and films).")
    ] = 1,
    scope: options.ScopeName = "",
    sidecar: options.Sidecar = True,
    as_json: As_json = False,
) -> None:
    """Let a world live for some steps.

    --out writes a picture (.png), a film (.mp4 .webm .gif), the scalars of every step (.csv), the
    whole world (.safetensors), or a file of the system's own kind. --json prints where the world
    is, its scalars, and what can be read off its charts, matrices, heads and tables.
    """
    chosen = tuple(settings or ())
    where = (mesh, remesh, keep_edges)
    choice = Choice(
        system, preset, chosen, seed, device, threads, target, model, model_name, *where
    )
    world = build(choice, trained=True)
    journal = noted(world, choice) if sidecar else None
    recorder = Recorder(out, Look(every=every), _scope(scope, out) or "world", journal)
    _live(world, steps, recorder, as_json)


def _scope(text: str, out: Path | None) -> Scope | None:
    """Check the name of a scope; None where none was given."""
    if not text:
        return None
    if text not in get_args(Scope):
        raise BadInput(f"there is no scope {text!r}", remedy="Use model, world or training")
    if out is None or out.suffix.lower() != ".safetensors":
        raise BadInput("only a .safetensors file has a --scope", path=out, remedy="Leave it out")
    return cast("Scope", text)


def render(
    again: Annotated[
        Path | None,
        typer.Argument(metavar="[SIDECAR]", help="The JSON beside a picture or film to remake."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="A film (.mp4 .webm .gif .webp), a .png, .glb or .ply."
        ),
    ] = None,
    system: options.SystemName = "",
    preset: options.PresetId = "",
    settings: options.Settings = None,
    seed: options.Seed = None,
    steps: options.Steps = 300,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    target: options.Target = None,
    model: options.Model = None,
    model_name: options.ModelName = "",
    mesh: options.Mesh = None,
    remesh: options.Remesh = 0,
    keep_edges: options.KeepEdges = False,
    every: Annotated[int, typer.Option("--every", min=1, help="A frame every k-th step.")] = 1,
    fps: Annotated[float, typer.Option("--fps", help="Frames per second of a film.")] = 30.0,
    size: Annotated[
        str,
        typer.Option("--size", metavar="WxH", help="Of the picture or film, in pixels: 1280x720."),
    ] = "",
    scale: Annotated[
        int, typer.Option("--scale", min=1, max=64, help="Side of a cell in pixels.")
    ] = 1,
    view: Annotated[str, typer.Option("--view", help="Which of the system's views.")] = "world",
    channel: Annotated[str, typer.Option("--channel", help="One channel instead of colour.")] = "",
    eye: options.EyeText = "",
    turn: options.Turn = 0.0,
    frames: options.Frames = 0,
    sidecar: options.Sidecar = True,
    as_json: As_json = False,
) -> None:
    """Make a film of a run, or a picture or a textured mesh (.glb .ply) of its end.

    `primordia render NAME.png.json` makes a picture or a film once more from the sidecar that was
    written beside it, and says whether every pixel is the same; it exits with 1 where not.

    A film of no steps (--turn DEG --steps 0), or with --frames N, goes once around a solid that
    stands still. Solids are drawn without OpenGL.
    """
    if again is not None:
        if system or preset or model is not None:
            raise BadInput("a sidecar names its own world", path=again, remedy="Leave the rest out")
        _remake(again, out, as_json)
        return
    if out is None:
        raise BadInput("nothing says where to", remedy="Write --out FILE, or name a sidecar")
    if not math.isfinite(turn):
        raise BadInput(f"nothing turns by {turn} degrees", remedy="Write --turn 3")
    filming = out.suffix.lower() in FILMS
    if frames and not filming:
        raise BadInput("only a film has --frames", path=out, remedy="Write --out turn.mp4")
    turn, frames = _once_round(turn, frames, steps) if filming else (turn, 0)
    look = Look(view, channel, scale, _size(size), fps, every, options.eye_of(eye), turn, frames)
    chosen = tuple(settings or ())
    where = (mesh, remesh, keep_edges)
    choice = Choice(
        system, preset, chosen, seed, device, threads, target, model, model_name, *where
    )
    world = build(choice, trained=True)
    known = rendered(world, look)
    if ending_of(out, known) not in known:
        raise BadInput(
            "is neither a film nor a picture", path=out, remedy=f"Use {', '.join(known)}"
        )
    _live(
        world,
        steps,
        Recorder(out, look, journal=noted(world, choice) if sidecar else None),
        as_json,
    )


def _remake(sidecar: Path, out: Path | None, as_json: bool) -> None:
    from engine.rendering import remake

    with working(sidecar.name) as activity:
        made = remake(sidecar, out, activity)
    result = {"out": made.path, "frames": made.frames, "same": made.same, "notes": made.notes}
    frames = f"{made.frames:,} frames" if made.frames > 1 else "picture"
    verdict = "every pixel is the same" if made.same else "NOT the same"
    if made.first >= 0 and made.frames > 1:
        verdict += f": frame {made.first:,} differs"
    lines = [f"{made.path}: {frames}, {verdict}", *(f"  note: {words}" for words in made.notes)]
    emit(result, lines, as_json=as_json)
    if not made.same:
        raise typer.Exit(1)


def _once_round(turn: float, frames: int, steps: int) -> tuple[float, int]:
    """Return degrees a frame and frames of what stands still: one turn where nothing else is said.

    A film of no steps closes: its step is bent until a whole number of them makes a turn.
    """
    if frames:
        return turn or 360.0 / frames, frames
    if steps or not turn:
        return turn, 0
    frames = max(1, round(360.0 / abs(turn)))
    if frames > MOST_FRAMES:
        raise BadInput(f"{turn} degrees a frame makes {frames:,} frames", remedy="Write --turn 3")
    return math.copysign(360.0 / frames, turn), frames


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise BadInput(f"{text!r} is not a size", remedy="Write --size 1280x720")
    found = int(width), int(height)
    if not (min(found) >= 16 and max(found) <= 8192):
        raise BadInput(f"{text!r} cannot be the size of a film", remedy="Use 16 to 8192 pixels")
    return found


def export(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The ending decides the kind.")
    ],
    system: options.SystemName = "",
    preset: options.PresetId = "",
    settings: options.Settings = None,
    seed: options.Seed = None,
    steps: options.Steps = 0,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    target: options.Target = None,
    model: options.Model = None,
    model_name: options.ModelName = "",
    mesh: options.Mesh = None,
    remesh: options.Remesh = 0,
    keep_edges: options.KeepEdges = False,
    scope: options.ScopeName = "",
    as_json: As_json = False,
) -> None:
    """Write a world, after some steps, in a format that other programs read.

    Ctrl-C writes what was reached.
    """
    from app.commands.outputs import write_result

    _scope(scope, out)
    chosen = tuple(settings or ())
    where = (mesh, remesh, keep_edges)
    choice = Choice(
        system, preset, chosen, seed, device, threads, target, model, model_name, *where
    )
    world = build(choice, trained=True)
    known = [ending for ending in endings(world) if ending not in (".mp4", ".webm", ".gif", ".csv")]
    if ending_of(out, known) not in known:
        raise BadInput(
            f"{world.info.title} cannot be exported to it",
            path=out,
            remedy=f"Use one of {', '.join(known)}",
        )
    saved: Scope = _scope(scope, out) or ("model" if world.get_arrays("model") else "world")
    Recorder(out, scope=saved).check(world)
    stopped = False
    try:
        with working(world.info.title) as activity:
            for done in range(1, steps + 1):
                world.step(activity.check)
                activity.progress(done, steps)
    except Cancelled:
        stopped = True
    write_result(world, out, Look(), saved)
    result = {**summary(world), "out": out, "bytes": out.stat().st_size, "interrupted": stopped}
    emit(result, [f"{out}: {result['bytes']:,} bytes"], as_json=as_json)
    if stopped:
        raise typer.Exit(INTERRUPTED)
