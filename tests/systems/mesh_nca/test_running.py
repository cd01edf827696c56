"""A mesh automaton in its thread: dropped meshes and the past."""

from __future__ import annotations

import queue
import time
from typing import Any

from engine.core import commands as c
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.views import Stroke
from engine.meshes.asset import pack
from engine.meshes.shapes import SHAPES, shape
from engine.systems.mesh_nca import MeshNca


class Ear:
    """A listener that only keeps the replies."""

    def __init__(self) -> None:
        self.replies: queue.SimpleQueue[c.Reply] = queue.SimpleQueue()

    def replied(self, reply: c.Reply) -> None:
        self.replies.put(reply)

    def __getattr__(self, name: str) -> Any:
        return lambda *values: None


class Lab:
    """A runner whose worlds can be looked into."""

    def __init__(self, nca: Any, **params: Any) -> None:
        self.worlds: list[MeshNca] = []
        lab = self

        class Kept(MeshNca):
            def __init__(self, spec: Spec) -> None:
                super().__init__(spec)
                lab.worlds.append(self)

        self.ear = Ear()
        self.spec = Spec("mesh-nca", nca.TINY | params, seed=3, device="cpu")
        self.runner = Runner(self.spec, self.ear, lookup=lambda _: Kept)

    def __enter__(self) -> Lab:
        self.runner.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self.runner.close()

    def do(self, command: c.Command) -> c.Reply:
        self.runner.submit(command)
        reply = self.ear.replies.get(timeout=30)
        assert reply.ok, reply.error
        return reply


def test_a_trained_texture_grows_on_a_dropped_mesh_at_once(nca: Any) -> None:
    with Lab(nca) as lab:
        lab.do(c.Train(True))
        end = time.monotonic() + 30
        while lab.worlds[0].train_progress()[0] < 2 and time.monotonic() < end:
            time.sleep(0.01)
        lab.do(c.Train(False))
        trained = lab.worlds[0].state("model")
        assert not nca.same(trained, MeshNca(lab.spec).state("model"))
        mesh = pack("knot.ply", *SHAPES["knot"].make(2560))
        lab.do(c.Rebuild(lab.runner.state.spec.with_(mesh=mesh), keep_model=True))
        assert nca.same(lab.worlds[1].state("model"), trained)
        assert lab.worlds[1].surface.topology == shape("knot", 2560).topology
        lab.do(c.Step(3))
        assert lab.worlds[1].get_arrays("world")["cells"].any()


def test_what_was_painted_comes_back_with_its_time(nca: Any) -> None:
    with Lab(nca) as lab:
        world = lambda: lab.worlds[0].state("world")  # noqa: E731
        lab.do(c.Step(5))
        for tool in ("graft", "comb", "density", "freeze", "erase"):
            points = ((3.0, 0.2, 0.2), (40.0, 0.3, 0.3))
            lab.do(c.Brush(Stroke("world", tool, points, radius=0.4, value=0.5, number=1)))
        assert lab.do(c.Undo()).value == "erase stroke"
        painted = world()
        lab.do(c.RunTo(12))
        last = world()
        lab.do(c.Jump(5))
        assert nca.same(world(), painted)
        assert lab.worlds[0].undo_words() == ("freeze stroke", "erase stroke")
        lab.do(c.RunTo(12))
        assert nca.same(world(), last)
