"""The long tape as a world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core.capabilities import ask, capabilities, perform
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.core.system import Mark
from engine.core.views import Pick, Stroke, TapesView, ViewRequest
from engine.soup.long_tape import LongTape
from engine.systems.long_tape import LongTapeSoup


def make(seed: int = 3, **params: Any) -> LongTapeSoup:
    return LongTapeSoup(Spec("long-tape", params, seed))


def test_it_is_the_tape_of_the_rules() -> None:
    world, tape = make(mutation=0.01, step_limit=64), LongTape(3, limit=64)
    tape.mutation = round(0.01 * 2**30)
    for _ in range(3):
        world.step()
        tape.step()
    np.testing.assert_array_equal(world.tape, tape.tape)
    found = world.metrics()
    assert 0 < found["operations per thread"] < 64
    (epoch, values), *others = world.take_log()
    assert (epoch, others) == (1, [])
    assert abs(values["high-order entropy"]) < 0.3
    assert 7.9 < values["Shannon entropy"] <= 8
    assert not world.log_pending()


def test_a_transition_is_marked_once_and_pauses() -> None:
    world = make(measure_every=1, pause_at_transition=True, mutation=0.0)
    world.step()
    assert not world.marks()
    assert not world.take_pause()
    world.tape[:] = np.resize(np.arange(128, 192, dtype=np.uint8), len(world.tape))
    world.step()
    world.step()
    assert world.marks() == (Mark(2, "transition"),)
    assert "epoch 2" in world.take_pause()
    saved, marks = world.state("world"), world.marks()
    world.load_state(saved, "world")
    world.recall(marks)
    world.step()
    assert world.marks() == marks
    assert [epoch for epoch, _ in world.take_log()] == [1, 2, 3, 4]


def test_the_picture_shows_bytes_in_order() -> None:
    world = make()
    view = world.views({"world": ViewRequest(region=(2, 0, 3, 256))})["world"]
    assert isinstance(view, TapesView)
    assert view.extent == (256, 256)
    assert view.codes is not None
    assert view.codes.tobytes() == world.tape[512 : 512 + 768].tobytes()
    place = world.locate(Pick("world", (2.0, 65.5)))
    assert place is not None
    assert (place.program, place.byte) == (9, 1)
    assert place.code == world.tape[576:640].tobytes()
    assert {row.label: row.value for row in world.inspect(Pick("world", (2.0, 65.5)))}[
        "address"
    ] == 577
    assert world.inspect(Pick("world", (256.0, 0.0))) == ()
    assert capabilities(world).alphabet is not None
    assert world.views({"world": ViewRequest(max_size=64)})["world"].data.shape == (64, 64, 3)


def test_the_state_goes_round() -> None:
    world = make()
    world.step()
    saved = world.state("world")
    world.step()
    other = make(seed=8)
    other.load_state(saved, "world")
    other.step()
    np.testing.assert_array_equal(other.tape, world.tape)
    assert other.metrics() == world.metrics()


def test_brushes_and_writing() -> None:
    world = make()
    before = world.field().copy()
    world.brush(Stroke("world", "erase", ((100.5, 7.5),), radius=0.5))
    assert world.tape[100 * 256 + 7] == 0
    assert (world.field() != before).sum() <= 1
    before = world.field().copy()
    world.brush(Stroke("world", "rays", ((100.0, 100.0),), radius=40.0))
    changed = (world.field() != before)[..., 0]
    assert 300 < changed.sum() < 700
    assert perform(world, "write", {"program": "[[{.>]-]", "at": 65_532}) == 8
    assert world.tape[:4].tobytes() == b">]-]"
    assert ask(world, "find", {"text": ">]-]"}).places[0].program == 0
    with pytest.raises(BadInput):
        world.brush(Stroke("world", "no such tool", ((1.0, 1.0),)))
    with pytest.raises(BadInput):
        ask(world, "program", {"index": 1024})


def test_it_answers_about_pieces() -> None:
    world = make()
    code = world.language.replicator
    assert ask(world, "assemble", {"text": world.spell(code)}) == code
    assert ask(world, "trace", {"left": code, "steps": 50}).steps == 50
    assert ask(world, "score", {"code": code}).replicates
    assert ask(world, "disassemble", {"code": code})
    assert ask(world, "find", {"text": ""}).total == 0
