"""The soup of programs as a world: epochs, pictures, edits, what is saved."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from engine.core.capabilities import ask, perform
from engine.core.errors import BadInput, Cancelled
from engine.core.programs import Traceable
from engine.core.spec import Spec
from engine.core.views import Pick, Stroke, TapesView, ViewRequest
from engine.soup.metrics import measure
from engine.systems.soup import ProgramSoup


def make(seed: int = 3, **params: Any) -> ProgramSoup:
    return ProgramSoup(Spec("soup", {"language": "bff_noheads", "programs": 600} | params, seed))


def stop() -> None:
    raise Cancelled


def test_an_ended_epoch_goes_on_and_nothing_of_it_is_seen() -> None:
    world, straight = make(), make()
    straight.step()
    before = world.soup.copy()
    ended = 0
    while not world.step_count:
        try:
            world.step(stop)
        except Cancelled:
            ended += 1
            np.testing.assert_array_equal(world.soup, before)
        assert ended < 100
    assert ended > 1
    np.testing.assert_array_equal(world.soup, straight.soup)


def test_the_picture_shows_the_bytes_and_knows_their_programs() -> None:
    world = make()
    view = world.views({"world": ViewRequest(region=(0, 0, 16, 16))})["world"]
    assert isinstance(view, TapesView)
    assert view.codes is not None
    assert view.tile == (8, 8)
    across = view.extent[1] // 8
    assert view.codes[9, 3] == world.soup[across, 8 + 3]
    place = ask(world, "locate", {"pick": Pick("world", (9.5, 3.5))})
    assert (place.program, place.byte, place.code) == (across, 11, world.soup[across].tobytes())
    assert ask(world, "program", {"index": across}).region == place.region
    with pytest.raises(BadInput, match="no program 600"):
        world.program(600)


@pytest.mark.parametrize(
    "colour", ["paper", "byte", "species", "score", "density", "zeros", "age", "lineage"]
)
def test_every_colouring_paints(colour: str) -> None:
    world = make(tracers=True, colour=colour)
    world.step()
    view = world.views({"world": ViewRequest(max_size=64)})["world"]
    assert isinstance(view, TapesView)
    assert max(view.data.shape[:2]) <= 64
    assert view.data.std() > 0
    assert view.codes is None


def test_a_search_dims_all_programs_without_the_piece() -> None:
    world = make()
    code = "hex:" + world.soup[17, 20:28].tobytes().hex()
    found = world.find(code)
    assert found.total >= 1
    assert (17, 20) in [(place.program, place.byte) for place in found.places]
    region = found.places[0].region
    lit = world.views({"world": ViewRequest(region=region)})["world"]
    assert world.find("").total == 0
    plain = world.views({"world": ViewRequest(region=region)})["world"]
    assert isinstance(lit, TapesView)
    assert isinstance(plain, TapesView)
    np.testing.assert_array_equal(lit.data, plain.data)


def test_a_glyph_finds_every_byte_that_it_stands_for_and_digits_one() -> None:
    world = make(language="bff_noheads_4bit")
    world.soup[:] = 0x21
    world.soup[17, 20:23] = 0x3E, 0xFD, 0x0A
    found = world.find("{>.")
    assert [(place.program, place.byte) for place in found.places] == [(17, 20)]
    assert world.views({"world": ViewRequest(max_size=64)})["world"].data.std() > 0
    assert world.find("hex:0e0d0a").total == 0
    assert world.find("hex:3efd0a").total == 1
    assert world.find("1").total == 600
    assert world.find("{>.").total == 1
    assert perform(world, "rewrite", {"program": 5, "text": "hex:210e2d4a"}) == 1
    regions = [world.program(at).region for at in (5, 6)]
    found_at, others = (
        world.views({"world": ViewRequest(region=at)})["world"].data for at in regions
    )
    world.find("")
    plain, plain_others = (
        world.views({"world": ViewRequest(region=at)})["world"].data for at in regions
    )
    np.testing.assert_array_equal(found_at, plain)
    assert others.mean() < plain_others.mean() / 2


def test_injecting_sterilising_mutating_and_rewriting() -> None:
    world = make()
    code = np.frombuffer(world.language.replicator, np.uint8)
    assert perform(world, "inject", {"program": "replicator", "copies": 5, "at": 10}) == 5
    assert (world.soup[10:15, : len(code)] == code).all()
    perform(world, "sterilise", {"first": 100, "count": 50})
    assert not world.soup[100:150].any()
    before = world.soup.copy()
    perform(world, "mutate", {"first": 0, "count": 300, "rate": 1.0})
    changed = (world.soup != before).any(axis=1)
    assert changed[:300].all()
    assert not changed[300:].any()
    perform(world, "rewrite", {"program": 7, "text": "hex:0102"})
    assert world.soup[7].tobytes() == bytes([1, 2]) + bytes(62)
    assert [mark.title for mark in world.marks()] == [
        "injected 5",
        "sterilised",
        "mutated",
        "rewritten",
    ]
    with pytest.raises(BadInput, match="no program 999"):
        perform(world, "rewrite", {"program": 999, "text": ""})


def test_brushes_change_whole_programs_under_them() -> None:
    world = make()
    before = world.soup.copy()
    world.brush(Stroke("world", "erase", ((4.0, 4.0),), radius=2.0))
    assert not world.soup[0].any()
    np.testing.assert_array_equal(world.soup[1:], before[1:])
    world.brush(Stroke("world", "infect", ((4.0, 12.0),), radius=2.0))
    assert world.soup[1].tobytes() == world.language.replicator.ljust(64, b"\0")
    world.brush(Stroke("world", "erase", ((-50.0, -50.0),), radius=2.0))
    with pytest.raises(BadInput, match="no brush"):
        world.brush(Stroke("world", "paint", ((1.0, 1.0),)))


def test_restore_then_step_equals_step() -> None:
    world = make(tracers=True)
    world.step()
    saved = world.state("world")
    world.step()
    after = world.state("world")
    other = make(seed=8, tracers=True)
    other.load_state(saved, "world")
    other.step()
    for name, array in other.state("world").items():
        np.testing.assert_array_equal(array, after[name], err_msg=name)


def test_a_parameter_changed_within_an_epoch_counts_from_the_next() -> None:
    world, straight = make(), make()
    with pytest.raises(Cancelled):
        world.step(stop)
    world.set_param("mutation", 0.1)
    world.step()
    straight.step()
    np.testing.assert_array_equal(world.soup, straight.soup)
    world.step()
    straight.step()
    assert not np.array_equal(world.soup, straight.soup)


def test_a_planted_program_stands_in_the_first_place_and_can_be_asked_about() -> None:
    world = make(plant="replicator")
    assert isinstance(world, Traceable)
    code = world.program(0).code
    assert code[: len(world.language.replicator)] == world.language.replicator
    assert world.score(code).replicates
    assert world.assemble(world.spell(code)) == code
    assert world.trace(code).steps > 10
    assert world.disassemble(code)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"programs": 601}, "even"),
        ({"programs": 600, "grid_width": 7}, "multiple"),
        ({"programs": 600, "pairing": "fixed"}, "power of two"),
    ],
)
def test_forms_that_cannot_be_are_refused(params: dict[str, Any], words: str) -> None:
    from engine.core.params import assign

    with pytest.raises(BadInput, match=words):
        assign(ProgramSoup.Params(programs=600), params)


def test_measurements_come_with_their_epoch_and_the_transition_pauses_it() -> None:
    world = make(plant="replicator", programs=64, measure_every=4, pause_at_transition=True)
    world._observer.chronicle.survey._detector.threshold = -9.0  # noise counts as a transition here
    for _ in range(6):
        world.step()
    reasons = {world.take_pause()}
    deadline = time.monotonic() + 30
    log = world.take_log()
    while world.log_pending() or len(log) < 2:
        assert time.monotonic() < deadline
        log += world.take_log()
    reasons.add(world.take_pause())
    assert [epoch for epoch, _ in log] == [1, 5]
    straight = make(plant="replicator", programs=64)
    straight.step()
    assert log[0][1]["high-order entropy"] == measure(straight.soup).high_order
    assert [mark.title for mark in world.marks()] == ["transition"]
    assert "the state transition was seen at epoch 1" in reasons
