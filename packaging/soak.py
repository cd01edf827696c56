"""Run worlds for minutes without a window and print the resident memory: does it grow?

``python packaging/soak.py [MINUTES] [SYSTEM ...]`` steps, films and resets each system in turn, in
one process, and prints a line every 20 seconds. It exits with 1 if memory grew by more than 20 MB
(or 5 %, if that is more) from the second tenth of the time to the last.

``python packaging/soak.py --peak SYSTEM [SIZE]`` builds one world of SIZE x SIZE (1024), steps and
draws it, and prints the peak of the process; one system to a process, for a peak never falls.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from engine import openers
from engine.core import registry
from engine.core.commands import (
    Command,
    Failure,
    Look,
    Record,
    Reply,
    Reset,
    RunnerState,
    SetSpeed,
    Step,
)
from engine.core.runner import Runner
from engine.core.views import ViewRequest

MEGABYTE = 2**20
PATIENCE = 300.0
FRAMES = 30
LOOK = Look({"world": ViewRequest(max_size=768)})


class Ear:
    """A listener that hands replies to whoever waits for them and keeps failures."""

    def __init__(self) -> None:
        self._replies: dict[int, Reply] = {}
        self._changed = threading.Condition()
        self.failures: list[Failure] = []

    def views_ready(self) -> None:
        """Ignore it: views are taken by the loop."""

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        """Ignore them."""

    def state_changed(self, state: RunnerState) -> None:
        """Ignore it."""

    def replied(self, reply: Reply) -> None:
        with self._changed:
            self._replies[reply.id] = reply
            self._changed.notify_all()

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)

    def wait(self, number: int) -> Reply:
        with self._changed:
            if not self._changed.wait_for(lambda: number in self._replies, PATIENCE):
                raise SystemExit(f"no answer to command {number}")
            return self._replies.pop(number)


class Driven:
    """One world in its runner, driven as the window would."""

    def __init__(self, slug: str, params: dict[str, Any]) -> None:
        spec = openers.spec_of(slug, "")
        self.ear = Ear()
        self.runner = Runner(spec.with_(params={**spec.params, **params}), self.ear)
        self.runner.start()
        self.do(LOOK)
        self.do(SetSpeed(None))

    def do(self, command: Command) -> None:
        """Send a command and wait for its end; what failed ends the program."""
        reply = self.ear.wait(self.runner.submit(command))
        self.runner.mailbox.take()
        if reply.error is not None or self.ear.failures:
            raise SystemExit(str(reply.error or self.ear.failures[0].report))

    def close(self) -> None:
        """End the world."""
        if not self.runner.close(PATIENCE):
            raise SystemExit("the world did not end")


def resident() -> float:
    """Resident memory of this process in MB."""
    return float(psutil.Process().memory_info().rss / MEGABYTE)


def once(world: Driven, folder: Path, turn: int) -> None:
    """Step, film from a reset, step on, reset: one round of a user's hour."""
    world.do(Step(60))
    film = folder / f"film-{turn % 3}.{'mp4' if turn % 2 else 'gif'}"
    film.unlink(missing_ok=True)
    world.do(Record(film, from_reset=turn % 2 == 0, frames=FRAMES))
    world.do(Step(FRAMES + 1))
    limit = time.monotonic() + PATIENCE
    while world.runner.state.recording is not None and time.monotonic() < limit:
        time.sleep(0.02)
    world.do(Reset(turn))


def soak(minutes: float, slugs: list[str]) -> int:
    """Drive the systems in turn and judge the growth."""
    folder = Path(tempfile.mkdtemp(prefix="primordia-soak-"))
    start = time.monotonic()
    samples: list[tuple[float, float]] = []
    said, turn = start - 60.0, 0
    worlds = {slug: Driven(slug, {}) for slug in slugs}
    try:
        while (now := time.monotonic()) - start < 60.0 * minutes:
            for world in worlds.values():
                once(world, folder, turn)
            if turn % 10 == 9:
                # Worlds are opened and closed, too.
                slug = slugs[turn // 10 % len(slugs)]
                worlds[slug].close()
                worlds[slug] = Driven(slug, {})
            samples.append((time.monotonic() - start, resident()))
            if now - said >= 20.0:
                said = now
                print(
                    f"{samples[-1][0]:6.0f} s  {samples[-1][1]:7.1f} MB  round {turn}", flush=True
                )
            turn += 1
        for world in worlds.values():
            world.close()
    finally:
        shutil.rmtree(folder)
    return judge(samples)


def judge(samples: list[tuple[float, float]]) -> int:
    """Compare the second tenth of the samples with the last one: 1 if memory grew."""
    tenth = max(1, len(samples) // 10)
    before = statistics.median(size for _, size in samples[tenth : 2 * tenth] or samples[:1])
    after = statistics.median(size for _, size in samples[-tenth:])
    grew = after - before > max(20.0, 0.05 * before)
    print(
        f"{len(samples)} rounds: {before:.1f} MB in the second tenth, {after:.1f} MB in the last, "
        f"{after - before:+.1f} MB: {'it grows' if grew else 'no growth'}"
    )
    return int(grew)


def peak(slug: str, size: int) -> int:
    """Build, step and draw one large world; 1 if it took 1.5 GB or more."""
    world = Driven(slug, {"width": size, "height": size})
    world.do(Step(20))
    world.do(LOOK)
    world.close()
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE
    print(f"{slug} {size} x {size}: peak {most:.0f} MB")
    return int(most >= 1.5 * 1024)


def main(arguments: list[str]) -> int:
    """Choose between the two."""
    if arguments[:1] == ["--peak"]:
        slug, *size = arguments[1:]
        return peak(slug, int(size[0]) if size else 1024)
    minutes, *slugs = arguments or ["10"]
    return soak(float(minutes), slugs or list(registry.slugs()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
