"""`primordia bench`: rows, their JSON, and how names choose."""

import json

import pytest

from engine import bench
from engine.bench import grids
from engine.bench.harness import Row
from engine.core.spec import Spec
from engine.systems.gray_scott import GrayScott


def test_the_rows_are_printed_and_written(primordia, home, monkeypatch):
    def run(device, activity):
        return [Row(f"one.two.{device}", 12.5, "steps/s", "plain", 2.5, 5.0)]

    monkeypatch.setattr(bench, "BENCHES", {"one.two": run, "onerous": run, "three": run})
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
