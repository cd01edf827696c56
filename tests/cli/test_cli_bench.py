"""`primordia bench`: rows, their JSON, and how names choose."""

import json

import pytest

from engine import bench
from engine.bench import Bench, Row
from engine.bench.repeat import rate


def test_ratios_say_how_many_times_better():
    assert Row("a", 30.0, "steps/s", "plain", 10.0).ratio == 3.0
    assert Row("a", 2.0, "ms", "plain", 10.0).ratio == 5.0
    assert Row("a", 2.0, "ms").ratio is None


def test_every_bench_has_its_own_name():
    names = [one.name for one in bench.benches()]
    assert len(names) == len(set(names))
    assert "life.step.4096" in names


def test_the_rows_are_printed_and_written(primordia, home, monkeypatch):
    def run(device, activity):
        yield Row(f"one.two.{device}", 12.5, "steps/s, 2 threads", "plain", 2.5)

    found = (Bench("one.two", run), Bench("three", run))
    monkeypatch.setattr(bench, "benches", lambda: found)
    out = home / "rows.json"
    done = primordia("bench", "one", "--json", out, "--device", "cpu")
    assert done.code == 0
    assert "one.two.cpu" in done.out
    keys = {"name", "value", "unit", "baseline", "baseline_value", "ratio"}
    rows = json.loads(out.read_text())["rows"]
    assert [row.keys() for row in rows] == [keys]
    assert rows[0]["ratio"] == pytest.approx(5.0)
    done = primordia("bench", "four")
    assert done.code == 2
    assert "one.two" in done.err


def test_rates_are_counted():
    calls, checks = [], []
    found = rate(lambda: calls.append(1), lambda: checks.append(1), repeats=3, seconds=0.005)
    assert len(checks) == 3
    assert found > 1000
    assert len(calls) > 10
