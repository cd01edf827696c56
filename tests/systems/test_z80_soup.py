"""The Z80 soup as a world: what it shows, what can be done to it, what is saved."""

from __future__ import annotations

import gc
import hashlib
import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core.capabilities import ask, capabilities, perform
from engine.core.errors import BadInput, Cancelled
from engine.core.figures import ChartView, GraphView, TableView
from engine.core.programs import Traceable
from engine.core.spec import Spec
from engine.core.system import Brushable, Inspectable, Mark, Measured
from engine.core.views import Pick, Stroke, TapesView, ViewRequest
from engine.soup.metrics import measure
from engine.soup.z80.families import COLOURS, FAMILIES
from engine.systems.z80_soup import Z80Soup

LOG = json.loads((Path(__file__).parents[1] / "data/soup/z80_grid_seed6.json").read_text())["log"]


def make(seed: int = 3, **params: Any) -> Z80Soup:
    return Z80Soup(Spec("z80-soup", {"width": 20, "height": 12} | params, seed))


def test_it_is_the_reference_with_seed_6() -> None:
    world = Z80Soup(Spec("z80-soup", {}, 6))
    for row in LOG[:4]:
        while world.step_count < row["batches"]:
            world.step()
        assert hashlib.sha256(world.soup.tobytes()).hexdigest() == row["sha256"]
    assert world.metrics()["share of zeros"] == LOG[3]["top"][0][1] / 640_000
    assert world.metrics()["commonest other byte"] == LOG[3]["top"][1][1] / 640_000


def test_its_abilities() -> None:
    world = make()
    for ability in (Traceable, Brushable, Inspectable, Measured):
        assert isinstance(world, ability)
    assert capabilities(world).alphabet is not None


def test_a_program_is_a_block_of_four_by_four() -> None:
    world = make()
    view = world.views({"world": ViewRequest()})["world"]
    assert isinstance(view, TapesView)
    assert view.tile == (4, 4)
    assert view.extent == (48, 80)
    assert view.codes is not None
    assert view.codes[4:8, 8:12].tobytes() == world.soup[22].tobytes()
    assert np.array_equal(view.data[5, 9], COLOURS[world.soup[22, 5]])
    assert np.array_equal(world.field()[..., 0], view.codes)
    place = world.locate(Pick("world", (5.5, 9.5)))
    assert place is not None
    assert (place.program, place.byte, place.region) == (22, 5, (4, 8, 4, 4))
    assert world.locate(Pick("world", (48.5, 1.0))) is None


def test_an_ended_batch_goes_on_and_nothing_of_it_is_seen() -> None:
    def stop() -> None:
        raise Cancelled

    world, straight = make(width=100, height=100), make(width=100, height=100)
    straight.step()
    before = world.soup.copy()
    ended = 0
    while not world.step_count and ended < 1000:
        try:
            world.step(stop)
        except Cancelled:
            ended += 1
            np.testing.assert_array_equal(world.soup, before)
    assert ended > 1
    np.testing.assert_array_equal(world.soup, straight.soup)


def test_the_state_goes_round() -> None:
    world = make()
    for _ in range(3):
        world.step()
    saved = world.state("world")
    world.step()
    other = make(seed=9)
    other.load_state(saved, "world")
    other.step()
    np.testing.assert_array_equal(other.soup, world.soup)
    assert other.metrics() == world.metrics()


def test_brushes_touch_only_what_lies_under_them() -> None:
    world = make()
    before = world.field()
    world.brush(Stroke("world", "erase", ((10.5, 10.5),), radius=0.5))
    changed = np.argwhere(world.field() != before)
    assert changed.tolist() in ([], [[10, 10, 0]])
    assert world.field()[10, 10, 0] == 0
    world.brush(Stroke("world", "infect", ((24.0, 40.0),), radius=30.0))
    assert bytes.fromhex("01c5" * 8) in {row.tobytes() for row in world.soup}
    before = world.field()
    world.brush(Stroke("world", "rays", ((24.0, 40.0),), radius=20.0))
    share = (world.field() != before).mean()
    assert 0.01 < share < 0.1
    with pytest.raises(BadInput):
        world.brush(Stroke("world", "no such tool", ((1.0, 1.0),)))


def test_a_planted_copier_is_found_and_spreads() -> None:
    world = make(noise=14)
    assert perform(world, "inject", {"program": "LD BC,0x01C5\nPUSH BC"}) == 1
    perform(world, "rewrite", {"program": 5, "text": "01c5" * 8})
    assert world.soup[5].tobytes().hex() == "01c5" * 8
    found = ask(world, "find", {"text": "01c5" * 8})
    assert (found.total, found.places[0].program) == (1, 5)
    dimmed = world.views({"world": ViewRequest()})["world"]
    ask(world, "find", {"text": ""})
    bright = world.views({"world": ViewRequest()})["world"]
    assert isinstance(dimmed, TapesView)
    assert isinstance(bright, TapesView)
    assert dimmed.data.sum() < bright.data.sum()
    perform(world, "inject", {"program": "stack copier", "copies": 60})
    start = world.find("01c5" * 8).total
    for _ in range(10):
        world.step()
    assert world.find("01c5" * 8).total > start
    with pytest.raises(BadInput):
        perform(world, "rewrite", {"program": 10**6, "text": "00"})


