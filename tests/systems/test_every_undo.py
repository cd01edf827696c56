"""Whatever was done to a world of any system can be taken back, to the bit."""

import threading

import numpy as np
import pytest

from engine.core import checkpoint, registry
from engine.core import commands as c
from engine.core.capabilities import capabilities
from engine.core.errors import BadInput
from engine.core.params import assign, fields_of
from engine.core.runner import Runner
from engine.core.spec import Asset, Spec
from engine.core.system import Trainable, Undoable
from engine.core.views import Stroke

SEED = 5
PLACES = {"mesh": (0.0, 0.0, 1.0)}  # where a stroke touches something


def smallest(kind):
    """Parameters with everything that costs memory or time at its least, where that can be."""
    params = kind.Params()
    for field in fields_of(kind.Params):
        if field.cost is not None and field.low is not None:
            low = int(field.low) if field.kind == "int" else field.low
            try:
                params = assign(params, {field.name: low})
            except BadInput:
                continue
    return params.model_dump(mode="json")


class Ear:
    """Hears replies; the rest is silent."""

    def __init__(self):
        self._condition = threading.Condition()
        self._replies = {}
        self.failures = []
        self.states = []

    def views_ready(self):
        pass

    def scalars(self, step, kind, values):
        pass

    def replied(self, reply):
        with self._condition:
            self._replies[reply.id] = reply
            self._condition.notify_all()

    def state_changed(self, state):
        self.states.append(state)

    def failed(self, failure):
        self.failures.append(failure)

    def reply(self, id):
        with self._condition:
            assert self._condition.wait_for(lambda: id in self._replies, 30.0), "no reply"
            return self._replies[id]


class Bench:
    """A running world of one system."""

    def __init__(self, kind):
        self.ear = Ear()
        self.spec = Spec(kind.info.slug, smallest(kind), seed=SEED, device="cpu")
        self.runner = Runner(self.spec, self.ear)
        self.runner.start()
        self.do(c.Pause())

    def ask(self, command):
        return self.ear.reply(self.runner.submit(command))

    def do(self, command):
        reply = self.ask(command)
        assert reply.error is None, reply.error
        assert not self.ear.failures
        return reply

    @property
    def world(self):
        return self.runner._stage.system

    def state(self, scope="world"):
        self.do(c.Pause())  # the thread sleeps from here on
        return self.world.state(scope)


@pytest.fixture(params=registry.slugs())
def bench(request):
    made = Bench(registry.system_class(request.param))
    yield made
    assert made.runner.close(30.0)


def same(one, other, but=()):
    assert one.keys() == other.keys()
    for name in one:
        if not name.endswith(tuple(but)):
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def scope_of(world):
    return "training" if isinstance(world, Trainable) else "world"


def test_a_reset_comes_back_with_its_past_and_can_be_done_again(bench):
    bench.do(c.Step(3))
    third = bench.state()
    bench.do(c.Step(3))
    before = bench.state()
    reset = bench.do(c.Reset(SEED + 1))
    after = bench.state()
    assert isinstance(reset.inverse, c.Restore)
    back = bench.do(reset.inverse)
    assert back.value == 6
    same(bench.state(), before)
    bench.do(c.Jump(3))
    same(bench.state(), third)
    bench.do(back.inverse)
    same(bench.state(), after)
    used = c.Restore(back.inverse.deposit)
    assert isinstance(bench.ask(used).error, BadInput)
    assert bench.runner.state.edits == 3  # of the four commands one was refused and one a jump


