"""Time: playing, stepping, going to a step, beginning again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from app.deeds.conditions import alive, has_past
from app.deeds.numbers import whole
from app.deeds.spec import ActionSpec, Handler
from app.dialogs.ask import ask_number, ask_text
from app.driving import new_seed
from app.shell import Shell
from engine.core.commands import Reset, SetSpeed, SetStride, Step
from engine.core.errors import UserError
from engine.core.spec import check_seed

__all__ = ["SPECS", "handlers"]

MOST = 2_000_000_000  # steps, as far as Qt counts

SPECS = (
    ActionSpec(
        "transport.play",
        "Play",
        "World",
        "Space",
        "play",
        "Let time run, or stop it",
        alive,
        checkable=True,
        separator=True,
    ),
    ActionSpec(
        "transport.step",
        "One step",
        "World",
        "Right",
        "step-forward",
        "Do one step and pause",
        alive,
    ),
    ActionSpec(
        "transport.step-many",
        "Steps...",
        "World",
        "Shift+Right",
        "skip-forward",
        "Do a number of steps and pause",
        alive,
    ),
    ActionSpec(
        "transport.back",
        "One step back",
        "World",
        "Left",
        "step-back",
        "Put the world back by one step and pause",
        has_past,
    ),
    ActionSpec(
        "transport.run-to",
        "Go to step...",
        "World",
        "Ctrl+G",
        "",
        "Back to an earlier step, or on to a later one without drawing every step",
        alive,
    ),
    ActionSpec(
        "transport.reset",
        "Reset",
        "World",
        "R",
        "rotate-ccw",
        "Begin again with the same seed",
        alive,
    ),
    ActionSpec(
        "transport.reseed",
        "New seed",
        "World",
        "Shift+R",
        "dices",
        "Begin again with another seed",
        alive,
    ),
    ActionSpec(
        "transport.seed",
        "Type a seed...",
        "World",
        "",
        "",
        "Begin again with a seed of one's choice",
        alive,
    ),
    ActionSpec(
        "transport.copy-seed",
        "Copy seed",
        "World",
        "",
        "copy",
        "Copy the number that makes the same world again",
        alive,
    ),
    ActionSpec(
        "transport.stride",
        "Picture every...",
        "World",
        "",
        "",
        "Show every so many steps and none between; 0 as time allows",
        alive,
    ),
    ActionSpec("transport.faster", "Faster", "World", "Ctrl+Up", "", "Double the speed", alive),
    ActionSpec("transport.slower", "Slower", "World", "Ctrl+Down", "", "Halve the speed", alive),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    time = _Transport(shell)
    return {
        "transport.play": time.play,
        "transport.step": time.step,
        "transport.back": time.back,
        "transport.step-many": time.step_many,
        "transport.run-to": time.run_to,
        "transport.reset": time.reset,
        "transport.reseed": time.reseed,
        "transport.seed": time.seed,
        "transport.copy-seed": time.copy_seed,
        "transport.stride": time.stride,
        "transport.faster": time.faster,
        "transport.slower": time.slower,
    }


class _Transport:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def play(self, argument: str) -> None:
        if self._shell.page is not None:
            self._shell.page.driver.toggle_play()

    def step(self, argument: str) -> None:
        self._shell.lab.submit(Step(1))

    def back(self, argument: str) -> None:
        if self._shell.page is not None:
            self._shell.page.driver.step_back()

    def step_many(self, argument: str) -> None:
        if argument.strip():
            self._steps(whole(argument))
        else:
            self._ask("Steps", "How many steps?", 100, (1, MOST), self._steps)

    def _steps(self, count: int) -> None:
        self._shell.lab.submit(Step(count))

    def run_to(self, argument: str) -> None:
        if argument.strip():
            self._go(whole(argument))
        else:
            self._ask("Go to step", "Which step?", 1000, (0, MOST), self._go)

    def _go(self, step: int) -> None:
        if self._shell.page is not None:
            self._shell.page.driver.jumper.go(step)

    def _ask(
        self,
        title: str,
        words: str,
        value: int,
        span: tuple[int, int],
        done: Callable[[int], object],
    ) -> None:
        ask_number(self._shell.window, title, words, value, span, done)

    def reset(self, argument: str) -> None:
        seed = check_seed(whole(argument)) if argument.strip() else None
        self._shell.lab.submit(Reset(seed))

    def reseed(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None:
            world.submit(Reset(new_seed(world.state.seed)))

    def seed(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None and argument.strip():
            world.submit(Reset(check_seed(whole(argument))))
        elif world is not None:
            ask_text(
                self._shell.window,
                "Seed",
                "Begin again with the seed",
                str(world.state.seed),
                self._typed_seed,
            )

    def _typed_seed(self, text: str) -> None:
        try:
            self._shell.run("transport.reset", text)
        except UserError as error:
            self._shell.teller.tell(error)

    def copy_seed(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None:
            QGuiApplication.clipboard().setText(str(world.state.seed))
            self._shell.status.say(f"Copied the seed {world.state.seed}")

    def stride(self, argument: str) -> None:
        world = self._shell.lab.world
        if argument.strip():
            self._stride(whole(argument))
        elif world is not None:
            words, value = "Steps for a picture (0 as time allows):", world.state.stride or 0
            self._ask("Picture every...", words, value, (0, 1_000_000), self._stride)

    def _stride(self, steps: int) -> None:
        self._shell.lab.submit(SetStride(steps or None))

    def faster(self, argument: str) -> None:
        self._change_speed(2.0)

    def slower(self, argument: str) -> None:
        self._change_speed(0.5)

    def _change_speed(self, factor: float) -> None:
        world = self._shell.lab.world
        if world is None:
            return
        # Beyond 1000 steps/s lies "as fast as it goes", from which slower leads back to 500.
        speed = max(1.0, (world.state.speed or 1000.0) * factor)
        world.submit(SetSpeed(None if speed > 1000 else speed))
