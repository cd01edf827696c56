"""``primordia bench gui``: how fast the window starts and draws, and how long it ever stands still.

The real program runs in a process of its own, on the display there is or on an Xvfb, and writes a
trace (`app.timing`) of what happened. Window and first live picture count from the start of the
process; pictures per second are those of a 512 x 512 world without a speed limit, in a window of
1280 x 800, and those of a whole soup of 131,072 programs, random and taken over by a replicator;
stalls count from the first live picture on, opening and rebuilding worlds included. Loading torch
is kept apart.

A picture shows a whole step, so a soup has never more new pictures than steps: they are compared
with those. What is demanded of the window is that it draws fluently beside a living soup; for this
the picture is panned all the time (``moving``), and every paint counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which

from app.bench_attention import attention_rows, attention_script
from app.bench_mesh import mesh_rows, mesh_script
from app.bench_shell import prepare, shell_rows, shell_script
from app.timeline import Timeline, quantile
from engine.bench import Bench
from engine.bench.harness import Row
from engine.core.activity import Activity
from engine.core.errors import BadInput, UserError

__all__ = ["BENCHES", "Started", "bench", "drawing_rows", "starting_rows"]

STARTS = 5
SECONDS = 5.0
PATIENCE = 300.0
SIZE = 512
SYSTEMS = ("life", "gray-scott", "growing-nca")
SOUP = "soup/full-soup"
PROGRAMS_WIDE = 600  # cells: the disc of programs that are infected, a seventh of all
MOVING = "moving"
TAKEN_OVER = 64  # steps after which hardly any program does not descend from them
LEAST_VIEWPORT = (768, 576)
# What the window is asked for: seconds, seconds, milliseconds, pictures per second.
WINDOW, FRAME, STALL, FRAMES = 2.5, 5.0, 100.0, 30.0
DEMAND = "demand"


NAMES = ("gui.start", "gui.painter", "gui.gl", "gui.mesh", "gui.attention", "gui.shell")


@dataclass(frozen=True)
class Started:
    """A program that ran: when it was started, what it wrote, and when it was gone."""

    start: float
    timeline: Timeline
    end: float = 0.0


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Time the window's start, its drawing by ``gui.painter`` or ``gui.gl``, or of meshes by both.

    ``gui.attention`` times heads that learn while they are looked at, ``gui.shell`` dropping a
    picture to learn, a picture of 4K and closing ten worlds.

    Raises
    ------
    UserError
        If there is no display and no Xvfb, or the program fails.
    """
    del device  # the window chooses its own
    with _display(activity) as display:
        if name == "gui.start":
            runs = []
            for turn in range(STARTS + 1):
                _note(activity, f"start {turn + 1} of {STARTS + 1}")
                runs.append(_run("wait-for drawn; quit", "painter", display))
            return starting_rows(runs[1:])  # the first one warms the disk cache
        if name == "gui.attention":
            _note(activity, "drawing attention that learns")
            return attention_rows(_run(attention_script(), "painter", display).timeline)
        if name == "gui.mesh":
            rows = []
            for renderer in ("painter", "gl"):
                _note(activity, f"drawing meshes by {renderer}")
                rows += mesh_rows(renderer, _run(mesh_script(), renderer, display).timeline)
            return rows
        if name == "gui.shell":
            _note(activity, "dropping, picturing and closing")
            with tempfile.TemporaryDirectory(prefix="primordia-bench-") as folder:
                run = _run(shell_script(prepare(Path(folder))), "painter", display)
            return shell_rows(run.timeline, run.end)
        renderer = name.removeprefix("gui.")
        _note(activity, f"drawing by {renderer}")
        return drawing_rows(renderer, _run(script(SYSTEMS), renderer, display))


BENCHES: dict[str, Bench] = {name: partial(bench, name) for name in NAMES}


def script(systems: tuple[str, ...]) -> str:
    """Write what the program shall do: let each system run at full speed for some seconds."""
    lines = ["size 1280x800", "wait-for drawn", "wait-for warm", "view.gallery", "wait 1"]
    for slug in systems:
        lines += [
            f"world.open {slug}",
            "wait-for alive",
            f"set width={SIZE}",
            f"set height={SIZE}",
            "params.apply",
            "wait 1.5",
            *_timed(slug),
        ]
    return "; ".join([*lines, *soup_lines(), "quit"])


def soup_lines() -> list[str]:
    """Say what shall be done with soups: look at one while it is random and once it is not."""
    return [
        f"world.open {SOUP}",
        "wait-for alive",
        "wait-for step 8",
        *_timed("soup-fresh"),
        *_moved("soup-fresh"),
        f"world.open {SOUP}",
        "wait-for alive",
        "speed max",
        f"stroke tool=infect radius={PROGRAMS_WIDE} 1000,2000",
        f"wait-for step {TAKEN_OVER}",
        *_timed("soup-takeover"),
        *_moved("soup-takeover"),
    ]


def _timed(name: str) -> list[str]:
    return ["speed max", "wait 0.5", f"mark {name} begin", f"wait {SECONDS}", f"mark {name} end"]


