"""The soup's panels, files and orders: what is known beside the picture."""

from __future__ import annotations

import csv
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core.capabilities import ask, capabilities, perform
from engine.core.commands import Act, ExportFile, Look, Step
from engine.core.figures import ChartView, GraphView, TableView
from engine.core.params import fields_of_schema
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.views import Pick, Stroke, TapesView, ViewRequest
from engine.soup import reference_file
from engine.soup.metrics import measure
from engine.systems.soup import ProgramSoup

REPLICATOR = "hex:5b5b7b2e3e5d2d5d" + "20" * 48 + "5d2d5d3e2e7b5b5b"
PANELS = ("population", "takeover", "family tree", "tracers")


@pytest.fixture
def worlds() -> Iterator[Any]:
    made: list[ProgramSoup] = []

    def make(seed: int = 3, **params: Any) -> ProgramSoup:
        small = {"language": "bff_noheads", "programs": 256, "measure_every": 4}
        made.append(ProgramSoup(Spec("soup", small | params, seed)))
        return made[-1]

    yield make
    for world in made:
        world._observer.chronicle.close()
        world._scorer.close()


def _ready(world: ProgramSoup) -> None:
    deadline = time.monotonic() + 30
    world.take_log()
    while world.log_pending():
        assert time.monotonic() < deadline
        time.sleep(0.002)
        world.take_log()


def _look(world: ProgramSoup, *names: str) -> dict[str, Any]:
    """Look twice, as the window does: the first look asks for what is not known yet."""
    wanted = {name: ViewRequest() for name in names}
    for _ in range(2):
        world.views(wanted)
        _ready(world)
    return world.views(wanted)


def test_panels_are_offered_and_empty_before_anything_is_known(worlds: Any) -> None:
    world = worlds(tracers=True)
    offers = [offer for offer in world.view_offers() if offer.place == "panel"]
    assert [offer.name for offer in offers] == list(PANELS)
    views = world.views({offer.name: ViewRequest() for offer in offers})
    kinds = {"table": TableView, "chart": ChartView, "graph": GraphView}
    assert all(isinstance(views[offer.name], kinds[offer.kind]) for offer in offers)
    assert views["population"].rows == ()
    assert "first ancestor" in views["population"].columns
    assert "tracers" not in {offer.name for offer in worlds().view_offers()}


def test_a_planted_replicator_is_seen_to_take_over(worlds: Any) -> None:
    world = worlds(tracers=True, mutation=0.0)
    perform(world, "inject", {"program": REPLICATOR, "copies": 8, "at": 40})
    table = _look(world, "population")["population"]
    heads = dict(zip(table.columns, table.rows[0], strict=True))
    assert (heads["copies"], heads["first seen"], heads["parent"]) == (8, 0, "")
    assert heads["score"] >= 5
    assert heads["first ancestor"].startswith("program 4")
    assert table.programs[0] == world.assemble(REPLICATOR)
    for _ in range(9):
        world.step()
    _ready(world)
    views = _look(world, *PANELS)
    heads = dict(zip(views["population"].columns, views["population"].rows[0], strict=True))
    assert heads["kin"] >= heads["copies"] > 8
    name, epochs, shares = views["takeover"].curves[0]
    assert name.startswith("1: [[{")
    assert epochs.tolist() == [0, 1, 5, 9]
    assert shares[-1] == pytest.approx(100 * heads["kin"] / 256)
    assert sum(curve[-1] for _, _, curve in views["takeover"].curves) == pytest.approx(100)
    assert len(views["family tree"].nodes) >= 1
    common = views["tracers"].curves[0][2]
    assert common[-1] > common[0]


def test_a_picked_program_tells_where_it_was_born(worlds: Any) -> None:
    world = worlds(tracers=True)
    perform(world, "inject", {"program": REPLICATOR, "copies": 3, "at": 40})
    _look(world, "population")
    region = world.program(41).region
    rows = {row.label: row.value for row in world.inspect(Pick("world", region[:2]))}
    assert rows["program"] == 41
    assert rows["strain"] == "1, 3 copies"
    assert rows["born"] == "epoch 0, program 41, byte 0"
    assert rows["first ancestor"] == "program 41 in the first soup, 64 bytes"
    plain = worlds()
    assert "born" not in {row.label for row in plain.inspect(Pick("world", (0.0, 0.0)))}


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_files_of_what_was_measured(worlds: Any, tmp_path: Path) -> None:
    world = worlds(plant=REPLICATOR, tracers=True)
    operations = []
    for _ in range(6):
        world.step()
        operations.append(world.metrics()["operations per pair"])
    writers = {export.ending: export.write for export in world.exports()}
    for ending, write in writers.items():
        write(tmp_path / f"a{ending}")
    metrics = _table(tmp_path / "a.metrics.csv")
    assert [row["epoch"] for row in metrics] == ["1", "5"]
    assert float(metrics[1]["operations_per_pair"]) == operations[4]
    straight = worlds(plant=REPLICATOR)
    for _ in range(5):
        straight.step()
    found = measure(straight.soup)
    assert float(metrics[1]["high_order_entropy"]) == found.high_order
    assert int(metrics[1]["brotli_bytes"]) == found.brotli_bytes
    strains = _table(tmp_path / "a.population.csv")
    copies = _table(tmp_path / "a.copies.csv")
    assert [row["epoch"] for row in copies] == ["1", "5"]
    for row in strains:
        assert copies[-1][f"strain_{row['strain']}"] == row["copies"]
        assert row["score"].isdecimal()
    saved = reference_file.read(tmp_path / "a.dat")
    assert saved.epoch == 6
    np.testing.assert_array_equal(saved.soup, world.soup)


