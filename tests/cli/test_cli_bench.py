"""`primordia bench`: rows, their JSON, and how names choose."""

import json
import os

import pytest

from app import bench_gui
from engine import bench
from engine.bench import grids, harness
from engine.bench.harness import Row
from engine.core import device
from engine.core.spec import Spec
from engine.systems.gray_scott import GrayScott


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Nobody else uses the machine."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.1, 0.1, 0.1))


def test_a_busy_machine_is_noted_in_every_row(primordia, home, monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (2.25, 0.1, 0.1))
    monkeypatch.setattr(bench, "BENCHES", {"one": lambda device, activity: [Row("one", 1.0, "s")]})
    out = home / "rows.json"
    done = primordia("bench", "one", "--json", out)
    assert done.code == 0
    assert "another program is using this machine" in done.err
    (row,) = json.loads(out.read_text())["rows"]
    assert "load average 2.2" in row["note"]
    assert "not to be quoted" in row["note"]


def test_both_sides_get_the_threads_that_were_asked_for(primordia, monkeypatch):
    counts = []

    class Child:
        def __init__(self, side, count):
            counts.append(count)

        def measure(self):
            return 1.0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def run(device, activity):
        side = harness.Side("", "")
        return [harness.compare("one", "1/s", side, side, "plain", activity, repeats=1)]

    monkeypatch.setattr(harness, "_Child", Child)
    monkeypatch.setattr(bench, "BENCHES", {"one": run})
    before = device._threads
    try:
        done = primordia("bench", "one", "--threads", 3)
    finally:
        device.set_threads(before)
    assert counts == [3, 3]
    assert "3 threads each" in done.out


def test_the_rows_are_printed_and_written(primordia, home, monkeypatch):
    def run(device, activity):
        return [Row(f"one.two.{device}", 12.5, "steps/s", "plain", 2.5, 5.0)]

    monkeypatch.setattr(bench, "BENCHES", {"one.two": run, "onerous": run, "three": run})
    monkeypatch.setattr(bench_gui, "BENCHES", {})  # they open windows for a minute
    out = home / "rows.json"
    done = primordia("bench", "one", "--json", out, "--device", "cpu")
    assert done.code == 0
    assert "one.two.cpu" in done.out
    keys = {"name", "value", "unit", "baseline", "baseline_value", "ratio"}
    rows = json.loads(out.read_text())["rows"]
    assert [row.keys() for row in rows] == [keys]
    assert rows[0]["ratio"] == pytest.approx(5.0)
    assert len(primordia("bench").out.splitlines()) == 1 + 3
    done = primordia("bench", "four")
    assert done.code == 2
    assert "one.two" in done.err


@pytest.mark.parametrize("name", ["packed_life", "plain_life", "fused_reaction", "plain_reaction"])
def test_the_sides_do_work(name):
    work = getattr(grids, name)(64)
    assert work() >= 1.0
    assert work() == work()


def test_plain_gray_scott_is_the_same_as_ours():
    world = GrayScott(Spec("gray-scott", {"width": 64, "height": 64}))
    u, v = world.state("world")["world/field"]
    for _ in range(world.params.substeps):
        grids.react(u, v)
    world.step()
    for mine, theirs in zip(world.get_arrays("world")["field"], (u, v), strict=True):
        assert abs(mine - theirs).max() < 1e-5
