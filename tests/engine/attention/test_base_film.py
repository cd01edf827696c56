"""Attention is filmed as tiles."""

import queue

from PIL import Image

from engine.core import commands
from engine.core.runner import Runner
from engine.core.spec import Spec


class Ear:
    """Keeps the replies."""

    def __init__(self):
        self.replies = queue.SimpleQueue()

    def replied(self, reply):
        self.replies.put(reply)

    def __getattr__(self, name):
        return lambda *values: None


def test_heads_are_recorded_while_a_prompt_is_read(toy, tmp_path):
    ear, path = Ear(), tmp_path / "heads.gif"
    kind = type(toy())
    spec = Spec("toy-attention", {}, seed=3, device="cpu")
    runner = Runner(spec, ear, lookup=lambda slug: kind)

    def do(command):
        runner.submit(command)
        reply = ear.replies.get(timeout=30)
        assert reply.ok, reply.error

    runner.start()
    try:
        do(commands.Record(path, view="heads", frames=4))
        do(commands.Step(4))
        do(commands.StopRecording())
    finally:
        assert runner.close()
    with Image.open(path) as film:
        assert film.n_frames >= 3  # equal frames may be joined
        assert film.size == (720, 720)
