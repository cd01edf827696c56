"""Progress of a verb on stderr, and Ctrl-C as a polite request to stop."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from app.commands.report import note
from engine.core.activity import Activity, ActivityStatus

__all__ = ["working"]

_QUIET = 5.0  # seconds between plain lines


@contextmanager
def working(title: str) -> Iterator[Activity]:
    """Give an activity whose progress is shown on stderr and which Ctrl-C cancels.

    On a terminal it is a bar, else a line every few seconds. A second Ctrl-C interrupts at once.
    """
    activity = Activity(title)
    show, close = _bar(activity) if sys.stderr.isatty() else _lines()
    stop_listening = activity.listen(show)
    restore = _on_interrupt(activity)
    try:
        with activity:
            yield activity
    finally:
        restore()
        stop_listening()
        close()


def _on_interrupt(activity: Activity) -> Callable[[], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if activity.cancelled:
            raise KeyboardInterrupt
        activity.cancel()

    try:
        former = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not the main thread: whoever called us has the signals
        return lambda: None
    return lambda: _restore(former)


def _restore(former: Any) -> None:
    with suppress(ValueError):
        signal.signal(signal.SIGINT, former)


def _lines() -> tuple[Callable[[ActivityStatus], None], Callable[[], None]]:
    said = time.monotonic()

    def show(status: ActivityStatus) -> None:
        nonlocal said
        if status.state != "running" or time.monotonic() - said < _QUIET:
            return
        said = time.monotonic()
        part = f" {status.fraction:.0%}" if status.fraction is not None else ""
        left = f", {_duration(status.eta)} left" if status.eta is not None else ""
        why = f" ({status.note})" if status.note else ""
        note(f"{status.title}:{part}{why}{left}")

    return show, lambda: None


def _bar(activity: Activity) -> tuple[Callable[[ActivityStatus], None], Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task(activity.title, total=None, note="", left="")
    progress.start()

    def show(status: ActivityStatus) -> None:
        left = f"{_duration(status.eta)} left" if status.eta is not None else ""
        progress.update(
            task, completed=status.done, total=status.total, note=status.note, left=left
        )

    return show, progress.stop


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
