"""Checks in processes of their own, their results in a file, and the panel that shows them."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app import child_job
from app.reproduce.panel import ReproducePanel
from app.reproduce.results import Result, Results
from app.reproduce.runs import Check, Runs
from app.reproduce.table import COLUMNS, tsv
from engine import experiments
from engine.core.errors import BadInput
from engine.core.experiment import Experiment, Measurement

ACCEPT = QMessageBox.ButtonRole.AcceptRole

# A stand-in for the program: it ends as the name of the check says.
CHILD = """
    import json, os, sys, time
    name = sys.argv[2]
    assert sys.argv[1] == "reproduce" and "--json" in sys.argv
    print("  40 %", file=sys.stderr, flush=True)
    if name == "toy.sleeps":
        time.sleep(60)
    if name == "toy.crashes":
        print("boom", file=sys.stderr)
        sys.exit(3)
    status = {"toy.misses": "missed", "toy.skips": "skipped"}.get(name, "passed")
    measured = None if status == "skipped" else float(os.nice(0))
    note = "needs a file" if status == "skipped" else " ".join(sys.argv[4:])
    print(json.dumps({"status": status, "measured": measured, "seconds": 1.0, "note": note}))
    sys.exit(1 if status == "missed" else 0)
"""


def experiment(name: str, **more: Any) -> Experiment:
    def run(activity: Any, files: Any) -> Measurement:
        raise AssertionError("it runs in a process of its own")

    given: dict[str, Any] = {
        "claim": f"{name} holds",
        "paper": "A. Author, 2026, figure 1",
        "expected": "0.5",
        "tolerance": "0.4 to 0.6",
        "minutes": 0.1,
        "run": run,
    }
    return Experiment(name=name, **(given | more))


TOYS = (
    experiment("toy.passes"),
    experiment("toy.misses", minutes=3),
    experiment("toy.needs", needs={"model": "the published weights"}, claim="needs\ta\nfile"),
)


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(CHILD))

    def command(*arguments: str) -> list[str]:
        return [sys.executable, str(script), *arguments]

    monkeypatch.setattr(child_job, "command", command)


@pytest.fixture
def runs(qtbot: QtBot, child: None) -> Iterator[Runs]:
    made = Runs()
    yield made
    made.close()


def ended(runs: Runs) -> list[Result]:
    found: list[Result] = []
    runs.ended.connect(found.append)
    return found


# The queue.


def test_checks_run_one_at_a_time_and_end_as_they_end(runs: Runs, qtbot: QtBot) -> None:
    results, running = ended(runs), []
    runs.began.connect(lambda activity: running.append(activity.title))
    names = ["toy.passes", "toy.misses", "toy.skips", "toy.crashes"]
    runs.add(*(Check(name) for name in names), Check("toy.passes"))
    assert runs.current == "toy.passes"
    assert runs.queued == ("toy.misses", "toy.skips", "toy.crashes")
    qtbot.waitUntil(lambda: len(results) == 4, timeout=20_000)
    assert [result.name for result in results] == names
    assert [result.status for result in results] == ["passed", "missed", "skipped", "failed"]
    assert running == [f"Check {name}" for name in names]
    assert results[0].measured is not None
    assert results[0].version
    assert results[0].machine
    assert results[0].seconds > 0
    assert results[2].note == "needs a file"
    assert results[3].note == "boom"
    assert runs.current == ""


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is of Unix")
def test_a_check_stands_back_behind_the_window(runs: Runs, qtbot: QtBot) -> None:
    runs.add(Check("toy.sleeps"))
    qtbot.waitUntil(lambda: runs.share == 0.4, timeout=20_000)
    assert runs._job is not None
    child = psutil.Process(runs._job.pid)
    assert child.nice() >= os.nice(0) + 5


def test_files_go_along(runs: Runs, qtbot: QtBot, tmp_path: Path) -> None:
    results = ended(runs)
    runs.add(Check("toy.passes", {"model": tmp_path / "a b.pth"}))
    qtbot.waitUntil(lambda: bool(results), timeout=20_000)
    assert results[0].note == f"--model {tmp_path / 'a b.pth'}"


def test_one_or_all_are_cancelled_and_the_child_ends(runs: Runs, qtbot: QtBot) -> None:
    results = ended(runs)
    runs.add(Check("toy.sleeps"), Check("toy.misses"), Check("toy.passes"))
    qtbot.waitUntil(lambda: runs.share == 0.4, timeout=20_000)
    assert runs._job is not None
    pid, activity = runs._job.pid, runs.activity
    runs.cancel("toy.misses")
    assert runs.queued == ("toy.passes",)
    assert activity is not None
    runs.stop_for(activity)
    assert results[0].status == "cancelled"
    assert not psutil.pid_exists(pid)
    qtbot.waitUntil(lambda: len(results) == 2, timeout=20_000)
    assert results[1].status == "passed", "the next one goes on"
    runs.add(Check("toy.sleeps"), Check("toy.misses"))
    runs.cancel()
    assert (runs.current, runs.queued) == ("", ())


def test_a_program_that_cannot_be_started_is_a_failure(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_job, "command", lambda *words: ["/no/such/program", *words])
    runs = Runs()
    results = ended(runs)
    runs.add(Check("toy.passes"), Check("toy.misses"))
    qtbot.waitUntil(lambda: len(results) == 2, timeout=10_000)
    assert {result.status for result in results} == {"failed"}


# The file.


def result(name: str, status: str = "passed", **more: Any) -> Result:
    given: dict[str, Any] = {
        "measured": 0.5,
        "seconds": 2.0,
        "version": "1.0",
        "date": "2026-11-21T17:00:00+00:00",
    }
    return Result(name=name, status=status, **(given | more))


def test_results_are_kept_and_broken_lines_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.jsonl"
    kept = Results(path)
    kept.add(result("toy.a"))
    kept.add(result("toy.a", "missed", measured=None, note="ä\nb"))
    with path.open("ab") as file:
        file.write(b'{"name": "toy.a", "sta')  # a crash
    kept.add(result("toy.b"))
    with path.open("ab") as file:
        file.write(b"\xff\xfe\n[]\n{}\nnull\n" + b'{"name": 7, "status": "passed"}\n')
        file.write(b'{"name": "toy.c", "status": "made up"}\n' + b"[" * 100_000 + b"\n")
    again = Results(path)
    assert again.of("toy.a") == kept.of("toy.a")
    assert again.of("toy.b") == (result("toy.b"),)
    assert not again.of("toy.c")
    assert len(path.read_bytes().splitlines()) > 6, "what could not be read is still there"


def test_a_broken_off_run_says_nothing_about_the_figure() -> None:
    kept = Results(None)
    kept.add(result("toy.a", "missed"))
    kept.add(result("toy.a", "cancelled", measured=None))
    verdict = kept.verdict("toy.a")
    assert verdict is not None
    assert verdict.status == "missed"


def test_a_file_that_cannot_be_written_is_told_and_the_result_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = Results(tmp_path / "file" / "results.jsonl")
    with pytest.raises(BadInput, match="cannot be kept"):
        kept.add(result("toy.a"))
    assert kept.of("toy.a")


# The panel.


@pytest.fixture
def panel(runs: Runs, qtbot: QtBot, tmp_path: Path) -> ReproducePanel:
    results = Results(None)
    runs.ended.connect(results.add)
    made = ReproducePanel(results, runs, lambda what: tmp_path / "weights.pth")
    qtbot.addWidget(made)
    made.resize(1100, 300)
    made.show()
    made.set_experiments(TOYS)
    return made


def cells(panel: ReproducePanel) -> list[list[str]]:
    model = panel.shown
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_every_check_has_a_row_with_what_is_claimed(panel: ReproducePanel) -> None:
    rows = {row[1]: row for row in cells(panel)}
    assert set(rows) == {"toy.passes", "toy.misses", "toy.needs"}
    assert rows["toy.misses"] == [
        "not run",
        "toy.misses",
        "",
        "0.5",
        "0.4 to 0.6",
        "toy.misses holds",
        "3 min",
        "",
    ]


def test_a_check_is_chosen_alone_whatever_keys_are_held(panel: ReproducePanel) -> None:
    panel.choose("toy.passes")
    QTest.keyPress(panel, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    try:
        for _ in range(2):
            panel.choose("toy.misses")
            assert [one.name for one in panel.chosen()] == ["toy.misses"]
    finally:
        QTest.keyRelease(panel, Qt.Key.Key_Control, Qt.KeyboardModifier.NoModifier)


def test_chosen_checks_run_and_the_row_tells_the_verdict(
    panel: ReproducePanel, qtbot: QtBot
) -> None:
    assert panel.choose("toy.misses")
    assert not panel.choose("toy.unknown")
    panel.run_button.click()
    assert panel.stop_button.isEnabled()
    qtbot.waitUntil(lambda: panel.table.verdict(1) == "missed", timeout=20_000)
    row = next(row for row in cells(panel) if row[1] == "toy.misses")
    assert row[0] == "missed"
    assert row[2]
    assert row[7]
    assert "History" in panel.story.toPlainText()
    assert "A. Author" in panel.story.toPlainText()
    assert "missed" in panel._count.text()
    panel.choose("toy.needs")
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.table.verdict(2) == "passed", timeout=20_000)


def test_all_that_need_no_file_run_and_can_be_broken_off(
    panel: ReproducePanel, runs: Runs, qtbot: QtBot
) -> None:
    panel.all_button.click()
    assert {runs.current, *runs.queued} == {"toy.passes", "toy.misses"}
    panel.stop_button.click()
    assert (runs.current, runs.queued) == ("", ())
    assert not panel.stop_button.isEnabled()


def test_rows_are_found_by_words_and_by_verdict(panel: ReproducePanel, qtbot: QtBot) -> None:
    panel.search.setText("TOY misses")
    assert [row[1] for row in cells(panel)] == ["toy.misses"]
    panel.run_all()
    qtbot.waitUntil(lambda: panel.table.verdict(1) == "missed", timeout=20_000)
    assert panel.table.verdict(0) == "not run", "only what was shown"
    panel.search.setText("author 2026")
    assert len(cells(panel)) == 3
    panel.verdicts.setCurrentText("Missed or failed")
    assert [row[1] for row in cells(panel)] == ["toy.misses"]
    panel.verdicts.setCurrentText("Not run")
    assert {row[1] for row in cells(panel)} == {"toy.passes", "toy.needs"}


def test_a_narrow_window_has_room_for_the_panel(panel: ReproducePanel) -> None:
    assert panel.minimumSizeHint().width() < 320  # else it lies over its neighbours


def test_the_table_is_copied_for_a_spreadsheet(panel: ReproducePanel) -> None:
    panel.copy_button.click()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == list(COLUMNS)
    assert len(lines) == 4
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert tsv([["a\tb", "c\nd"]]) == "a b\tc d"


# In the window.


def test_the_window_lists_all_figures_runs_one_and_remembers(desk: Any) -> None:
    desk.window.menus.named["Reproduce"].aboutToShow.emit()
    actions = desk.window.menus.named["Reproduce"].actions()
    next(action for action in actions if action.data() == "life.gosper-gun").trigger()
    part = desk.window.shell.parts["reproduce"]
    panel = desk.until(lambda: part.panel, "the panel")
    desk.until(lambda: panel.table.experiments, "the figures")
    assert tuple(one.name for one in panel.table.experiments) == experiments.names()
    assert [one.name for one in panel.chosen()] == ["life.gosper-gun"]
    began = time.monotonic()
    panel.run_button.click()
    assert time.monotonic() - began < 1.0
    assert [one.title for one in desk.window.jobs.under_way.running()] == ["Check life.gosper-gun"]
    desk.until(lambda: part.results.of("life.gosper-gun"), "the verdict", 55)
    assert part.results.of("life.gosper-gun")[0].status == "passed"
    assert any("life.gosper-gun passed" in words for words in desk.toasts())
    assert not desk.window.jobs.under_way.running()
    with pytest.raises(BadInput):
        desk.run("reproduce.run", "no.such")
    desk.run("reproduce.run", "life.gosper-gun")
    assert part.runs.current == "life.gosper-gun"
    desk.run("reproduce.cancel")
    assert part.runs.current == ""


def test_a_window_asks_before_it_breaks_off_a_check(desk: Any, child: None) -> None:
    part = desk.window.shell.parts["reproduce"]
    assert part.may_close()
    part.asks = True
    assert part.may_close()  # nothing runs
    part.runs.add(Check("toy.sleeps"), Check("toy.passes"))
    assert not part.may_close()
    assert not part.may_close()
    box = part._question
    assert "toy.sleeps" in box.text()
    assert "forgets 1" in box.informativeText()
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert part.runs.current == "toy.sleeps"
    desk.window.close()
    assert desk.window.isVisible()
    box = part._question
    (go,) = [one for one in box.buttons() if box.buttonRole(one) == ACCEPT]
    go.click()
    desk.until(lambda: not desk.window.isVisible(), "the end")
    assert part.runs.current == ""


def test_the_catalogue_knows_what_plugins_bring(plugin: Callable[..., Any]) -> None:
    source = """
        from engine.core.experiment import Experiment, Measurement
        from engine.systems.gray_scott import GrayScott
        from engine.core.system import SystemInfo

        class Mine(GrayScott):
            info = SystemInfo("mine", "Mine", "Toy", "none", "Toys")

            @classmethod
            def experiments(cls):
                run = lambda activity, files: Measurement(1.0, True)
                return (Experiment("mine.holds", "It holds", "none", "1", "0", 0.1, run),)
    """
    plugin("mine", source, "Mine")
    found = [one.name for one in experiments.catalogue()]
    assert found == sorted([*experiments.names(), "mine.holds"])
    assert experiments.experiment("mine.holds").claim == "It holds"


def test_a_result_is_one_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    Results(path).add(result("toy.a", note="two\nlines"))
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["note"] == "two\nlines"
