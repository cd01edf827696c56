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

from engine.core import registry
from engine.core.commands import Act, Close, Command, RunnerState
from engine.core.courtesy import give_way, step_back
from engine.core.errors import Cancelled, DivergedError, UserError
from engine.core.failures import NotFinite, detach, in_words
from engine.core.handling import CHANGES_WORLD, FREE, ORDERED, handle, interrupts
from engine.core.history import BUDGET
from engine.core.inbox import Inbox
from engine.core.mailbox import Mailbox
from engine.core.pacing import Share
from engine.core.recorder import Recorder
from engine.core.reporter import STATE_INTERVAL, Listener, Reporter
from engine.core.showing import Showing
from engine.core.spec import Spec
from engine.core.stage import Lookup, Stage
from engine.core.system import Trainable
from engine.core.transport import Transport

__all__ = ["Listener", "Mailbox", "Runner"]

_BURST = 0.001  # seconds of ticks between two looks at the rest
_FILM_PATIENCE = 30.0  # seconds that a closing world gives to the end of its film

_ANY = (Exception, SystemExit)  # what a world may raise: a plugin's sys.exit ends nothing

logger = logging.getLogger(__name__)


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
    history_bytes : int
        Memory for the moments of the past that `Jump` goes back to.

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
        history_bytes: int = BUDGET,
    ) -> None:
        self.mailbox = Mailbox()
        self._inbox = Inbox()
        self._stage = Stage(
            spec, lookup, Transport(playing), self._inbox.ring, history_bytes=history_bytes
        )
        self._stage.poll = self._poll
        self._tell = Reporter(self._stage, listener)
        self._stage.frames.set_rate(frames_per_second)
        self._shown = Showing(self._stage, self.mailbox, self._tell, self._fail)
        self._share = Share()
        self._closing: int | None = None
        self._in_tick = self._in_update = False
        self._update_mark = self._polled = 0.0
        self._trouble: tuple[str, BaseException] | None = None
        self._thread = threading.Thread(target=self._run, name=f"world {spec.slug}", daemon=True)

    @property
    def state(self) -> RunnerState:
        """The state published last."""
        return self._tell.state

    def start(self) -> None:
        """Start the thread; it builds the world first."""
        self._thread.start()

    def submit(self, command: Command) -> int:
        """Send a command from any thread; never waits. Returns its id, which the reply carries."""
        self._inbox.put(command)
        return command.id

    def begin_close(self) -> None:
        """Ask the thread to end; several worlds are asked before the first is waited for."""
        if self._thread.is_alive():
            self.submit(Close())

    @property
    def ended(self) -> bool:
        """Whether the thread does not run: any more, or yet."""
        return not self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait for the end of the thread; False if it does not come in time (it is a daemon)."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("%s does not answer and is left behind", self._thread.name)
            return False
        return True

    def close(self, timeout: float = 5.0) -> bool:
        """End the thread; False if it does not answer in time and was left behind."""
        self.begin_close()
        return self.join(timeout)

    # The thread.

    def _run(self) -> None:
        failed = False
        step_back()
        give_way()  # the window shows the place of the new world first
        try:
            self._build()
            while self._closing is None:
                try:
                    self._turn()
                    failed = False
                except _ANY as error:
                    if failed:  # nothing will mend it but a command: do not spin
                        logger.warning("the world fails again: it waits", exc_info=True)
                        self._inbox.wait(None)
                    else:
                        self._fail_whatever(error)
                    failed = not failed
        finally:
            self._end()

    def _build(self) -> None:
        stage = self._stage
        try:
            stage.build(stage.spec)
            self._tell.report()
        except _ANY as error:
            stage.transport.pause()
            self._tell.failed("building", error, None)

    def _end(self) -> None:
        stage = self._stage
        self._tell.arrived(stage.transport.pause())
        if stage.recorder is not None:
            stage.recorder.finish()
            stage.recorder.join(_FILM_PATIENCE)
            self._mind_recorder()
        stage.training = False
        stage.release()
        self._tell.report()
        if self._closing is not None:
            self._tell.reply(self._closing)
        while (command := self._inbox.take()) is not None:
            self._tell.reply(command.id, error=Cancelled("the world was closed"))

    def _turn(self) -> None:
        """Do one round: commands, an update or a tick, pictures; sleep if there was nothing."""
        give_way()
        while (command := self._inbox.take()) is not None:
            self._apply(command)
            if self._closing is not None:
                return
        self._mind_recorder()
        stage = self._stage
        if stage.redraw:
            self._shown.publish()
        worked = True
        if stage.held:
            worked = self._film_still()
        elif stage.alive and stage.training:
            self._update()
            while not self._inbox and self._share.open and stage.tick_delay == 0.0:
                give_way()
                self._tick()
                self._shown.publish_if_due()
        elif stage.tick_delay == 0.0:
            # Several short ticks at once: one round of everything else costs as much as a tick.
            end = stage.clock() + _BURST
            self._tick()
            while not self._inbox and stage.tick_delay == 0.0 and stage.clock() < end:
                give_way()
                self._tick()
        else:
            worked = False
        if worked and stage.alive and stage.good.due(stage.clock()):
            stage.good.keep(stage.system, training=stage.training)
        self._shown.publish_if_due(idle=not worked)
        self._shown.measure()
        if not worked:
            self._inbox.wait(self._idle_seconds())

    def _idle_seconds(self) -> float | None:
        stage, now = self._stage, self._stage.clock()
        waits = [STATE_INTERVAL] if stage.busy else []
        delay = stage.tick_delay
        if delay is not None:
            waits.append(delay)
        waits += self._shown.waits(now)
        return min(waits) if waits else None

    # Commands.

    def _apply(self, command: Command) -> None:
        if isinstance(command, Close):
            self._closing = command.id
            return
        try:
            outcome = handle(self._stage, command)
            self._stage.journal.did(command, begun=self._stage.begun, untold=outcome.untold)
        except _ANY as error:
            if isinstance(error, Cancelled) and isinstance(command, Act):
                self._tell.reply(command.id, error=Cancelled("given up for what came after it"))
                return
            torn, self._stage.torn = self._stage.torn, False
            if isinstance(error, UserError) and not torn:
                self._tell.reply(command.id, error=detach(error))
                return
            if torn or isinstance(command, CHANGES_WORLD):
                self._fail("stepping", error)
            else:
                logger.exception("%s failed", type(command).__name__)
            self._tell.reply(command.id, error=detach(in_words(error)))
            return
        self._tell.report()
        self._tell.arrived(outcome.done)
        if outcome.later:
            self._tell.sets_out(command.id)
            self._arrive()
        else:
            self._tell.reply(
                command.id,
                value=outcome.value,
                inverse=outcome.inverse,
                gesture=outcome.gesture,
            )

    def _arrive(self) -> None:
        """Stop and answer where a goal is reached."""
        done = self._stage.transport.reached(self._stage.step)
        if done:
            self._stage.redraw = True
            self._tell.report()
            self._tell.arrived(done)

    def _poll(self) -> None:
        """What ticks, training steps and actions call: see `engine.core.system.Poll`."""
        if threading.get_ident() != self._thread.ident:
            return
        give_way()
        if self._trouble is not None:
            raise Cancelled
        now = self._stage.clock()
        if not self._inbox and now - self._polled < _BURST:
            return
        training = self._in_update
        if self._in_tick and not training and self._stage.system.resumes and self._wanted():
            raise Cancelled  # the tick goes on from here when it is called again
        if self._inbox:
            if self._inbox.holds(lambda command: interrupts(command, training=training)):
                raise Cancelled
            # In the middle of a tick or an action a stroke would be lost or tear the world.
            ordered = ORDERED if training and not self._in_tick else ()
            while (command := self._inbox.take_early(FREE, ordered)) is not None:
                self._apply(command)
        if training and not self._in_tick:
            self._live_on()
        self._tell.report_if_due(now)
        self._polled = self._stage.clock()
        if self._trouble is not None:
            raise Cancelled

    def _wanted(self) -> bool:
        """Whether something waits that a tick which can be resumed should make room for."""
        stage = self._stage
        return bool(self._inbox) or not stage.transport.running or self._shown.wanted

    def _live_on(self) -> None:
        """Let the world go on within an update, for its share of the time."""
        stage = self._stage
        self._share.earn(stage.clock() - self._update_mark)
        self._mind_recorder()
        if self._share.open and stage.tick_delay == 0.0:
            self._tick()
        self._shown.publish_if_due()
        self._shown.measure()
        self._update_mark = stage.clock()

    # Time.

    def _tick(self) -> None:
        stage = self._stage
        start = stage.clock()
        if stage.history.owed is not None:
            stage.keep_edits()
        self._in_tick = True
        try:
            stage.system.step(self._poll)
        except Cancelled:
            stage.begun = stage.system.resumes
            return
        except _ANY as error:
            self._fail("stepping", error)
            return
        finally:
            self._in_tick = False
        stage.begun = False
        now = stage.clock()
        stage.journal.ticked(now - start)
        if stage.history.due(stage.step, now):
            stage.keep_moment()
        if stage.training:
            # Only then: what it ran alone before would keep it still for as long once it learns.
            self._share.spend(now - start)
        self._tell.ticks.add(now)
        stage.transport.pace.ticked()
        stage.stale = True
        stage.strode = stage.stride is not None and stage.step % stage.stride == 0
        self._film()
        self._arrive()
        self._rest()

    def _rest(self) -> None:
        """Pause if the world asks for it."""
        stage = self._stage
        reason = stage.system.take_pause() if stage.alive else ""
        if reason:
            stage.paused_by, stage.redraw = reason, True
            waiting = stage.transport.pause()
            self._tell.report()
            self._tell.arrived(waiting)

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
        except _ANY as error:
            problem = error
        finally:
            self._in_update = False
        now = stage.clock()
        self._share.earn(now - self._update_mark)
        stage.training_seconds += now - start
        stage.stale = True
        if self._trouble is not None:
            (during, cause), self._trouble = self._trouble, None
            self._fail(during, cause)
        elif isinstance(problem, DivergedError):
            self._stop_training(problem)
        elif problem is not None:
            self._fail("training", problem)
        elif values:
            self._updated(values, now)

    def _updated(self, values: dict[str, float], now: float) -> None:
        stage = self._stage
        stage.journal.trained()
        done, planned = stage.training_progress()
        self._tell.updates.add(now)
        self._tell.numbers(done, "training", values)
        wrong = [name for name, value in values.items() if not math.isfinite(value)]
        if wrong:
            self._fail("training", NotFinite(f"{', '.join(wrong)} of update {done}"))
        elif done == planned:
            stage.training = False
            self._tell.report()

    def _stop_training(self, error: DivergedError) -> None:
        """Follow a training step that took itself back: the world goes on."""
        stage = self._stage
        stage.training = False
        stage.journal.cut("training diverged")
        done, _ = stage.training_progress()
        rolled = DivergedError(
            f"{error.problem}; training stopped and was rolled back to update {done}",
            path=error.path,
            remedy=error.remedy or "Train with a lower learning rate",
        ).with_traceback(error.__traceback__)
        self._tell.failed("training", rolled, stage.step)

    def _film(self) -> None:
        """Hand the picture of this tick to the recorder if it is due."""
        recorder = self._stage.recorder
        if recorder is not None and recorder.due():
            self._offer(recorder)

    def _film_still(self) -> bool:
        """Hand the next picture of what stands still to the recorder if there is room."""
        recorder = self._stage.recorder
        if recorder is None or not recorder.room:
            return False
        if not self._offer(recorder):
            recorder.finish()
        return True

    def _offer(self, recorder: Recorder) -> bool:
        try:
            recorder.offer(self._stage.view(recorder.command.view, recorder.request))
        except _ANY as error:
            self._fail("drawing", error)
            return False
        return True

    def _mind_recorder(self) -> None:
        """Let go of a recording that has ended; a failed one is told, and the run goes on."""
        stage = self._stage
        recorder = stage.recorder
        if recorder is None or not recorder.ended:
            return
        recorder.release()
        waiting, stage.film_waits, stage.recorder = stage.film_waits, [], None
        self._tell.report()
        error = recorder.error
        if error is not None and not waiting:
            self._tell.failed("recording", error, None)
        for command in waiting:
            self._tell.reply(command, error=error, value=None if error else recorder.command.path)

    def _fail_whatever(self, error: BaseException) -> None:
        """Report what escaped from a turn, even of a world that cannot be put back either."""
        try:
            self._fail("stepping", error)
        except _ANY:
            logger.exception("the world could not be put back")
            self._stage.training = False
            self._stage.transport.pause()
            self._tell.failed("stepping", error, None)

    def _fail(self, during: str, error: BaseException) -> None:
        """Stop the world, bring the last good state back and report."""
        if self._in_update:
            # A training step takes itself back first; what is restored now would be lost in it.
            self._trouble = self._trouble or (during, error)
            return
        stage = self._stage
        stage.training = False
        waiting = stage.transport.pause()
        where = stage.step
        restored = stage.good.restore(stage.system) if stage.alive else None
        stage.journal.cut("the world failed and was put back")
        if stage.alive:
            stage.edited()  # the parameters that led here stay: another future
        stage.redraw = during != "drawing"
        self._tell.failed(during, error, restored, where)
        self._tell.arrived(waiting)
