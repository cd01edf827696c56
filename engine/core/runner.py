"""One thread that owns a world: it applies commands, steps or trains, and shows what is looked at.

The window never waits for the world and the world never waits for the window. Commands act between
ticks, in order; inside a long tick or update the system calls `poll`, in which pause, strokes and
display go on. A failure pauses the world, brings its last good state back and is reported; the
thread lives on.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import Any, Protocol

from engine.core import registry
from engine.core.commands import Close, Command, Failure, Reply, RunnerState
from engine.core.errors import Cancelled, DivergedError, UserError
from engine.core.failures import NotFinite, detach, diverged, in_words, report_of
from engine.core.handling import CHANGES_WORLD, FREE, ORDERED, handle, interrupts
from engine.core.inbox import Inbox
from engine.core.mailbox import Mailbox
from engine.core.pacing import FrameClock, Meter, Share
from engine.core.spec import Spec
from engine.core.stage import Lookup, Stage
from engine.core.system import Measured, Trainable
from engine.core.transport import Transport

__all__ = ["Listener", "Mailbox", "Runner"]

_REPORT = 0.25  # seconds between two states while the world is busy
_MEASURE = 0.1  # seconds between two calls of `metrics`

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


class Runner:
    """A world in a thread of its own.

    `Step` and `RunTo` are answered when their goal is reached or given up (value: the step);
    commands sent meanwhile act at once, between two ticks.

    Parameters
    ----------
    spec : Spec
        The thread constructs the world from it.
    listener : Listener
        Hears everything, from the runner's thread.
    frames_per_second : float
        Pictures per second at most.
    playing : bool
        Whether time runs from the start.
    lookup : callable
        Finds the class of a system by its slug.

    Attributes
    ----------
    mailbox : Mailbox
        Where views appear.
    """

    def __init__(
        self,
        spec: Spec,
        listener: Listener,
        *,
        frames_per_second: float = 60.0,
        playing: bool = False,
        lookup: Lookup = registry.system_class,
    ) -> None:
        self.mailbox = Mailbox()
        self._listener = listener
        self._inbox = Inbox()
        self._stage = Stage(spec, lookup, Transport(playing))
        self._frames = FrameClock(frames_per_second)
        self._share = Share()
        self._ticks, self._updates = Meter(), Meter()
        self._state = RunnerState(spec)
        self._reported = self._measured = -math.inf
        self._measured_step = -1
        self._closing = False
        self._in_tick = self._in_update = False
        self._update_mark = 0.0
        self._trouble: tuple[str, BaseException] | None = None
        self._thread = threading.Thread(target=self._run, name=f"world {spec.slug}", daemon=True)

    @property
    def state(self) -> RunnerState:
        """The state published last."""
        return self._state

    def start(self) -> None:
        """Start the thread; it builds the world first."""
        self._thread.start()

    def submit(self, command: Command) -> int:
        """Send a command from any thread; never waits. Returns its id, which the reply carries."""
        self._inbox.put(command)
        return command.id

    def close(self, timeout: float = 5.0) -> bool:
        """End the thread; False if it does not answer in time and was left behind (a daemon)."""
        if not self._thread.is_alive():
            return True
        self.submit(Close())
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("%s does not answer and is left behind", self._thread.name)
            return False
        return True

    # The thread.

    def _run(self) -> None:
        stage = self._stage
        try:
            self._build()
            while not self._closing:
                try:
                    self._turn()
                except Exception as error:  # noqa: BLE001 (reported; the thread has to live on)
                    self._fail("stepping", error)
        finally:
            self._answer(stage.transport.pause())
            stage.training = False
            stage.release()
            self._report()
            while (command := self._inbox.take()) is not None:
                self._reply(command.id, error=Cancelled("the world was closed"))

    def _build(self) -> None:
        stage = self._stage
        try:
            stage.build(stage.spec)
        except Exception as error:  # noqa: BLE001 (reported as a failure)
            stage.transport.pause()
            self._tell_failure("building", error, None)
        self._report()

    def _turn(self) -> None:
        """Do one round: commands, an update or a tick, pictures; sleep if there was nothing."""
        while (command := self._inbox.take()) is not None:
            self._apply(command)
            if self._closing:
                return
        stage = self._stage
        if stage.redraw:
            self._publish()
        worked = False
        if stage.alive and stage.training:
            self._update()
            while not self._inbox and self._share.open and self._tick_due():
                self._tick()
                self._publish_if_due()
            worked = True
        elif self._tick_due():
            self._tick()
            worked = True
        now = stage.clock()
        if stage.alive and worked and stage.good.due(now):
            stage.good.keep(stage.system)
        self._publish_if_due(idle=not worked)
        self._housekeep()
        if not worked:
            self._inbox.wait(self._idle_seconds())

    def _idle_seconds(self) -> float | None:
        stage, now = self._stage, self._stage.clock()
        waits = [_REPORT] if stage.transport.running else []
        if stage.transport.running:
            waits.append(stage.transport.pace.delay(now))
        if stage.stale:
            waits.append(self._frames.delay(now, unread=self.mailbox.full, idle=True))
        if stage.alive and self._measured_step != stage.step:
            waits.append(max(0.0, self._measured + _MEASURE - now))
        return min(waits) if waits else None

    # Commands.

    def _apply(self, command: Command) -> None:
        if isinstance(command, Close):
            self._closing = True
            self._reply(command.id)
            return
        try:
            outcome = handle(self._stage, command)
        except UserError as error:
            self._reply(command.id, error=detach(error))
            return
        except Exception as error:
            if isinstance(command, CHANGES_WORLD):
                self._fail("stepping", error)
            else:
                logger.exception("%s failed", type(command).__name__)
            self._reply(command.id, error=detach(in_words(error)))
            return
        self._report()
        self._answer(outcome.done)
        if not outcome.later:
            self._reply(command.id, value=outcome.value, inverse=outcome.inverse)
        else:
            self._arrive()

    def _reply(
        self,
        command: int,
        *,
        error: BaseException | None = None,
        value: Any = None,
        inverse: Command | None = None,
    ) -> None:
        self._tell(self._listener.replied, Reply(command, self._stage.step, error, value, inverse))

    def _answer(self, commands: list[int]) -> None:
        """Answer commands that waited for a goal, reached or given up."""
        for command in commands:
            self._reply(command, value=self._stage.step)

    def _arrive(self) -> None:
        """Stop and answer where a goal is reached."""
        done = self._stage.transport.reached(self._stage.step)
        if done:
            self._stage.redraw = True
            self._report()
            self._answer(done)

    # Time.

    def _tick_due(self) -> bool:
        stage = self._stage
        transport = stage.transport
        if not (stage.alive and transport.running):
            return False
        return transport.target is not None or transport.pace.delay(stage.clock()) <= 0.0

    def _tick(self) -> None:
        stage = self._stage
        start = stage.clock()
        self._in_tick = True
        try:
            stage.system.step(self._poll)
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 (reported as a failure)
            self._in_tick = False
            self._fail("stepping", error)
            return
        finally:
            self._in_tick = False
        now = stage.clock()
        self._share.spend(now - start)
        self._ticks.add(now)
        stage.transport.pace.ticked()
        stage.stale = True
        self._arrive()

    def _update(self) -> None:
        """Do one update of the weights; `poll` keeps everything else going meanwhile."""
        stage = self._stage
        system = stage.system
        assert isinstance(system, Trainable)
        start = self._update_mark = stage.clock()
        self._in_update = True
        values: dict[str, float] = {}
        problem: BaseException | None = None
        try:
            values = system.train_step(self._poll)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 (reported as a failure)
            problem = error
        finally:
            self._in_update = False
        now = stage.clock()
        self._share.earn(now - self._update_mark)
        stage.training_seconds += now - start
        stage.stale = True
        if self._trouble is not None:
            during, cause = self._trouble
            self._trouble = None
            self._fail(during, cause)
        elif isinstance(problem, DivergedError):
            self._stop_training(problem)
        elif problem is not None:
            self._fail("training", problem)
        elif values:
            self._updated(values, now)

    def _updated(self, values: dict[str, float], now: float) -> None:
        stage = self._stage
        done, planned = stage.training_progress()
        self._updates.add(now)
        wrong = [name for name, value in values.items() if not math.isfinite(value)]
        self._tell(self._listener.scalars, done, "training", dict(values))
        if wrong:
            self._fail("training", NotFinite(f"{', '.join(wrong)} of update {done}"))
        elif done == planned:
            stage.training = False
            self._report()

    def _stop_training(self, error: DivergedError) -> None:
        """Follow a training step that took itself back: the world goes on."""
        stage = self._stage
        stage.training = False
        done, _ = stage.training_progress()
        rolled = DivergedError(
            f"{error.problem}; training stopped and was rolled back to update {done}",
            path=error.path,
            remedy=error.remedy or "Train with a lower learning rate",
        ).with_traceback(error.__traceback__)
        self._tell_failure("training", rolled, stage.step)

    def _poll(self) -> None:
        """What ticks and training steps call: see `engine.core.system.Poll`."""
        if threading.get_ident() != self._thread.ident:
            return
        training = self._in_update
        if self._trouble is not None:
            raise Cancelled
        if self._inbox:
            if self._inbox.holds(lambda command: interrupts(command, training=training)):
                raise Cancelled
            ordered = () if self._in_tick else ORDERED
            while (command := self._inbox.take_early(FREE, ordered)) is not None:
                self._apply(command)
        if not training or self._in_tick:
            self._housekeep()
            return
        now = self._stage.clock()
        self._share.earn(now - self._update_mark)
        if self._stage.redraw:
            self._publish()
        if self._share.open and self._tick_due():
            self._tick()
        self._publish_if_due()
        self._housekeep()
        self._update_mark = self._stage.clock()
        if self._trouble is not None:
            raise Cancelled

    # What is shown.

    def _publish_if_due(self, *, idle: bool = False) -> None:
        stage = self._stage
        if stage.redraw:
            self._publish()
        elif stage.stale:
            now = stage.clock()
            if self._frames.delay(now, unread=self.mailbox.full, idle=idle) <= 0.0:
                self._publish()

    def _publish(self) -> None:
        stage = self._stage
        stage.redraw = stage.stale = False
        if not stage.alive:
            return
        system, start = stage.system, stage.clock()
        try:
            if not system.finite():
                self._fail("stepping", NotFinite(f"the world at step {stage.step}"))
                return
            views = system.views(stage.wanted) if stage.wanted else {}
        except Exception as error:  # noqa: BLE001 (reported as a failure)
            self._fail("drawing", error)
            return
        self._frames.drawn(start, stage.clock())
        if views and self.mailbox.put(views):
            self._tell(self._listener.views_ready)

    def _housekeep(self) -> None:
        """Measure about ten times a second, report the state about four times."""
        stage, now = self._stage, self._stage.clock()
        if not stage.alive:
            return
        if now - self._measured >= _MEASURE and self._measured_step != stage.step:
            self._measured, self._measured_step = now, stage.step
            if isinstance(stage.system, Measured):
                try:
                    values = stage.system.metrics()
                except Exception as error:  # noqa: BLE001 (reported as a failure)
                    self._fail("stepping", error)
                    return
                self._tell(self._listener.scalars, stage.step, "world", values)
        busy = stage.transport.running or stage.training
        if busy and now - self._reported >= _REPORT:
            self._report()

    def _report(self) -> None:
        """Publish the state if it differs from the last one."""
        stage, now = self._stage, self._stage.clock()
        if not stage.transport.running:
            self._ticks.clear(now)
        if not stage.training:
            self._updates.clear(now)
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
            steps_per_second=self._ticks.rate(now),
            updates=done,
            updates_planned=planned,
            updates_per_second=self._updates.rate(now),
            training_seconds=stage.training_seconds,
            device=stage.device,
            warnings=stage.warnings,
        )
        self._reported = now
        if state != self._state:
            self._state = state
            self._tell(self._listener.state_changed, state)

    # Failures.

    def _fail(self, during: str, error: BaseException) -> None:
        """Stop the world, bring the last good state back and report."""
        if self._in_update:
            # A training step takes itself back first; the restored state would be lost in it.
            self._trouble = self._trouble or (during, error)
            return
        stage = self._stage
        stage.training = False
        waiting = stage.transport.pause()
        where = stage.step
        restored = stage.good.restore(stage.system) if stage.alive else None
        stage.redraw = during != "drawing"
        self._tell_failure(during, error, restored, where)
        self._answer(waiting)

    def _tell_failure(
        self, during: str, error: BaseException, restored: int | None, where: int | None = None
    ) -> None:
        if isinstance(error, NotFinite):
            error = diverged(error, self._stage.changed, restored)
        report = report_of(error)
        logger.error("failure while %s:\n%s", during, report)
        step = self._stage.step if where is None else where
        self._report()
        failure = Failure(during, detach(in_words(error)), report, step, restored)
        self._tell(self._listener.failed, failure)

    def _tell(self, hear: Callable[..., None], *values: Any) -> None:
        try:
            hear(*values)
        except Exception:
            logger.exception("a listener failed; the world goes on")