def _moved(name: str) -> list[str]:
    name = f"{name}.{MOVING}"
    return [f"mark {name} begin", f"sway {SECONDS}", f"mark {name} end"]


def starting_rows(runs: list[Started]) -> list[Row]:
    """Judge several starts by their medians."""
    shown = statistics.median(run.timeline.at("window") - run.start for run in runs)
    drawn = statistics.median(run.timeline.at("frame") - run.start for run in runs)
    return [
        _less("gui.start.window", shown, "s", WINDOW),
        _less("gui.start.frame", drawn, "s", FRAME),
    ]


def drawing_rows(renderer: str, run: Started) -> list[Row]:
    """Judge one run of `script`.

    Raises
    ------
    UserError
        If the viewport was smaller than the demand says.
    """
    line = run.timeline
    if any(side < least for side, least in zip(line.viewport, LEAST_VIEWPORT, strict=True)):
        width, height = line.viewport
        raise UserError(
            f"the viewport had {width} x {height} pixels only",
            remedy="Use a screen of at least 1280 x 800",
        )
    demanded = renderer == "painter"  # what counts on a software renderer
    rows = []
    for _, mark in line.marks:
        slug, _, which_end = mark.rpartition(" ")
        if which_end == "begin":
            first, last = line.at(mark), line.at(f"{slug} end")
            rows.append(_frames(line, renderer, slug, first, last))
    warm_up, warm, last = line.at("warm-up"), line.at("warm"), line.beats[-1][0]
    loading = line.lateness(warm_up, warm)
    late = [*line.lateness(line.at("frame"), warm_up), *line.lateness(warm, last)]
    # What reaches into the loading belongs to it.
    late = [seconds for seconds in late if seconds not in loading]
    longest = 1000 * max(late, default=0.0)
    stall = f"gui.stall.{renderer}"
    rows += [
        _less(stall, longest, "ms", STALL) if demanded else Row(stall, longest, "ms"),
        Row(f"{stall}.torch", 1000 * max(loading, default=0.0), "ms"),
        Row(f"gui.late.{renderer}.p50", 1000 * quantile(late, 0.5), "ms"),
        Row(f"gui.late.{renderer}.p99", 1000 * quantile(late, 0.99), "ms"),
    ]
    return rows


def _frames(line: Timeline, renderer: str, name: str, first: float, last: float) -> Row:
    """Judge pictures per second between two times."""
    title = f"gui.frames.{renderer}.{name}"
    if name.startswith("soup") and not name.endswith(MOVING):
        rate, steps = line.frames_per_second(first, last), line.steps_per_second(first, last)
        return Row(title, rate, "frames/s", "steps/s", steps, rate / steps if steps else None)
    moving = name.endswith(MOVING)
    rate = (line.paints_per_second if moving else line.frames_per_second)(first, last)
    if renderer != "painter":  # what counts on a software renderer
        return Row(title, rate, "frames/s")
    return Row(title, rate, "frames/s", DEMAND, FRAMES, rate / FRAMES)


def _note(activity: Activity, words: str) -> None:
    """Say what is done now; how much of all benches is done is not ours to say."""
    status = activity.status
    activity.progress(status.done, status.total, words)


def _less(name: str, value: float, unit: str, most: float) -> Row:
    return Row(name, value, unit, DEMAND, most, most / value if value > 0 else None)


def _run(text: str, renderer: str, display: dict[str, str]) -> Started:
    """Run the program with a script, away from the user's settings."""
    beside = Path(sys.executable).with_name("primordia")
    program = [str(beside)] if beside.exists() else [sys.executable, "-m", "app.cli"]
    with tempfile.TemporaryDirectory(prefix="primordia-bench-") as folder:
        trace = Path(folder) / "trace.json"
        environment = {
            **os.environ,
            **display,
            "PRIMORDIA_HOME": folder,
            "PRIMORDIA_RENDERER": renderer,
            "PRIMORDIA_TRACE": str(trace),
        }
        start = time.monotonic()
        try:
            done = subprocess.run(
                [*program, "gui", "--do", text],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"the window did not end within {PATIENCE:.0f} s") from None
        end = time.monotonic()
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no words"])[-1]
            raise UserError(f"the window ended with {done.returncode}: {last}")
        return Started(start, Timeline.read(trace), end)


@contextmanager
def _display(activity: Activity) -> Iterator[dict[str, str]]:
    """Give the environment of the display there is, or of an Xvfb that lives as long as this."""
    places = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform != "linux" or any(os.environ.get(name) for name in places):
        yield {}
        return
    server = which("Xvfb")
    if server is None:
        raise BadInput("there is no display to open a window on", remedy="Install xvfb")
    _note(activity, "no display: starting Xvfb")
    told, tells = os.pipe()
    command = [server, "-displayfd", str(tells), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=(tells,), stderr=subprocess.DEVNULL)
    try:
        os.close(tells)
        with os.fdopen(told) as answer:
            number = answer.readline().strip()
        if not number:
            raise UserError("Xvfb did not start")
        yield {"DISPLAY": f":{number}"}
    finally:
        process.terminate()
        process.wait()
