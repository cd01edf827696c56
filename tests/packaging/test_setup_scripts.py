"""What packaging/run and packaging/test do, on a machine whose Python, pip and apt are recorders.

Each test gets a copy of the scripts in a folder whose name has a space, and a PATH on which nothing
is found but the plain tools and the recorders, so that neither this machine's Python nor its
network is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the recorders stand for Debian")

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = ("run", "test", "setup.sh", "repair.py", "constraints.txt")
TOOLS = (
    "bash cat chmod cp cut dirname find flock grep kill mkdir mktemp printf readlink rm "
    "setsid sha256sum sleep tail touch tr uname"
)
# Plays python3.11 and, copied by "-m venv", the environment's python too.
FAKE_PYTHON = """#!{bash}
echo "python $*" >>"$CALLS"
case "$1 ${{2-}}" in
  "-S -c") exec "{python}" "$@" ;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
    printf '#!{bash}\\necho "primordia [$*] DISPLAY=${{DISPLAY-}}"\\n' >"$3/bin/primordia"
    chmod +x "$3/bin/primordia" ;;
  "-m pip") [ "${{BREAK-}} $3" != "pip install" ] || {{
      echo "ERROR: no route to the index"; echo "a hint"; exit 1; }}
    [ "${{BREAK-}}" != hang ] || {{ : >"$CALLS.hangs"; exec sleep 60; }}
    [ "${{BREAK-}}" != "interrupt" ] || [ "$3" != install ] || kill -9 $PPID ;;
  "-m pytest") echo "pytest [${{*:3}}] in $PWD on ${{QT_QPA_PLATFORM-}} DISPLAY=${{DISPLAY-}}" ;;
  *repair.py*) echo "repaired" ;;
