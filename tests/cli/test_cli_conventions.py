"""Exit codes, one line for what went wrong, nothing but JSON on stdout, no Qt."""

import logging
import signal
import subprocess
import sys
import time

import pytest

from app import cli
from app.commands import report
from engine.core.errors import Cancelled

HEADLESS = """
import sys
from app import cli
codes = [cli.main(line.split()) for line in sys.argv[1:]]
strange = {"PySide6", "vispy", "OpenGL", "pyqtgraph", "torch"} & set(sys.modules)
print(codes, sorted(strange), file=sys.stderr)
"""


def test_the_headless_verbs_import_neither_qt_nor_torch(process, tmp_path):
    done = process(
        "-c",
        HEADLESS,
        "list",
        "list life",
        f"run --system life --steps 2 --set width=64 --out {tmp_path / 'a.png'}",
        f"export --system life --out {tmp_path / 'a.rle'}",
        f"check {tmp_path / 'a.png'}",
        f"check {tmp_path / 'a.rle'}",
        "reproduce",
        "presets --system life",
    )
    assert done.stderr.splitlines()[-1] == "[0, 0, 0, 0, 0, 0, 0, 0] []"


def test_listing_imports_no_system(process):
    code = HEADLESS.replace('"torch"', '"torch", "numba", "engine.systems.life"')
    done = process("-c", code, "list", "list gray-scott --json")
    assert done.stderr.splitlines()[-1] == "[0, 0] []"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run", "life"),
        ("run --system nonesuch", "gray-scott"),
        ("run --system life --set width=9", "64 to 4,096"),
        ("run --system life --set breadth=90", "width"),
        ("run --system life --set width", "name=value"),
        ("run --system life --set rule=B9", "B3/S23"),
        ("run --system life --preset nonesuch", "soup"),
        ("run --system life --steps -1", "--steps"),
        ("run --system life --steps many", "--steps"),
        ("run --system life --out nowhere/a.png", "folder"),
        ("run --system life --out a.xyz", ".png"),
        ("run --system life --model nonesuch.safetensors", "nonesuch.safetensors"),
        ("run --system life --target nonesuch.png", "no target"),
        ("run --system life --device abacus", "--device"),
        ("run --sytem life", "--system"),
        ("nonesuch", "nonesuch"),
        ("render --system life --out a.rle", ".mp4"),
        ("render --system life --out a.mp4 --size big", "1280x720"),
        ("render --system life --out a.png --view side", "world"),
        ("render --system life --out a.png --channel smell", "alive"),
        ("export --system gray-scott --out a.rle", ".safetensors"),
        ("train --system life --out a.safetensors", "nothing to train"),
        ("train --system growing-nca --out a.png", ".safetensors"),
        ("reproduce nonesuch", "life.gosper-gun"),
        ("reproduce life.gosper-gun --model a.json", "takes no model"),
        ("check nonesuch.png", "nonesuch.png"),
        ("check .", "folder"),
        ("presets --system nonesuch", "gray-scott"),
        ("gui --screenshot a.jpg", ".png"),
        ("run --system life --set rule=ZZ", "A rule reads B3/S23"),
        (f"run --system life --set rule=B{'3' * 30}/S", "at most 24 characters"),
    ],
)
def test_bad_input_is_one_line_with_the_remedy(primordia, monkeypatch, tmp_path, line, words):
    monkeypatch.chdir(tmp_path)
    done = primordia(*line.split())
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert words in done.err
    assert "Traceback" not in done.err


def test_an_internal_error_is_one_line_and_the_traceback_is_in_the_log(
    primordia, home, monkeypatch
):
    def broken(given):
        raise RuntimeError("a wheel\ncame off")

    monkeypatch.setattr(cli, "_dispatch", broken)
    done = primordia("list")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "a wheel came off" in done.err
    log = home / "home" / "log" / "primordia.log"
    assert str(log) in done.err
    assert "Traceback" in log.read_text()
    assert logging.getLogger().handlers


@pytest.mark.parametrize(
    ("error", "code"), [(Cancelled("x"), 130), (KeyboardInterrupt(), 130), (MemoryError(), 2)]
)
def test_other_endings(primordia, monkeypatch, error, code):
    def end(given):
        raise error

    monkeypatch.setattr(cli, "_dispatch", end)
    done = primordia("list")
    assert done.code == code
    assert len(done.err.splitlines()) == 1


def test_a_log_that_cannot_be_written_stops_nothing(primordia, home):
    (home / "home").write_text("a file where a folder should be")
    assert primordia("--version").code == 0


def test_the_window_without_a_display_is_refused(primordia, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for line in ((), ("gui",)):
        done = primordia(*line)
        assert done.code == 2
        assert "display" in done.err


def test_all_files_and_both_script_and_picture_reach_the_window(primordia, home, monkeypatch):
    from app import gui

    given = []

    def start(screenshot, after, do, files):
        given.append((screenshot, after, do, files))
        return 0

    monkeypatch.setattr(gui, "start", start)
    monkeypatch.setenv("DISPLAY", ":99")
    shot, names = home / "a.png", [home / "b.png", home / "c.safetensors"]
    line = ("gui", *names, "--screenshot", shot, "--after", 2, "--do", "wait 1")
    assert primordia(*line).code == 0
    assert given == [(shot, 2.0, "wait 1", names)]


def test_help_and_version(primordia):
    assert "reproduce" in primordia("--help").out
    assert "--out" in primordia("run", "--help").out
    assert primordia("--version").out.startswith("primordia ")


def test_numbers_that_are_not_finite_are_null(capsys):
    report.emit({"a": float("nan"), "b": [float("inf"), 1.5]}, (), as_json=True)
    assert capsys.readouterr().out == '{"a": null, "b": [null, 1.5]}\n'


def test_ctrl_c_saves_what_was_reached(home):
    out = home / "world.safetensors"
    line = ["run", "--system", "life", "--steps", "100000000", "--set", "width=64"]
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", *line, "--out", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        time.sleep(3.0)
        child.send_signal(signal.SIGINT)
        printed, problem = child.communicate(timeout=20)
    assert child.returncode == 130, problem
    assert '"interrupted": true' in printed
    assert out.stat().st_size > 1000
