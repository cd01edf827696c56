"""``primordia train``: teach a system its target without a window."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from app.commands import options
from app.commands.options import As_json
from app.commands.outputs import summary
from app.commands.progress import working
from app.commands.report import emit, note
from app.commands.worlds import Choice, build
from engine.core import checkpoint
from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.files import check_writable
from engine.core.system import System, Trainable

__all__ = ["train"]

INTERRUPTED = 130


def train(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The trained model (.safetensors).")
    ],
    system: options.SystemName = "",
    preset: options.PresetId = "",
    settings: options.Settings = None,
    seed: options.Seed = None,
    iterations: Annotated[
        int,
        typer.Option(
            "--iterations", "--steps", min=0, help="Updates; 0 means as many as are planned."
        ),
    ] = 0,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.0, help="Stop after so long; 0 means never.")
    ] = 0.0,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    target: options.Target = None,
    model: options.Model = None,
    model_name: options.ModelName = "",
    mesh: options.Mesh = None,
    remesh: options.Remesh = 0,
    keep_edges: options.KeepEdges = False,
    scope: Annotated[
        str, typer.Option("--scope", help="What is saved: model, or training to go on with it.")
    ] = "model",
    as_json: As_json = False,
) -> None:
    """Train a system and save its weights; Ctrl-C saves what was reached."""
    if scope not in ("model", "world", "training"):
        raise BadInput(f"there is no scope {scope!r}", remedy="Use model, world or training")
    if out.suffix.lower() != ".safetensors":
        raise BadInput("cannot hold a model", path=out, remedy="Use the ending .safetensors")
    check_writable(out)
    choice = Choice(
        system,
        preset,
        tuple(settings or ()),
        seed,
        device,
        threads,
        target,
        model,
        model_name,
        mesh,
        remesh,
        keep_edges,
        learning=True,
    )
    world = build(choice)
    if not isinstance(world, Trainable):
        raise BadInput(
            f"{world.info.title} has nothing to train", remedy="See: primordia list --json"
        )
    began, first = time.perf_counter(), world.train_progress()[0]
    losses: list[float] = []
    stopped, diverged = False, None
    try:
        with working(f"Training {world.info.title}") as activity:
            _learn(world, iterations, minutes * 60, activity, losses)
    except (Cancelled, KeyboardInterrupt):
        stopped = True
    except DivergedError as error:
        diverged = error  # the weights before it are good, and worth an hour perhaps
    seconds = time.perf_counter() - began
    updates = world.train_progress()[0] - first
    checkpoint.save(world, out, scope)  # type: ignore[arg-type]
    if diverged is not None:
        note(f"note: the last good weights after {updates:,} updates are saved in {out}")
        raise diverged
    loss = losses[-1] if losses else None
    result = {
        **summary(world),
        "updates": updates,
        "loss": loss,
        "seconds": seconds,
        "updates_per_second": updates / seconds if seconds > 0 else 0.0,
        "out": out,
        "bytes": out.stat().st_size,
        "interrupted": stopped,
    }
    ending = f", loss {loss:.4g}" if loss is not None else ""
    lines = [f"{world.info.title}: {updates:,} updates in {seconds:.0f} s{ending}"]
    emit(result, [*lines, f"  written: {out}"], as_json=as_json)
    if stopped:
        raise typer.Exit(INTERRUPTED)


def _learn(
    world: System, iterations: int, limit: float, activity: Activity, losses: list[float]
) -> None:
    """Do updates until they are enough or the time is over."""
    assert isinstance(world, Trainable)
    done, planned = world.train_progress()
    goal = done + iterations if iterations else max(planned, done)
    start, began = done, time.perf_counter()
    while done < goal:
        scalars = world.train_step(activity.check)
        losses.append(scalars["loss"])
        done = world.train_progress()[0]
        passed = time.perf_counter() - began
        words = f"update {done:,}, loss {scalars['loss']:.3g}"
        if limit and passed / limit > (done - start) / (goal - start):
            activity.progress(min(passed, limit), limit, words)
        else:
            activity.progress(done - start, goal - start, words)
        if limit and passed >= limit:
            return