esac
"""
FAKE_XVFB = '#!{bash}\necho "Xvfb $*" >>"$CALLS"\necho 77 >&3\nexec sleep 60\n'
FAKE_LDCONFIG = '#!{bash}\n[ ! -e "$LIBRARIES" ] || cat "$LIBRARIES"\n'
FAKE_APT = """#!{bash}
echo "apt-get $*" >>"$CALLS"
[ "$1" = update ] || cp "$LIBRARIES.all" "$LIBRARIES"
"""
BROKEN_SHIM = "#!{bash}\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n"
EVERY_LIBRARY = (
    "GL.so.1 EGL.so.1 EGL_mesa.so.0 GLX_mesa.so.0 glib-2.0.so.0 fontconfig.so.1 freetype.so.6 "
    "dbus-1.so.3 gssapi_krb5.so.2 xkbcommon.so.0 xkbcommon-x11.so.0 X11-xcb.so.1 xcb-cursor.so.0 "
    "xcb-icccm.so.4 xcb-image.so.0 xcb-keysyms.so.1 xcb-randr.so.0 xcb-render-util.so.0 "
    "xcb-shape.so.0 xcb-sync.so.1 xcb-xfixes.so.0 xcb-xkb.so.1"
)


class Machine:
    """A clone of the scripts and the PATH that they see."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"
        self.bin = folder / "bin"
        self.calls_file = folder / "calls"
        self.libraries = folder / "libraries"
        (self.root / "packaging").mkdir(parents=True)
        self.bin.mkdir()
        for name in SCRIPTS:
            shutil.copy(REPOSITORY / "packaging" / name, self.root / "packaging" / name)
        shutil.copy(REPOSITORY / "pyproject.toml", self.root)
        for name in TOOLS.split():
            (self.bin / name).symlink_to(str(shutil.which(name)))
        every = "".join(f"\tlib{name} (libc6) => /lib/x\n" for name in EVERY_LIBRARY.split())
        self.libraries.with_suffix(".all").write_text(every)
        self.libraries.write_text(every)
        self.tool("ldconfig", FAKE_LDCONFIG)
        self.tool("id", "#!{bash}\necho 1000\n")
        self.tool("Xvfb", FAKE_XVFB)
        self.tool("python3.11", FAKE_PYTHON)

    def tool(self, name: str, text: str) -> None:
        """Put a script on the PATH."""
        path = self.bin / name
        path.write_text(text.format(bash=shutil.which("bash"), python=sys.executable))
        path.chmod(0o755)

    def variables(self, **more: str) -> dict[str, str]:
        """Return what the scripts see of the environment; a display is there unless told."""
        return {
            "PATH": str(self.bin),
            "CALLS": str(self.calls_file),
            "LIBRARIES": str(self.libraries),
            "WAYLAND_DISPLAY": "wayland-0",
            **more,
        }

    def start(
        self,
        *command: str,
        script: str | Path = "run",
        cwd: Path | None = None,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        return subprocess.run(
            [str(self.root / "packaging" / script), *command],
            cwd=cwd or self.root,
            env=self.variables(**environment),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def calls(self) -> str:
        """Return what the recorders were called with since the last look."""
        text = self.calls_file.read_text() if self.calls_file.exists() else ""
        self.calls_file.unlink(missing_ok=True)
        return text


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def _one_line_of_failure(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith("primordia: ")]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_the_first_start_sets_up_and_starts_the_program(machine: Machine) -> None:
    result = machine.start("list", "--json")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "primordia [list --json] DISPLAY=\n"
    for step in ("[1/5]", "[2/5]", "[3/5]", "[4/5]", "[5/5]"):
        assert step in result.stderr
    calls = machine.calls()
    assert f"-m venv {machine.root}/.venv" in calls
    assert f"-c {machine.root}/packaging/constraints.txt" in calls
    assert f"-e {machine.root}\n" in calls


def test_the_second_start_calls_neither_python_nor_apt(
    machine: Machine, record_property: Callable[[str, object], None]
) -> None:
    machine.start("list")
    machine.tool("apt-get", FAKE_APT)
    machine.calls()
    began = time.perf_counter()
    result = machine.start("list")
    record_property("second_start_seconds", round(time.perf_counter() - began, 3))
    assert result.stdout == "primordia [list] DISPLAY=\n"
    assert result.stderr == ""
    assert machine.calls() == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "packaging/constraints.txt"])
def test_a_change_of_what_is_pinned_sets_up_again(machine: Machine, name: str) -> None:
    machine.start("list")
    machine.calls()
    with (machine.root / name).open("a") as file:
        file.write("# changed\n")
    machine.start("list")
    calls = machine.calls()
    assert "-m pip install" in calls
    assert "-m venv" not in calls


def test_a_repository_that_was_moved_is_set_up_again(machine: Machine) -> None:
    machine.start("list")
    machine.calls()
    machine.root = machine.root.rename(machine.root.with_name("another place"))
    assert machine.start("list").returncode == 0
    assert f"-e {machine.root}\n" in machine.calls()


def test_the_tests_bring_their_extras_once_and_run_is_content_with_them(machine: Machine) -> None:
    machine.start("list")
    assert "[dev]" not in machine.calls()
    machine.start("-q", script="test")
    assert f"-e {machine.root}[dev]\n" in machine.calls()
    machine.start("list")
    machine.start("-q", script="test")
    assert "pip" not in machine.calls()


def test_no_argument_means_the_window(machine: Machine) -> None:
    assert machine.start().stdout == "primordia [gui] DISPLAY=\n"


@pytest.mark.parametrize("command", [(), ("gui", "--after", "1"), ("bench", "gui")])
def test_a_window_without_a_display_gets_a_virtual_one_that_ends_with_it(
    machine: Machine, command: tuple[str, ...], tmp_path: Path
) -> None:
    result = machine.start(*command, WAYLAND_DISPLAY="", TMPDIR=str(tmp_path))
    assert result.stdout.endswith("DISPLAY=:77\n")
    assert "virtual display :77" in result.stderr
    assert "Xvfb -displayfd" in machine.calls()
    # The watcher removes its folder after it has ended the server.
    _wait_until(lambda: not list(tmp_path.glob("tmp.*")))


