"""What the hand wrote is put back as it was, onto the world as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import registry
from engine.core.capabilities import perform
from engine.core.errors import BadInput
from engine.core.patches import Patched, Patches
from engine.core.spec import Spec
from engine.core.views import Stroke

SMALL: dict[str, dict[str, Any]] = {
    "life": {"width": 64, "height": 64},
    "gray-scott": {"width": 64, "height": 64},
    "growing-nca": {"pool_size": 16},
    "texture-nca": {"width": 64, "height": 64, "pool_size": 16},
    "soup": {"programs": 1024},
    "z80-soup": {"width": 16, "height": 16},
    "long-tape": {},
}


def write(world: np.ndarray, patches: Patches, places: list[int], value: float) -> None:
    where = np.array(places, np.intp)
    before = world[where]
    world[where] = value
    patches.note(where, before, world[where])


def play_back(world: np.ndarray, writing: Any) -> None:
    for places, values in writing:
        world[places] = values


def test_a_stroke_of_many_pieces_is_one_gesture() -> None:
    world, patches = np.arange(10.0), Patches()
    for place in (2, 3, 2):
        patches.begin("stroke", 7)
        write(world, patches, [place], 50.0 + place)
        world += 1  # time goes on
    number = patches.newest
    patches.begin("other", 8)
    write(world, patches, [9], 0.0)
    assert patches.newest != number
    assert patches.words() == ("other", "")
    play_back(world, patches.undo())
    play_back(world, patches.undo())
    assert list(world[[2, 3]]) == [2.0, 4.0]  # as each was before it was touched first
    assert world[0] == 3.0  # elsewhere time has gone on
    assert patches.words() == ("", "stroke")
    play_back(world, patches.redo())
    assert list(world[[2, 3]]) == [52.0, 53.0]
    with pytest.raises(BadInput, match="no stroke"):
        Patches().undo()


@settings(max_examples=60, deadline=None)
@given(
    strokes=st.lists(
        st.lists(st.lists(st.integers(0, 39), min_size=1, unique=True), min_size=1, max_size=4),
        min_size=1,
        max_size=12,
    )
)
def test_undoing_all_gives_what_was_and_the_budget_is_kept(strokes: Any) -> None:
    world, patches = np.zeros(40), Patches(budget=4000, most=5)
    states = [world.copy()]
    for number, pieces in enumerate(strokes, 1):
        for piece in pieces:
            patches.begin("stroke", number)
            write(world, patches, piece, float(number))
            assert patches.bytes <= 4000
        states.append(world.copy())
    back = 0
    while patches.words()[0]:
        play_back(world, patches.undo())
        back += 1
        np.testing.assert_array_equal(world, states[-1 - back])
    assert back <= 5
    while patches.words()[1]:
        play_back(world, patches.redo())
    np.testing.assert_array_equal(world, states[-1])


def test_back_in_the_past_only_what_was_done_by_then_can_be_undone() -> None:
    world, patches = np.zeros(4), Patches()
    for step in (1, 2):
        patches.pass_time(step)
        patches.begin(f"at {step}")
        write(world, patches, [step], 1.0)
    patches.leave()
    patches.recall(1)
    assert patches.words() == ("at 1", "")
    patches.leave()
    patches.recall(2)  # and forth again
    assert patches.words() == ("at 2", "")
    patches.leave()
    patches.recall(0)
    assert patches.words() == ("", "")
    patches.pass_time(3)  # time ran on without them
    patches.leave()
    patches.recall(3)
    assert patches.words() == ("", "")
    patches.leave()  # another state, of which nothing is known
    assert patches.words() == ("", "")


def arrays(world: Patched) -> dict[str, np.ndarray]:
    return {n: a for n, a in world.state("world").items() if n.startswith("world/")}


@pytest.mark.parametrize("slug", SMALL)
def test_every_brush_of_every_patched_system_is_undone_to_the_bit(slug: str) -> None:
    world = registry.system_class(slug)(Spec(slug, SMALL[slug], seed=3))
    assert isinstance(world, Patched)
    for _ in range(2):
        world.step()
    if any(tool.name == "paint" for tool in world.brushes()):  # else there is nothing to erase
        world.brush(Stroke("world", "paint", ((6.5, 7.5),), radius=4.0, value=0.7))
        world.patches.clear()
    for number, tool in enumerate(world.brushes(), 1):
        before, points = arrays(world), ((5.5, 5.5), (9.5, 6.5))
        for at in points:
            world.brush(Stroke("world", tool.name, (at,), radius=3.0, value=0.4, number=number))
        after = arrays(world)
        assert any((after[name] != before[name]).any() for name in before), tool.name
        title = f"{tool.title.lower()} stroke"
        assert world.undo_words()[0] == title
        world.undo()
        for name, array in arrays(world).items():
            if not name.endswith("tokens"):  # bytes that are put back count as put in
                np.testing.assert_array_equal(array, before[name], f"{tool.name} {name}")
        world.redo()
        for name, array in arrays(world).items():
            if not name.endswith("tokens"):
                np.testing.assert_array_equal(array, after[name], f"{tool.name} {name}")
        world.undo()
    assert world.undo_words()[0] == ""
    world.redo()
    world.reset()
    assert world.undo_words() == ("", "")


def test_undo_while_time_goes_on_leaves_the_rest_of_the_world() -> None:
    spec = Spec("gray-scott", SMALL["gray-scott"], seed=3)
    world = registry.system_class("gray-scott")(spec)
    before = world.field().copy()
    world.brush(Stroke("world", "seed", ((20.5, 20.5),), radius=3.0, number=1))
    touched = (world.field() != before).any(-1)
    for _ in range(3):
        world.step()
    running = world.field().copy()
    world.undo()
    np.testing.assert_array_equal(world.field()[touched], before[touched])
    np.testing.assert_array_equal(world.field()[~touched], running[~touched])
    assert (running[~touched] != before[~touched]).any()


@pytest.mark.parametrize(
    ("slug", "name", "arguments"),
    [
        ("life", "insert", {"rle": "3o!", "row": 60, "column": 62}),
        ("growing-nca", "seed-grid", {"rows": 2, "columns": 2}),
        ("soup", "inject", {"copies": 9}),
        ("soup", "mutate", {"first": 3, "count": 5, "rate": 0.5}),
        ("z80-soup", "inject", {"copies": 4}),
        ("long-tape", "write", {"program": "[[[", "at": 65534}),
    ],
)
def test_actions_that_write_are_undone_too(slug: str, name: str, arguments: Any) -> None:
    world = registry.system_class(slug)(Spec(slug, SMALL[slug], seed=3))
    before = arrays(world)
    world.begin_gesture("action")
    perform(world, name, arguments)
    assert world.undo_words()[0] == "action"
    after = arrays(world)
    assert any((after[key] != before[key]).any() for key in before)
    world.undo()
    for key, array in arrays(world).items():
        if not key.endswith("tokens"):
            np.testing.assert_array_equal(array, before[key], key)


def test_a_stroke_too_large_to_be_remembered_is_not_taken_back_in_part() -> None:
    world, patches = np.arange(100.0), Patches(budget=2000)
    patches.begin("small", 1)
    write(world, patches, [0], -1.0)
    patches.begin("stroke", 2)
    write(world, patches, list(range(10)), 5.0)
    assert patches.newest
    write(world, patches, list(range(10, 90)), 5.0)
    assert (patches.words(), patches.newest) == (("", ""), 0)
    patches.begin("stroke", 2)
    write(world, patches, [90], 5.0)
    assert (patches.words(), patches.newest) == (("", ""), 0)
    patches.begin("stroke", 3)
    write(world, patches, [90], 7.0)
    assert patches.newest
    play_back(world, patches.undo())
    assert world[90] == 5.0
    assert patches.words() == ("", "stroke")


def test_what_earlier_hands_keep_alive_is_counted() -> None:
    world, patches = np.arange(1000.0), Patches(budget=10_000)
    patches.begin("first", 1)
    write(world, patches, list(range(200)), 0.0)  # 4,800 bytes
    for number in range(2, 40):
        patches.pass_time(number)
        patches.begin("next", number)
        write(world, patches, [number], 0.0)
    hands = [*patches._past, *patches._coming]
    alive = {id(g): g.bytes for hand in hands for g in (*hand.done, *hand.undone)}
    assert sum(alive.values()) <= patches.bytes
    assert sum(alive.values()) <= 10_000
