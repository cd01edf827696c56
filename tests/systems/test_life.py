"""Life: known patterns behave as published, and the world can be shown, damaged and stored."""

import subprocess
import sys

import numpy as np
import pytest

from engine.core.capabilities import perform
from engine.core.errors import BadInput
from engine.core.params import assign
from engine.core.spec import Spec
from engine.core.views import Pick, Stroke, ViewRequest
from engine.systems.life import GLIDER, Life, LifeParams, normal_rule


def world(**params):
    return Life(Spec("life", {"width": 64, "height": 64, **params}, seed=1))


def run(life, steps):
    for _ in range(steps):
        life.step()
    return life.field()[..., 0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [("B3/S23", "B3/S23"), ("b63 / s32", "B36/S23"), ("23/3", "B3/S23"), ("B2/S", "B2/S")],
)
def test_rules_are_normalised(text, rule):
    assert assign(LifeParams(), {"rule": text}).rule == rule


@pytest.mark.parametrize("text", ["", "life", "B9/S2", "S23", "3", "B3/S23/4"])
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(ValueError, match="B3/S23"):
        normal_rule(text)
    with pytest.raises(BadInput, match="rule"):
        assign(LifeParams(), {"rule": text})


def test_a_glider_moves_one_cell_in_four_generations_round_the_torus():
    life = world(pattern="glider")
    before = life.field()[..., 0]
    after = run(life, 4)
    assert np.array_equal(after, np.roll(before, (1, 1), (0, 1)))
    assert np.array_equal(run(life, 4 * 63), before)


def test_a_glider_dies_at_a_dead_edge():
    life = world(pattern="glider", edges="dead")
    assert run(life, 4 * 64).sum() == 4  # it becomes a block


@pytest.mark.parametrize(
    ("pattern", "steps", "population"), [("pulsar", 3, 48), ("diehard", 130, 0), ("dot", 1, 0)]
)
def test_published_fates(pattern, steps, population):
    assert run(world(pattern=pattern, width=192, height=192), steps).sum() == population


def test_the_r_pentomino_ends_after_1103_generations():
    life = world(pattern="r-pentomino", width=1024, height=1024, edges="dead")
    run(life, 1103)
    settled = life.metrics()["population"]
    assert settled == 116
    assert run(life, 30).sum() == settled


def test_highlife_replicates():
    life = world(rule="B36/S23", pattern="replicator")
    before = life.metrics()["population"]
    run(life, 12)
    assert life.metrics()["population"] == 2 * before


def test_metrics_count():
    life = world(pattern="glider")
    assert life.metrics() == {"population": 5.0, "births": 0.0}
    life.step()
    assert life.metrics() == {"population": 5.0, "births": 2.0}


def test_the_picture_of_a_region_is_a_part_of_the_whole():
    life = world(width=100, height=80)
    run(life, 10)
    whole = life.views({"world": ViewRequest()})["world"]
    part = life.views({"world": ViewRequest(region=(10, 30, 20, 60))})["world"]
    assert whole.data.shape == (80, 100, 3)
    assert np.array_equal(part.data, whole.data[10:30, 30:90])
    assert part.extent == (80, 100)
    assert part.region == (10, 30, 20, 60)


def test_channels_and_probes():
    life = world(pattern="glider")
    cells = life.field()[..., 0]
    request = ViewRequest(channels=(0,), probes=((0, 0), (33, 32), (99, 0)))
    view = life.views({"world": request})["world"]
    assert np.array_equal(view.data, cells)
    assert view.shown == "alive"
    assert view.probes[:, 0].tolist() == [0.0, float(cells[33, 32])]
    reduced = life.views({"world": ViewRequest(channels=(0,), max_size=8)})["world"]
    assert reduced.data.shape == (8, 8)
    assert reduced.data.sum() * 64 == pytest.approx(5)
    assert life.views({"world": ViewRequest(reduce="mosaic")})["world"].tiles == (2, 2)


def test_trails_are_shown_or_not():
    bare, trailing = world(trail=0), world(trail=30)
    run(bare, 5), run(trailing, 5)
    shown = [w.views({"world": ViewRequest()})["world"].data for w in (bare, trailing)]
    dead = bare.field()[..., 0] == 0
    assert len(np.unique(shown[0][dead], axis=0)) == 1
    assert len(np.unique(shown[1][dead], axis=0)) > 3


def test_brushes():
    life = world(density=0.0)
    life.brush(Stroke("world", "seed", ((10.5, 63.5),)))
    assert life.metrics()["population"] == 5
    assert np.array_equal(np.roll(life.field()[..., 0], (-9, -62), (0, 1))[:3, :3], GLIDER)
    life.brush(Stroke("world", "paint", ((40.5, 40.5),), radius=2.0))
    assert life.metrics()["population"] == 5 + 13
    life.brush(Stroke("world", "erase", ((40.5, 40.5), (10.5, 63.5)), radius=3.0))
    assert life.metrics()["population"] == 0
    with pytest.raises(BadInput):
        life.brush(Stroke("world", "tickle", ((1.0, 1.0),)))


def test_a_pattern_can_be_inserted_exported_and_read_again(tmp_path):
    life = world(density=0.0)
    perform(life, "insert", {"rle": "bob$2bo$3o!", "row": 60, "column": 5})
    for export in life.exports():
        path = tmp_path / f"glider{export.ending}"
        export.write(path)
        assert path.stat().st_size > 5
    text = (tmp_path / "glider.rle").read_text()
    assert text == "x = 3, y = 3, rule = B3/S23\nbo$2bo$3o!\n"
    with pytest.raises(BadInput, match="holds no living"):
        perform(life, "insert", {"rle": "!"})
    with pytest.raises(BadInput, match="more than this world"):
        perform(life, "insert", {"rle": "100o!"})


def test_the_inspector_counts_neighbours():
    life = world(pattern="glider")
    rows = {row.label: row.value for row in life.inspect(Pick("world", (33.2, 32.1)))}
    cells = np.roll(life.field()[..., 0].astype(int), (-32, -31), (0, 1))[:3, :3]
    assert rows["state"] == ("alive" if cells[1, 1] else "dead")
    assert rows["living neighbours"] == cells.sum() - cells[1, 1]
    assert life.inspect(Pick("world", (-1, 0))) == ()


def test_life_starts_without_torch():
    code = (
        "import sys; from engine.core.spec import Spec; from engine.systems.life import Life;"
        "Life(Spec('life')).step(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