def test_a_display_whose_server_is_gone_counts_as_none(machine: Machine) -> None:
    result = machine.start("gui", WAYLAND_DISPLAY="", DISPLAY=":64999")
    assert result.stdout.endswith("DISPLAY=:77\n")


def test_a_command_without_a_window_needs_no_display(machine: Machine) -> None:
    assert machine.start("train", WAYLAND_DISPLAY="").stdout == "primordia [train] DISPLAY=\n"
    assert "Xvfb" not in machine.calls()


def test_qt_that_was_told_to_do_without_a_display_gets_none(machine: Machine) -> None:
    result = machine.start("gui", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="offscreen")
    assert result.stdout == "primordia [gui] DISPLAY=\n"


def test_no_xvfb_is_said_in_one_line(machine: Machine) -> None:
    (machine.bin / "Xvfb").unlink()
    line = _one_line_of_failure(machine.start("gui", WAYLAND_DISPLAY=""))
    assert "apt-get install -y xvfb" in line


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.tool("python3.12", FAKE_PYTHON)
    machine.tool("python3.11", BROKEN_SHIM)
    result = machine.start("list")
    assert result.returncode == 0
    assert f"({machine.bin}/python3.12)" in result.stderr


def test_no_python_is_said_in_one_line(machine: Machine) -> None:
    (machine.bin / "python3.11").unlink()
    machine.tool("python3", "#!{bash}\nexit 1\n")  # too old
    line = _one_line_of_failure(machine.start("list"))
    assert "no Python 3.11 or later" in line
    assert "PRIMORDIA_PYTHON" in line


def test_a_python_without_ensurepip_is_said_with_the_package_that_has_it(machine: Machine) -> None:
    refuses = '\n[[ "$*" != *ensurepip* ]] || exit 1\ncase'
    machine.tool("python3.11", FAKE_PYTHON.replace("\ncase", refuses, 1))
    line = _one_line_of_failure(machine.start("list"))
    assert f"python3.{sys.version_info.minor}-venv" in line


def test_the_python_can_be_named(machine: Machine, tmp_path: Path) -> None:
    machine.tool("my python", FAKE_PYTHON)
    mine = machine.bin / "my python"
    assert f"({mine})" in machine.start("list", PRIMORDIA_PYTHON=str(mine)).stderr


def test_a_named_python_that_does_not_run_is_refused(machine: Machine) -> None:
    line = _one_line_of_failure(machine.start("list", PRIMORDIA_PYTHON="/nowhere/python"))
    assert "/nowhere/python" in line


def test_a_failing_install_is_said_in_one_line_and_tried_again(machine: Machine) -> None:
    line = _one_line_of_failure(machine.start("list", BREAK="pip"))
    assert "ERROR: no route to the index" in line
    assert f"{machine.root}/.venv/setup.log" in line
    assert "a hint" in (machine.root / ".venv/setup.log").read_text()
    assert machine.start("list").returncode == 0


def test_an_interrupted_set_up_is_repaired_at_the_next_start(machine: Machine) -> None:
    assert machine.start("list", BREAK="interrupt").returncode != 0
    machine.calls()
    assert machine.start("list").returncode == 0
    calls = machine.calls()
    assert "repair.py" in calls
    assert "-m pip install" in calls
    assert machine.start("list").stderr == ""


