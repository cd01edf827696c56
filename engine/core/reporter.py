"""What a world tells its listener: replies, numbers, failures and its state."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from engine.core.commands import Command, Failure, Reply, RunnerState
from engine.core.failures import NotFinite, detach, diverged, in_words, report_of
from engine.core.pacing import Meter
from engine.core.stage import Stage

__all__ = ["STATE_INTERVAL", "Listener", "Reporter"]

STATE_INTERVAL = 0.25  # seconds between two states while the world is busy
_COUNTERS = (
    "step",
    "steps_per_second",
    "updates",
    "updates_per_second",
    "training_seconds",
    "moments",
    "kept_bytes",
    "edits",
)

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears of a world. Called from the runner's thread; must return at once."""

    def views_ready(self) -> None:
        """Views lie in the mailbox, which was empty."""

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        """Hear numbers: of "training" at update `step`, or of the "world" at step `step`."""

    def replied(self, reply: Reply) -> None:
        """Hear that a command was done or refused."""

    def state_changed(self, state: RunnerState) -> None:
        """Hear what is shown of the runner."""

    def failed(self, failure: Failure) -> None:
        """Hear that the world was stopped by an exception."""


class Reporter:
    """Speaks to a listener, whose own failures stop nothing.

    Attributes
    ----------
    state : RunnerState
        The one published last.
    ticks, updates : Meter
        From which the rates in the state are measured.
    """

    def __init__(self, stage: Stage, listener: Listener) -> None:
        self._stage, self._listener = stage, listener
        self.state = RunnerState(stage.spec)
        self.ticks, self.updates = Meter(), Meter()
        self._reported = -math.inf
        self._begun: dict[int, float] = {}  # when commands with a goal were taken up

    def views_ready(self) -> None:
        """Say that the mailbox is no longer empty."""
        self._tell(self._listener.views_ready)

    def numbers(self, step: int, kind: str, values: dict[str, float]) -> None:
        """Pass scalars on."""
        self._tell(self._listener.scalars, step, kind, dict(values))

    def reply(
        self,
        command: int,
        *,
        error: BaseException | None = None,
        value: Any = None,
        inverse: Command | None = None,
        gesture: int = 0,
    ) -> None:
        """Answer a command."""
        now = self._stage.clock()
        seconds = now - self._begun.pop(command, now)
        reply = Reply(command, self._stage.step, error, value, inverse, gesture, seconds)
        self._tell(self._listener.replied, reply)

    def sets_out(self, command: int) -> None:
        """Note that a command with a goal was taken up."""
        self._begun[command] = self._stage.clock()

    def arrived(self, commands: Iterable[int]) -> None:
        """Answer commands that waited for a step, reached or given up."""
        for command in commands:
            self.reply(command, value=self._stage.step)

    def failed(
        self, during: str, error: BaseException, restored: int | None, step: int | None = None
    ) -> None:
        """Tell a failure at `step` (the present one if None), after the state."""
        if isinstance(error, NotFinite):
            error = diverged(error, self._stage.changed, restored)
        report = report_of(error)
        logger.error("failure while %s:\n%s", during, report)
        where = self._stage.step if step is None else step
        try:
            self.report()
        except Exception:  # the world cannot even say how it is: the failure is told all the same
            logger.exception("the state of the world cannot be told")
        failure = Failure(during, detach(in_words(error)), report, where, restored)
        self._tell(self._listener.failed, failure)

    def report(self) -> None:
        """Publish the state if it differs from the last one.

        While anything goes on, counters alone are published about four times a second.
        """
        stage = self._stage
        now = stage.clock()
        if not stage.transport.running:
            self.ticks.clear(now)
        if not stage.training:
            self.updates.clear(now)
        done, planned = stage.training_progress()
        state = RunnerState(
            spec=stage.present_spec(),
            capabilities=stage.abilities,
            alive=stage.alive,
            playing=stage.transport.running,
            training=stage.training,
            target_step=stage.transport.target,
            speed=stage.transport.pace.speed,
            step=stage.step,
            seed=stage.seed,
            steps_per_second=self.ticks.rate(now),
            updates=done,
            updates_planned=planned,
            updates_per_second=self.updates.rate(now),
            training_seconds=stage.training_seconds,
            device=stage.device,
            recording=stage.recorder.state if stage.recorder is not None else None,
            warnings=stage.warnings,
            marks=stage.history.marks(stage.system) if stage.alive else (),
            moments=stage.history.steps,
            paused_by=stage.paused_by,
            undo=stage.undo_words(),
            stride=stage.stride,
            budget=stage.deposits.budget,
            kept_bytes=stage.kept_bytes,
            bookmarks=stage.deposits.bookmarks,
            edits=stage.edits,
        )
        if state == self.state or (
            stage.busy and now - self._reported < STATE_INTERVAL and _counted(state, self.state)
        ):
            return
        self._reported, self.state = now, state
        self._tell(self._listener.state_changed, state)

    def report_if_due(self, now: float) -> None:
        """Publish the state about four times a second while anything goes on."""
        if self._stage.busy and now - self._reported >= STATE_INTERVAL:
            self.report()

    def _tell(self, hear: Callable[..., None], *values: Any) -> None:
        try:
            hear(*values)
        except Exception:
            logger.exception("a listener failed; the world goes on")


def _counted(new: RunnerState, old: RunnerState) -> bool:
    """Tell whether two states differ in their counters at most."""
    same: dict[str, Any] = {name: getattr(old, name) for name in _COUNTERS}
    if new.recording is not None and old.recording is not None:
        same["recording"] = old.recording
    return replace(new, **same) == old