def test_a_rebuild_comes_back_as_it_was(bench):
    bench.do(c.Step(2))
    scope = scope_of(bench.world)
    before, spec = bench.state(scope), bench.runner.state.spec
    other = next(
        (
            (field.name, choice)
            for field in fields_of(type(bench.world.params))
            if field.apply == "rebuild" and field.kind == "choice"
            for choice in field.choices
            if choice != spec.params[field.name]
        ),
        None,
    )
    changed = spec.with_(seed=SEED + 2, params={**spec.params, **dict([other] if other else [])})
    made = bench.ask(c.Rebuild(changed))
    if not made.ok:
        made = bench.do(c.Rebuild(spec.with_(seed=SEED + 2)))
    bench.do(c.Step(1))
    after = bench.state(scope)
    back = bench.do(made.inverse)
    same(bench.state(scope), before)
    assert bench.runner.state.spec == spec
    bench.do(back.inverse)
    same(bench.state(scope), after)


def test_an_import_comes_back_as_it_was(bench):
    bench.do(c.Step(1))
    file = Asset("file", checkpoint.dump(bench.world, "world"))
    bench.do(c.Reset(SEED + 3))
    bench.do(c.Step(2))
    scope = scope_of(bench.world)
    before = bench.state(scope)
    loaded = bench.do(c.Load(file))
    bench.do(c.Step(1))
    bench.do(loaded.inverse)
    same(bench.state(scope), before)
    assert bench.do(c.Load(file, fresh=True)).inverse is None


def test_strokes_and_parameters_come_back(bench):
    can = capabilities(bench.world)
    bench.do(c.Step(2))
    numbers = [
        field
        for field in fields_of(type(bench.world.params))
        if field.apply == "live" and field.kind == "float" and field.low is not None
    ]
    for field in numbers[:1]:
        set_ = bench.do(c.SetParam(field.name, field.high))
        bench.do(set_.inverse)
        assert bench.runner.state.spec.params[field.name] == set_.inverse.value
    assert can.undoable
    if not can.brushes:
        pytest.skip("its hand has no brush")
    at = PLACES.get(can.views[0].kind, (5.5, 5.5))
    paint = next((tool for tool in can.brushes if tool.name in ("paint", "rays")), can.brushes[0])
    before = bench.state()
    for _ in range(2):  # two pieces of one stroke
        stroke = bench.do(
            c.Brush(Stroke("world", paint.name, (at,), radius=2.0, value=0.5, number=77))
        )
    assert stroke.gesture > 0
    assert bench.runner.state.undo[0]
    assert isinstance(bench.world, Undoable)
    bench.do(c.Undo())
    same(bench.state(), before, but=("tokens", "random/world"))
    assert bench.runner.state.undo[0] == ""


def test_a_bookmark_and_a_branch_hold_what_was(bench):
    bench.do(c.Step(2))
    scope = scope_of(bench.world)
    before = bench.state(scope)
    mark = bench.do(c.Keep("here", 48)).value
    assert mark.step == 2
    assert bench.runner.state.bookmarks == (mark,)
    assert bench.runner.state.kept_bytes >= mark.bytes // 2
    if mark.thumbnail is not None:
        assert max(mark.thumbnail.shape[:2]) <= 48
    branch = bench.do(c.Branch(deposit=mark.deposit)).value
    bench.do(c.Step(2))
    later = bench.do(c.Branch()).value
    assert (branch.step, later.step) == (2, 4)
    back = bench.do(c.Restore(mark.deposit))
    same(bench.state(scope), before)
    bench.do(back.inverse)
    assert bench.world.step_count == 4
    kind = type(bench.world)
    for branched in (branch, later):
        other = kind(branched.spec)
        loaded = checkpoint.parse(branched.state.data, branched.state.name)
        other.load_state(loaded.arrays, loaded.scope)
        assert other.step_count == branched.step
        if branched is branch:
            same(other.state(scope), before)
    bench.do(c.Forget(mark.deposit))
    assert bench.runner.state.bookmarks == ()
    again = bench.do(c.Keep("from a file", state=branch.state)).value
    assert (again.step, again.title) == (2, "from a file")
    if mark.thumbnail is not None:
        np.testing.assert_array_equal(again.thumbnail, mark.thumbnail)
    bench.do(c.Restore(again.deposit))
    same(bench.state(scope), before)
