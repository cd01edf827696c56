"""Toy systems and a listener that tests of the runner share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import BaseModel, Field

from engine.core.commands import Act
from engine.core.errors import Cancelled, DivergedError
from engine.core.figures import TableView
from engine.core.grid import GridSystem
from engine.core.history import BUDGET
from engine.core.params import Params, live, rebuild
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.system import Action, Export, SystemInfo
from engine.core.views import ViewRequest

PATIENCE = 30.0  # seconds after which a test gives up; never waited for in a passing run


class DriftParams(Params):
    rate: float = live(0.1, "Size of the random steps", ge=0.0, le=1e30)
    size: int = rebuild(8, "Side of the world", ge=2, le=512, unit="cells", cost="memory")


class Stain(BaseModel):
    value: float = Field(1.0, ge=0.0, le=9.0)


class Drift(GridSystem):
    """A random walk in every cell: small, but with all the abilities and hooks for trouble."""

    info = SystemInfo("drift", "Drift", "Random walks on a grid", "none", "Toys")
    Params = DriftParams
    broken: ClassVar[str] = ""

    def build(self) -> None:
        if self.broken == "build":
            raise RuntimeError("cannot build")
        if self.broken == "build memory":
            raise MemoryError
        size = self.params.size
        self.cells = np.zeros((size, size, 2), np.float32)
        self.tick_seconds = 0.0
        self.tick_hook: Callable[[Any], None] = lambda poll: None

    def start(self) -> None:
        self.cells[...] = self.world_rng.random(self.cells.shape, np.float32)

    def advance(self, poll: Any) -> None:
        self.tick_hook(poll)
        if self.broken == "step":
            self.cells[...] = 7
            raise RuntimeError("cannot step")
        noise = self.world_rng.standard_normal(self.cells.shape, np.float32)
        self.cells += np.float32(self.params.rate) * noise

    def field(self) -> Any:
        return self.cells

    def channels(self) -> tuple[str, ...]:
        return ("height", "depth")

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, Any]:
        if self.broken == "views":
            raise RuntimeError("cannot draw")
        made: dict[str, Any] = super().views(wanted)
        if "table" in wanted:
            made["table"] = TableView(step=self.step_count, columns=("a",), rows=((1,),))
        return made

    def metrics(self) -> dict[str, float]:
        return {"mean": float(self.cells.mean())}

    def brush(self, stroke: Any) -> None:
        if self.broken == "brush":
            raise RuntimeError("cannot brush")
        super().brush(stroke)

    def actions(self) -> dict[str, Action]:
        return {
            "stain": Action("Stain", Stain),
            "dye": Action("Dye", Stain, undoable=True),
            "burst": Action("Burst"),
        }

    def act(self, name: str, arguments: Any) -> Any:
        if name == "burst":
            self.cells[...] = -1
            raise RuntimeError("burst")
        before = float(self.cells[0, 0, 0])
        self.cells[0, 0, 0] = arguments.value
        if name == "dye":
            return float(arguments.value), Act("stain", {"value": before})
        return float(arguments.value)

    def exports(self) -> tuple[Export, ...]:
        return (Export(".txt", "Text", lambda path: path.write_text(f"{self.cells.mean()}")),)


class Learner(Drift):
    """Learns one number by a noisy descent; the world leans on what was learnt."""

    info = SystemInfo("learner", "Learner", "Learns a number", "none", "Toys")
    update_seconds: ClassVar[float] = 0.0
    polls: ClassVar[bool] = True

    def build(self) -> None:
        super().build()
        self.weight = np.zeros(3, np.float32)
        self.momentum = np.zeros(3, np.float32)
        self.updates = 0
        self.planned = 1_000_000
        self.in_update = threading.Event()

    def advance(self, poll: Any) -> None:
        super().advance(poll)
        self.cells += self.weight[0] * np.float32(1e-3)

    def train_step(self, poll: Any) -> dict[str, float]:
        before = (self.weight.copy(), self.momentum.copy(), self.train_rng.bit_generator.state)
        noise = self.train_rng.standard_normal(3).astype(np.float32)
        try:
            self.in_update.set()
            end = time.monotonic() + self.update_seconds
            while time.monotonic() < end:
                time.sleep(0.005)
                if self.polls:
                    poll()
            if self.broken == "train":
                raise RuntimeError("cannot train")
            if self.broken == "diverge":
                raise DivergedError("the loss became nan")
        except (Cancelled, DivergedError):
            self.weight, self.momentum, self.train_rng.bit_generator.state = before
            raise
        self.momentum = np.float32(0.9) * self.momentum + (self.weight - 1 + 0.1 * noise)
        self.weight = self.weight - np.float32(0.05) * self.momentum
        self.updates += 1
        loss = float(np.square(self.weight - 1).sum())
        return {"loss": float("nan") if self.broken == "nan loss" else loss}

    def train_progress(self) -> tuple[int, int]:
        return self.updates, self.planned

    def get_arrays(self, part: Any) -> dict[str, Any]:
        if part == "model":
            return {"weight": self.weight}
        if part == "training":
            return {"momentum": self.momentum, "updates": np.array([self.updates], np.int64)}
        return super().get_arrays(part)

    def set_arrays(self, part: Any, arrays: dict[str, Any]) -> None:
        if part == "model":
            self.weight = arrays["weight"]
        elif part == "training":
            self.momentum, self.updates = arrays["momentum"], int(arrays["updates"][0])
        else:
            super().set_arrays(part, arrays)


class Ear:
    """A listener that keeps everything and lets a test wait for it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.replies: dict[int, Any] = {}
        self.order: list[int] = []
        self.failures: list[Any] = []
        self.states: list[Any] = []
        self.numbers: list[tuple[int, str, dict[str, float]]] = []
        self.signals = 0

    def _note(self, do: Callable[[], Any]) -> None:
        with self._condition:
            do()
            self._condition.notify_all()

    def views_ready(self) -> None:
        self._note(lambda: setattr(self, "signals", self.signals + 1))

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        self._note(lambda: self.numbers.append((step, kind, values)))

    def replied(self, reply: Any) -> None:
        self._note(lambda: (self.replies.update({reply.id: reply}), self.order.append(reply.id)))

    def state_changed(self, state: Any) -> None:
        self._note(lambda: self.states.append(state))

    def failed(self, failure: Any) -> None:
        self._note(lambda: self.failures.append(failure))

    def until(self, true: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Wait until something was heard that makes `true` so."""
        with self._condition:
            assert self._condition.wait_for(true, patience), "nothing came in time"
            return true()

    def reply(self, command: int, patience: float = PATIENCE) -> Any:
        self.until(lambda: command in self.replies, patience)
        return self.replies[command]


class Lab:
    """A running toy world: sends commands and waits for their replies."""

    def __init__(
        self,
        kind: type[Drift],
        *,
        playing: bool = False,
        history_bytes: int = BUDGET,
        **params: Any,
    ) -> None:
        self.ear = Ear()
        self.world: Any = None

        def lookup(slug: str) -> Any:
            def make(spec: Spec) -> Any:
                self.world = kind(spec)
                return self.world

            make.Params = kind.Params  # type: ignore[attr-defined]
            return make

        self.spec = Spec(kind.info.slug, params, seed=5)
        self.runner = Runner(
            self.spec, self.ear, playing=playing, lookup=lookup, history_bytes=history_bytes
        )

    def start(self) -> Lab:
        self.runner.start()
        self.ear.until(lambda: self.ear.states or self.ear.failures)
        return self

    def ask(self, command: Any) -> Any:
        return self.ear.reply(self.runner.submit(command))

    def do(self, command: Any) -> Any:
        reply = self.ask(command)
        assert reply.error is None, reply.error
        return reply.value


@pytest.fixture
def toys() -> Iterator[SimpleNamespace]:
    """Toy systems, `open(kind, ...)` to run one; every world is closed and no thread stays."""
    before = set(threading.enumerate())
    labs: list[Lab] = []

    def open_lab(kind: type[Drift] = Drift, **options: Any) -> Lab:
        labs.append(Lab(kind, **options))
        return labs[-1].start()

    yield SimpleNamespace(Drift=Drift, Learner=Learner, Ear=Ear, Lab=Lab, open=open_lab)
    for lab in labs:
        assert lab.runner.close(), "a world did not close"
    left = [t for t in threading.enumerate() if t not in before and t.name.startswith("world")]
    assert not left, f"threads were left: {left}"