def test_it_answers_about_programs() -> None:
    world = make()
    code = ask(world, "assemble", {"text": "LD HL,0xE521\nPUSH HL"})
    assert code.hex() == "2121e5e5" + "00" * 12
    assert ask(world, "spell", {"code": code[:3]}) == "21 21 e5"
    assert ask(world, "disassemble", {"code": code})[1].text == "PUSH HL"
    trace = ask(world, "trace", {"left": code})
    assert (len(trace.start), trace.steps) == (32, 128)
    assert ask(world, "trace", {"left": code, "right": code, "steps": 3}).steps == 3
    assert ask(world, "score", {"code": bytes.fromhex("21e5" * 8)}).replicates
    assert not ask(world, "score", {"code": code}).replicates
    rows = {row.label: row.value for row in world.inspect(Pick("world", (0.5, 0.5)))}
    assert rows["program"] == 0
    with pytest.raises(BadInput):
        ask(world, "program", {"index": 240})


def test_families_tell_the_story_of_the_soup() -> None:
    assert [FAMILIES[op] for op in (0x00, 0xC5, 0x11, 0x77, 0x3C, 0x18, 0xED, 0xDD, 0xFB)] == [
        "null", "copy", "move", "copy", "arithmetic", "loop", "copy", "data", "none",
    ]  # fmt: skip
    assert len({tuple(colour) for colour in COLOURS.tolist()}) > 150


@pytest.mark.parametrize("colour", ["instruction", "byte", "species", "zeros"])
def test_colourings(colour: str) -> None:
    world = make(colour=colour)
    world.soup[:2] = world.soup[2]
    view = world.views({"world": ViewRequest(max_size=20)})["world"]
    assert isinstance(view, TapesView)
    assert view.data.shape == (12, 20, 3)
    assert view.codes is None
    assert np.array_equal(view.data[0, 0], view.data[0, 1])
    assert len(np.unique(view.data.reshape(-1, 3), axis=0)) > (2 if colour == "zeros" else 20)


def until_measured(world: Z80Soup, steps: int) -> list[tuple[int, dict[str, float]]]:
    log = []
    for _ in range(steps):
        world.step()
    while world.log_pending():
        log += world.take_log()
    return log


def test_what_is_measured_belongs_to_its_batch() -> None:
    world = make(measure_every=4)
    log = until_measured(world, 9)
    assert [batch for batch, _ in log] == [1, 5, 9]
    assert log[-1][1]["high-order entropy"] == pytest.approx(measure(world.soup).high_order)
    assert log[-1][1]["unique programs"] == len(np.unique(world.soup, axis=0))


def test_a_takeover_is_noticed_pauses_and_is_listed(tmp_path: Path) -> None:
    world = make(measure_every=1, pause_at_transition=True)
    until_measured(world, 2)
    assert not [mark for mark in world.marks() if mark.title == "transition"]
    world.soup[:] = np.arange(16)  # harmless, and four bits a byte
    world.soup[:100] = np.frombuffer(bytes.fromhex("01c5" * 8), np.uint8)
    world.set_param("noise", 14)
    until_measured(world, 1)
    assert [mark for mark in world.marks() if mark.title == "transition"] == [Mark(3, "transition")]
    assert "batch 3" in world.take_pause()
    assert not world.take_pause()
    views = world.views({name: ViewRequest() for name in ("population", "takeover", "family tree")})
    table, chart, tree = views["population"], views["takeover"], views["family tree"]
    assert isinstance(table, TableView)
    assert isinstance(chart, ChartView)
    assert isinstance(tree, GraphView)
    found = dict(zip(table.programs, table.rows, strict=True))
    row = dict(zip(table.columns, found[bytes.fromhex("01c5" * 8)], strict=True))
    assert row["copies"] >= 60
    assert row["score"] == 16
    assert (chart.x, tree.axis) == ("batch", "batch first seen")
    for export in world.exports():
        export.write(tmp_path / f"soup{export.ending}")
    metrics = (tmp_path / "soup.metrics.csv").read_text().splitlines()
    assert len(metrics) == 4
    assert "01c5" * 8 in (tmp_path / "soup.population.csv").read_text()
    assert (tmp_path / "soup.copies.csv").stat().st_size > 20


def test_an_edit_forgets_what_was_measured_later() -> None:
    world = make(measure_every=1)
    saved = world.state("world")
    until_measured(world, 4)
    world.load_state(saved, "world")
    world.recall(())
    perform(world, "rewrite", {"program": 0, "text": "00"})
    assert [batch for batch, _ in until_measured(world, 2)] == [1, 2]


def test_a_closed_world_is_let_go() -> None:
    world = make(measure_every=1)
    until_measured(world, 1)
    seen = weakref.ref(world)
    del world
    gc.collect()
    assert seen() is None
