"""What of a running world is shown: pictures when they are due, its scalars, its log."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.core.failures import NotFinite
from engine.core.mailbox import Mailbox
from engine.core.reporter import Reporter
from engine.core.stage import Stage
from engine.core.system import Logged, Measured

__all__ = ["Showing"]

_MEASURE = 0.1  # seconds between two calls of `metrics`


class Showing:
    """Makes pictures and passes numbers on, in the world's thread.

    Parameters
    ----------
    fail : callable
        Stops the world, with what it was doing and what was raised.
    """

    def __init__(
        self,
        stage: Stage,
        mailbox: Mailbox,
        tell: Reporter,
        fail: Callable[[str, BaseException], None],
    ) -> None:
        self._stage, self._mailbox, self._tell, self._fail = stage, mailbox, tell, fail
        self._measured, self._measured_step = -math.inf, -1
        self._pending = False

    def waits(self, now: float) -> list[float]:
        """List the seconds after which something is to be done though nothing happens."""
        stage, waits = self._stage, []
        if stage.showable:
            waits.append(stage.frames.delay(now, unread=self._mailbox.full, idle=True))
        if stage.alive and stage.gaze.owed:
            waits.append(stage.gaze.delay(now))
        if stage.alive and self._measured_step != stage.step:
            waits.append(max(0.0, self._measured + _MEASURE - now))
        if stage.alive and isinstance(stage.system, Logged) and stage.system.log_pending():
            waits.append(_MEASURE)
        return waits

    @property
    def wanted(self) -> bool:
        """Whether a picture is due that a tick under way should make room for."""
        stage = self._stage
        if not stage.showable:
            return stage.redraw
        delay = stage.frames.delay(stage.clock(), unread=self._mailbox.full, idle=False)
        return stage.redraw or delay <= 0.0

    def publish_if_due(self, *, idle: bool = False) -> None:
        """Make the pictures if they are due; `idle` says that the thread would sleep otherwise."""
        stage = self._stage
        if stage.redraw:
            self.publish()
        elif stage.showable:
            idle = idle or stage.stride is not None
            delay = stage.frames.delay(stage.clock(), unread=self._mailbox.full, idle=idle)
            if delay <= 0.0:
                self.publish()
        elif stage.alive and stage.gaze.owed and stage.gaze.delay(stage.clock()) <= 0.0:
            self.publish(aliases=True)

    def publish(self, *, aliases: bool = False) -> None:
        """Make the pictures that are looked at, or only the `aliases`."""
        stage = self._stage
        if not aliases:
            stage.redraw = stage.stale = stage.strode = False
        if not stage.alive:
            return
        system, start = stage.system, stage.clock()
        try:
            if not system.finite():
                raise NotFinite(f"the world at step {stage.step}")
            make = stage.gaze.aliases if aliases else stage.gaze.views
            views = make(system, start)
        except NotFinite as error:
            self._fail("stepping", error)
            return
        except (Exception, SystemExit) as error:  # noqa: BLE001 (reported as a failure)
            self._fail("drawing", error)
            return
        stage.frames.drawn(start, stage.clock(), system.glance)
        if views and self._mailbox.put(views):
            self._tell.views_ready()

    def measure(self) -> None:
        """Pass the world's scalars on about ten times a second, and the state about four times."""
        stage, now = self._stage, self._stage.clock()
        if stage.alive and self._measured_step != stage.step and now - self._measured >= _MEASURE:
            self._measured, self._measured_step = now, stage.step
            if isinstance(stage.system, Measured):
                try:
                    values = stage.system.metrics()
                except Exception as error:  # noqa: BLE001 (reported as a failure)
                    self._fail("stepping", error)
                    return
                self._tell.numbers(stage.step, "world", values)
        self._pass_log()
        self._tell.report_if_due(now)

    def _pass_log(self) -> None:
        """Pass on scalars that belong to certain steps, when they are ready."""
        stage = self._stage
        if stage.alive and isinstance(stage.system, Logged):
            was = self._pending or stage.system.log_pending()
            for step, values in stage.system.take_log():
                self._tell.numbers(step, "world", values)
            self._pending = stage.system.log_pending()
            # What was computed may be seen in a view, too, also while time stands still.
            stage.stale = stage.stale or (was and not self._pending)
