import pytest

from engine.bench import BENCHES, cells, harness
from engine.core.activity import Activity
from engine.core.errors import Cancelled


def test_names_are_those_of_the_issue():
    wanted = {f"{s}.forward.{n}" for s in ("growing", "texture") for n in (128, 512, 1024)}
    assert wanted | {"growing.train.alive", "growing.train.seed", "texture.train"} <= set(BENCHES)


def test_ratio_is_how_many_times_faster(monkeypatch):
    monkeypatch.setattr(harness, "_REST", 0.0)

    class Here:
        def __init__(self, side, count):
            self.pause = side.arguments["pause"]

        def measure(self):
            self.pause *= 1.5  # what else runs slows both down
            return 1.0 / self.pause

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(harness, "_Child", Here)
    quick, late = harness.Side("", "", {"pause": 0.002}), harness.Side("", "", {"pause": 0.02})
    row = harness.compare("a", "1/s", quick, late, "plain", Activity("bench"), repeats=3)
    assert row.ratio == pytest.approx(10.0)
    assert row.value > row.baseline_value
    seconds = harness.compare(
        "a", "s", quick, late, "plain", Activity("bench"), repeats=3, seconds_per=True
    )
    assert seconds.ratio == pytest.approx(10.0)
    assert seconds.value < seconds.baseline_value
    assert set(row.as_dict()) == {
        "name", "value", "unit", "baseline", "baseline_value", "ratio"
    }  # fmt: skip


def test_a_child_that_dies_is_reported(capfd):
    order = harness.Side("engine.bench.harness", "nothing")
    with pytest.raises(RuntimeError, match="timed process ended"), harness._Child(order, 1):
        pass
    assert "nothing" in capfd.readouterr().err


def test_a_child_measures():
    side = harness.Side("engine.bench.machine", "copying", {"megabytes": 1})
    with harness._Child(side, 1) as child:
        assert child.measure() > 0.0


def test_cancelled_between_turns():
    activity = Activity("bench")
    activity.cancel()
    with pytest.raises(Cancelled):
        harness._turn(None, activity, "a")


def test_both_sides_do_the_same_work():
    for build in (cells.fused_forward, cells.plain_forward):
        assert build("growing", 16)() >= 1
