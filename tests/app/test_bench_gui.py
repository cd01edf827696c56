"""The arithmetic of the window's bench, on traces made by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app import bench_gui
from app.bench_attention import FRAMES, SNAPSHOTS, attention_rows, attention_script
from app.bench_gui import Started, drawing_rows, script, starting_rows
from app.bench_mesh import DEMANDS, mesh_rows, mesh_script
from app.bench_shell import prepare, shell_rows, shell_script
from app.script import parse
from app.timeline import Timeline, quantile
from engine.core.errors import BadInput, UserError

PERIOD = 0.016


def line(
    gaps: list[float], marks: dict[str, float], viewport: tuple[int, int] = (976, 736)
) -> Timeline:
    """Beats from time 0 on, two pictures drawn from beat to beat."""
    at, beats = 0.0, [(0.0, 0)]
    for number, gap in enumerate(gaps, 1):
        at += gap
        beats.append((at, 2 * number))
    return Timeline(PERIOD, viewport, tuple((t, name) for name, t in marks.items()), tuple(beats))


def test_lateness_is_what_a_beat_waits_beyond_its_period() -> None:
    late = line([PERIOD, 0.116, 0.01], {}).lateness(0.0, 1.0)
    assert late == pytest.approx([0.0, 0.1, 0.0])


def test_a_stall_counts_that_began_within_or_ended_within() -> None:
    timeline = line([0.02, 0.5, 0.02], {})  # the stall lasts from 0.02 to 0.52
    assert max(timeline.lateness(0.3, 0.4)) == pytest.approx(0.484)
    assert max(timeline.lateness(0.0, 0.01)) == pytest.approx(0.004)
    assert max(timeline.lateness(0.53, 0.6)) == pytest.approx(0.004)


def test_pictures_are_counted_within_the_span_and_across_worlds() -> None:
    beats = ((0.0, 10), (1.0, 40), (2.0, 5), (3.0, 35))
    timeline = Timeline(PERIOD, (1, 1), (), beats)
    assert timeline.frames_per_second(0.0, 1.0) == 30.0
    assert timeline.frames_per_second(0.0, 3.0) == pytest.approx(65 / 3)
    assert timeline.frames_per_second(0.2, 0.8) == 0.0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.99, 4.0), (1.0, 4.0), (0.0, 1.0)])
def test_quantiles(share: float, expected: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == expected
    assert quantile([], share) == 0.0


def test_starts_are_judged_by_their_medians() -> None:
    runs = [
        Started(100.0, line([], {"window": 100 + shown, "frame": 101 + shown}))
        for shown in (1.0, 9.0, 1.25)
    ]
    window, frame = starting_rows(runs)
    assert (window.name, window.value, window.ratio) == ("gui.start.window", 1.25, 2.0)
    assert (frame.name, frame.value, frame.unit) == ("gui.start.frame", 2.25, "s")


def run(
    *, stall: float = 0.05, loading: float = 0.4, viewport: tuple[int, int] = (976, 736)
) -> Started:
    # First picture at 0.1, torch from 0.2 to 0.9, a world from 2 to 3.
    gaps = [0.1] * 3 + [PERIOD + loading] + [0.1] * 5 + [PERIOD + stall] + [0.1] * 30
    marks = {"frame": 0.1, "warm-up": 0.2, "warm": 0.9, "life begin": 2.0, "life end": 3.0}
    return Started(0.0, line(gaps, marks, viewport))


def test_a_run_is_judged_with_torch_apart() -> None:
    rows = {row.name: row for row in drawing_rows("painter", run(stall=0.2))}
    assert rows["gui.frames.painter.life"].value == pytest.approx(20.0)
    assert rows["gui.frames.painter.life"].ratio == pytest.approx(20 / 30)
    assert rows["gui.stall.painter"].value == pytest.approx(200.0)
    assert rows["gui.stall.painter"].ratio == pytest.approx(0.5)
    assert rows["gui.stall.painter.torch"].value == pytest.approx(400.0)
    assert rows["gui.stall.painter.torch"].baseline_value is None


def soup(frames: int, steps: int, paints: int) -> Started:
    """Ten seconds of a soup: so many of each per second, evenly."""
    timeline = run().timeline
    at = [second / 10 for second in range(101)]
    marks = (
        *timeline.marks,
        (1.0, "soup-fresh begin"),
        (9.0, "soup-fresh end"),
        (1.0, "soup-fresh.moving begin"),
        (9.0, "soup-fresh.moving end"),
    )
    return Started(0.0, replace(
        timeline, marks=marks,
        beats=tuple((t, int(frames * t)) for t in at),
        steps=tuple((t, int(steps * t)) for t in at),
        paints=tuple((t, int(paints * t)) for t in at),
    ))  # fmt: skip


def test_new_pictures_of_a_soup_are_compared_with_its_steps() -> None:
    rows = {row.name: row for row in drawing_rows("painter", soup(20, 25, 60))}
    still = rows["gui.frames.painter.soup-fresh"]
    assert (still.value, still.baseline, still.baseline_value) == (20.0, "steps/s", 25.0)
    assert still.ratio == pytest.approx(0.8)
    moving = rows["gui.frames.painter.soup-fresh.moving"]
    assert (moving.value, moving.ratio) == (60.0, 2.0)


def test_opengl_is_reported_without_a_demand() -> None:
    assert all(row.baseline != "demand" for row in drawing_rows("gl", soup(20, 25, 60)))


def test_a_small_viewport_is_refused() -> None:
    with pytest.raises(UserError, match="734 x 710"):
        drawing_rows("painter", run(viewport=(734, 710)))


def test_a_trace_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    found = {
        "period": 0.016,
        "viewport": [8, 9],
        "marks": [[1.5, "frame"]],
        "beats": [[1.0, 2, 7, 5]],
    }
    path.write_text(json.dumps(found))
    timeline = Timeline.read(path)
    assert timeline == Timeline(
        0.016, (8, 9), ((1.5, "frame"),), ((1.0, 2),), ((1.0, 7),), ((1.0, 5),)
    )
    with pytest.raises(BadInput, match="never came to 'warm'"):
        timeline.at("warm")


@pytest.mark.parametrize("text", ["", "[]", '{"period": 1}', '{"viewport": 3}'])
def test_what_is_no_trace_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trace.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="not a trace"):
        Timeline.read(path)
    with pytest.raises(BadInput, match="not a trace"):
        Timeline.read(tmp_path / "missing.json")


def test_the_script_marks_every_system() -> None:
    said = [f"{line.verb} {line.argument}" for line in parse(script(("a", "b")))]
    marks = [words for words in said if words.startswith("mark")]
    soups = [f"soup-{state}{how}" for state in ("fresh", "takeover") for how in ("", ".moving")]
    names = ["a", "b", *soups]
    assert marks == [f"mark {name} {end}" for name in names for end in ("begin", "end")]
    assert said[-1] == "quit "


def test_meshes_are_judged_at_rest_and_turning_by_the_painter_s_demands() -> None:
    said = [line.argument for line in parse(mesh_script()) if line.verb == "mark"]
    names = [f"{count}{how}" for count in DEMANDS for how in ("", ".turning")]
    assert said == [f"{name} {end}" for name in names for end in ("begin", "end")]
    marks = tuple((float(place), name) for place, name in enumerate(said))
    beats = tuple((place / 10, 2 * place) for place in range(100))  # 20 pictures per second
    timeline = Timeline(PERIOD, (976, 736), marks, beats)
    rows = {row.name: row for row in mesh_rows("painter", timeline)}
    assert rows["gui.mesh.painter.10000"].ratio == pytest.approx(20 / 30)
    assert rows["gui.mesh.painter.40000.turning"].ratio == pytest.approx(20 / 14)
    assert all(row.baseline != "demand" for row in mesh_rows("gl", timeline))


def test_attention_is_judged_by_every_paint_and_by_new_weights() -> None:
    said = [line.argument for line in parse(attention_script()) if line.verb == "mark"]
    assert said == ["attention begin", "attention end"]
    marks = ((1.0, said[0]), (4.0, said[1]))
    beats = tuple((place / 10, place) for place in range(100))
    paints = tuple((place / 10, 6 * place) for place in range(100))
    timeline = replace(Timeline(PERIOD, (976, 736), marks, beats), paints=paints)
    rows = {row.name: row for row in attention_rows(timeline)}
    assert rows["gui.attention.frames"].ratio == pytest.approx(60 / FRAMES)
    assert rows["gui.attention.snapshots"].ratio == pytest.approx(10 / SNAPSHOTS)


def test_the_shell_is_judged_by_what_is_waited_for(tmp_path: Path) -> None:
    said = [line.argument for line in parse(shell_script(prepare(tmp_path))) if line.verb == "mark"]
    marks = tuple((float(place), name) for place, name in enumerate(said))
    rows = shell_rows(Timeline(PERIOD, (976, 736), marks, ()), marks[-1][0] + 0.5)
    assert {row.name: row.ratio for row in rows} == {
        "gui.shell.drop": 1.0,
        "gui.shell.picture": 1.0,
        "gui.shell.close": 2.0,
    }


def test_the_benches_have_names_that_gui_finds() -> None:
    names = {"gui.start", "gui.painter", "gui.gl", "gui.mesh", "gui.attention", "gui.shell"}
    assert set(bench_gui.BENCHES) == names