def test_in_any_order_cells_and_programs_find_each_other(worlds: Any) -> None:
    world = worlds(order="frequency")
    perform(world, "inject", {"program": REPLICATOR, "copies": 5, "at": 200})
    first = world.locate(Pick("world", (0.5, 0.5)))
    assert first is not None
    assert (first.program, first.region) == (200, (0, 0, 8, 8))
    assert world.program(204).region == (0, 32, 8, 8)
    found = ask(world, "find", {"text": REPLICATOR})
    assert [place.region[1] for place in found.places] == [0, 8, 16, 24, 32]
    world.find("")
    view = world.views({"world": ViewRequest(region=(0, 0, 8, 48))})["world"]
    assert isinstance(view, TapesView)
    assert view.codes is not None
    np.testing.assert_array_equal(view.codes[:, :8].reshape(-1), world.soup[200])
    world.brush(Stroke("world", "erase", ((4.0, 20.0),), radius=2.0))
    assert not world.soup[202].any()
    assert world.soup[[200, 201, 203, 204]].any(axis=1).all()
    before = world.program(9).region
    world.set_param("order", "place")
    assert world.program(9).region != before
    assert worlds(grid_width=16, order="frequency").program(17).region == (8, 8, 8, 8)


def test_the_past_of_another_world_is_forgotten_and_ones_own_is_not(worlds: Any) -> None:
    world, other = worlds(), worlds(mutation=0.01)
    for one in (world, other):
        for _ in range(5):
            one.step()
        _ready(one)
    world.load_state(world.state("world"), "world")
    world.recall(())
    assert len(world._observer.chronicle.rows(99)) == 2
    world.load_state(other.state("world"), "world")
    assert world._observer.chronicle.rows(99) == ()


def test_scores_are_shown_while_time_stands_still(worlds: Any) -> None:
    world = worlds(plant=REPLICATOR, colour="score", zero=True)
    view = _look(world, "world")["world"]
    place = world.program(0).region
    first, second = view.data[place[0], place[1]], view.data[0, place[1] + 8]
    assert first.sum() > second.sum()
    assert view.legend.note == "As of epoch 0"
    assert not world.log_pending(), "a soup that is scored is not scored again"


class Deaf:
    """A listener that only keeps the replies."""

    def __init__(self) -> None:
        self.replies: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def replied(self, reply: Any) -> None:
        self.replies.put(reply)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def test_a_paused_world_shows_what_was_measured_after_it_was_mixed(tmp_path: Path) -> None:
    reference_file.write(tmp_path / "other.dat", np.full((8, 64), 7, np.uint8), 3)
    ear = Deaf()
    spec = Spec("soup", {"language": "bff_noheads", "programs": 64, "measure_every": 1}, 1)
    runner = Runner(spec, ear, lookup=lambda slug: ProgramSoup)  # type: ignore[arg-type]

    def do(command: Any) -> Any:
        runner.submit(command)
        reply = ear.replies.get(timeout=30)
        assert reply.ok, reply.error
        return reply.value

    runner.start()
    try:
        do(Step(2))
        do(ExportFile(tmp_path / "a.metrics.csv"))
        assert [row["epoch"] for row in _table(tmp_path / "a.metrics.csv")] == ["1", "2"]
        assert do(Act("mix", {"path": str(tmp_path / "other.dat"), "share": 0.25})) == 16
        do(Look({"population": ViewRequest()}))
        deadline = time.monotonic() + 30
        rows: tuple[Any, ...] = ()
        while not rows:
            assert time.monotonic() < deadline, "the table was not drawn anew"
            time.sleep(0.01)
            views = runner.mailbox.take() or {}
            rows = views["population"].rows if views else ()
            rows = tuple(row for row in rows if row[2] == 16)
    finally:
        assert runner.close()


def test_a_file_is_asked_for_by_its_schema(worlds: Any) -> None:
    offers = {offer.name: offer for offer in capabilities(worlds()).actions}
    schema = offers["mix"].schema
    assert schema is not None
    assert [field.kind for field in fields_of_schema(schema)] == ["path", "float"]


@pytest.mark.parametrize(("seed", "epoch"), [(1, 33), (3, 65)])
def test_the_transition_is_marked_where_the_reference_crosses(
    worlds: Any, seed: int, epoch: int
) -> None:
    params = {"language": "bff_noheads_4bit", "programs": 8192, "mutation": 0.0}
    world = worlds(seed=seed, measure_every=32, **params)
    for _ in range(epoch):
        world.step()
    _ready(world)
    assert [(mark.step, mark.title) for mark in world.marks()] == [(epoch, "transition")]
    assert [row.epoch for row in world._observer.chronicle.rows(epoch)] == list(
        range(1, epoch + 1, 32)
    )