def test_ctrl_c_ends_a_set_up_at_once(machine: Machine) -> None:
    process = subprocess.Popen(
        [str(machine.root / "packaging/run"), "list"],
        env=machine.variables(BREAK="hang"),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _wait_until(Path(f"{machine.calls_file}.hangs").exists)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode in {130, -signal.SIGINT}
    assert machine.start("list").returncode == 0
    assert "repair.py" in machine.calls()


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.start("list")
    (machine.root / ".venv/bin/python").unlink()
    (machine.root / ".venv/bin/python").symlink_to("/nowhere/python3.11")
    machine.calls()
    assert machine.start("list").returncode == 0
    assert "-m venv" in machine.calls()


def test_torch_comes_from_the_index_that_is_named_and_stays_with_it(machine: Machine) -> None:
    machine.start("--torch-index", "https://example.org/cpu", "list")
    calls = machine.calls()
    assert "--index-url https://example.org/cpu --no-deps --force-reinstall torch\n" in calls
    machine.start("list", "--torch-index=https://example.org/cpu")
    assert machine.calls() == ""
    with (machine.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    machine.start("list")
    assert "--index-url https://example.org/cpu --no-deps torch\n" in machine.calls()


def test_an_index_that_fails_leaves_a_complete_environment_usable(machine: Machine) -> None:
    machine.start("list")
    _one_line_of_failure(machine.start("--torch-index", "bad://index", "list", BREAK="pip"))
    machine.calls()
    assert machine.start("list").returncode == 0
    assert machine.calls() == ""


def test_torch_index_without_an_address_is_refused(machine: Machine) -> None:
    assert "--torch-index needs" in _one_line_of_failure(machine.start("list", "--torch-index"))


def test_missing_libraries_are_installed_with_apt_by_root(machine: Machine) -> None:
    machine.libraries.unlink()
    machine.tool("id", "#!{bash}\necho 0\n")
    machine.tool("env", '#!{bash}\nexec "${{@:2}}"\n')
    machine.tool("apt-get", FAKE_APT)
    machine.tool("apt-cache", '#!{bash}\n[ "$2" = libglib2.0-0t64 ]\n')
    result = machine.start("list")
    assert result.returncode == 0, result.stderr
    calls = machine.calls()
    assert "apt-get update\n" in calls
    assert "libgl1 " in calls
    assert "libxcb-cursor0 " in calls
    assert "libglib2.0-0t64 " in calls
    assert "sudo apt-get" not in result.stderr


def test_missing_libraries_without_the_right_to_install_are_one_line_to_run(
    machine: Machine,
) -> None:
    machine.libraries.write_text("\tlibGL.so.1 (libc6) => /lib/x\n")
    machine.tool("apt-get", FAKE_APT)
    machine.tool("sudo", "#!{bash}\nexit 1\n")
    result = machine.start("list")
    lines = [line for line in result.stderr.splitlines() if "sudo apt-get install -y" in line]
    assert len(lines) == 1
    assert "libegl1" in lines[0]
    assert "libglib2.0-0 " in lines[0]
    assert "libgl1" not in lines[0]
    assert "apt-get" not in machine.calls()
    assert result.stdout == "primordia [list] DISPLAY=\n"


def test_it_works_from_any_folder_and_through_a_link(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    link = elsewhere / "primordia"
    link.symlink_to("../a clone/packaging/run")
    assert machine.start("list", script=link, cwd=elsewhere).stdout.startswith("primordia [list]")
    assert (machine.root / ".venv").is_dir()
    assert not (elsewhere / ".venv").exists()


def test_the_tests_run_in_the_repository_on_a_display_of_their_own(
    machine: Machine, tmp_path: Path
) -> None:
    mine = tmp_path / "test_mine.py"
    mine.touch()
    (machine.root / "tests").mkdir()
    result = machine.start("-q", "tests", "test_mine.py::test_a", script="test", cwd=tmp_path)
    place = f"in {machine.root} on xcb DISPLAY=:77"
    assert result.stdout == f"pytest [-q tests {mine}::test_a] {place}\n"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_scripts_are_clean_shell() -> None:
    folder = REPOSITORY / "packaging"
    scripts = [folder / "run", folder / "test", folder / "setup.sh", REPOSITORY / ".ci/run"]
    result = subprocess.run(
        ["shellcheck", "-x", *map(str, scripts)],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == ""


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
