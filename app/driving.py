"""How time is let run: what keys, the transport bar and the seed's chip ask of one world."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.jumping import Jumper
from app.viewports.overlay import Overlay
from app.world import World
from engine.core.commands import Pause, Play, Reset, SetSpeed, SetStride, Step, Train

__all__ = ["Driver", "new_seed"]


def new_seed(seed: int) -> int:
    """Return another seed, short enough to be read out and typed."""
    return (seed * 48271 + 11) % 100_000


class Driver(QObject):
    """Sends a world what its user asks for.

    Attributes
    ----------
    jumper : Jumper
        It goes to other steps.
    """

    def __init__(self, world: World, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._world = world
        self.jumper = Jumper(world, self)

    def connect_to(self, overlay: Overlay) -> None:
        """Do what the chrome on a viewport asks for."""
        bar = overlay.transport
        bar.play_toggled.connect(self.toggle_play)
        bar.step_requested.connect(self._step)
        bar.run_to_requested.connect(self.jumper.go)
        bar.jump_requested.connect(self.jumper.jump)
        self.jumper.refused.connect(bar.strip.settle)
        bar.replay_requested.connect(self._replay)
        bar.reset_requested.connect(self._reset)
        bar.reseed_requested.connect(self.reseed)
        bar.stride_changed.connect(self._set_stride)
        bar.speed_changed.connect(self._set_speed)
        bar.train_toggled.connect(self._train)
        overlay.title.seed_wanted.connect(self._seed_wanted)

    def toggle_play(self) -> None:
        """Let time run, or stop it."""
        state = self._world.state
        running = state.playing or state.target_step is not None
        self._world.submit(Pause() if running else Play())

    def step_back(self) -> None:
        """Put the world back by one step."""
        self.jumper.jump(self._world.state.step - 1)

    def reseed(self) -> None:
        """Begin again with another seed."""
        self._world.submit(Reset(new_seed(self._world.state.seed)))

    def _seed_wanted(self, seed: int | None) -> None:
        if seed is None:
            self.reseed()
        else:
            self._world.submit(Reset(seed))

    def _step(self, count: int) -> None:
        self._world.submit(Step(count))

    def _replay(self, step: int) -> None:
        self.jumper.jump(step, play=True)

    def _reset(self) -> None:
        self._world.submit(Reset())

    def _set_speed(self, speed: float | None) -> None:
        self._world.submit(SetSpeed(speed))

    def _set_stride(self, steps: int | None) -> None:
        self._world.submit(SetStride(steps))

    def _train(self, on: bool) -> None:
        self._world.submit(Train(on))
