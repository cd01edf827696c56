"""Systems in one file: read without being run, asked for first, blamed by line, never fatal."""

from __future__ import annotations

import os
import pickle
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.core import registry
from engine.core.blame import PluginError, blame, blamed
from engine.core.capabilities import capabilities
from engine.core.commands import Failure, Step
from engine.core.consent import Consent
from engine.core.errors import BadInput, UserError
from engine.core.failures import in_words
from engine.core.plugin_folder import NotAllowed, Plugins
from engine.core.plugins import glance, run
from engine.core.presets import RESOURCES
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.views import ViewRequest

BLINK = '''
"""Cells that blink."""
import numpy as np
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.system import SystemInfo


class BlinkParams(Params):
    """How fast."""

    rate: float = live(0.5, "How fast", ge=0.0, le=1.0)


class Blink(GridSystem):
    """Cells that blink."""

    info = SystemInfo("blink", "Blink", "Cells blink.", "None, 2026", "Grids", ("mine",))
    Params = BlinkParams

    def build(self):
        self.cells = np.zeros((8, 8, 1), np.float32)

    def start(self):
        self.cells[...] = 0

    def advance(self, poll):
        {inside}
        self.cells += self.params.rate

    def field(self):
        return self.cells

    def channels(self):
        return ("light",)
'''
PLAIN = BLINK.replace("{inside}", "pass")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Plugins]:
    place = tmp_path / "plugins"
    place.mkdir()
    plugins = Plugins(place, Consent(tmp_path / "home" / "consent.json"), registry.installed)
    registry.use(plugins)
    yield plugins
    registry.use(None)
    for name in [name for name in sys.modules if name.startswith("primordia_plugin_")]:
        del sys.modules[name]


def write(folder: Plugins, source: str, name: str = "blink.py") -> Path:
    path = folder.folder / name
    path.write_text(textwrap.dedent(source))
    folder.scan()
    return path


def allow(folder: Plugins, name: str = "blink.py") -> None:
    folder.allow(folder.named(name))


def test_a_file_is_read_without_being_run(folder: Plugins) -> None:
    path = write(folder, PLAIN + "\nraise RuntimeError('it ran')\n")
    (file,) = folder.files
    assert file.problem is None
    assert file.systems[0].info.title == "Blink"
    assert file.systems[0].info.tags == ("mine",)
    assert file.systems[0].name == "Blink"
    assert path.read_text().splitlines()[file.systems[0].line - 1] == "class Blink(GridSystem):"
    assert folder.state(file) == "new"


def test_nothing_runs_before_it_is_allowed(folder: Plugins) -> None:
    write(folder, "import sys\nsys.harmed_by_plugin = True\n" + PLAIN)
    assert "blink" not in registry.slugs()
    assert "blink" not in [entry.info.slug for entry in registry.catalogue()]
    with pytest.raises(NotAllowed, match=r"--allow-plugin blink\.py"):
        registry.system_class("blink")
    with pytest.raises(NotAllowed, match="not allowed"):
        registry.entry("blink")
    with pytest.raises(BadInput, match="no system"):
        registry.system_class("blank")
    assert not hasattr(sys, "harmed_by_plugin")


def test_an_allowed_file_runs_when_it_is_asked_for(folder: Plugins) -> None:
    write(folder, PLAIN)
    allow(folder)
    assert "blink" in registry.slugs()
    listed = {entry.info.slug: entry for entry in registry.catalogue()}["blink"]
    assert listed.fields == ()
    assert folder.state(folder.files[0]) == "allowed"
    found = registry.system_class("blink")
    assert folder.state(folder.files[0]) == "running"
    assert [field.name for field in registry.entry("blink").fields] == ["rate"]
    listed = {entry.info.slug: entry for entry in registry.catalogue()}["blink"]
    assert [field.name for field in listed.fields] == ["rate"]
    world = found(Spec("blink"))
    world.step()
    assert world.field().mean() == 0.5
    assert pickle.loads(pickle.dumps(found)) is found


def test_consent_outlives_the_program_and_a_changed_file_asks_again(folder: Plugins) -> None:
    path = write(folder, PLAIN)
    allow(folder)
    again = Plugins(folder.folder, Consent(folder.consent.path), registry.installed)
    assert again.slugs() == ("blink",)
    path.write_text(path.read_text() + "\n# changed\n")
    again.scan()
    assert again.slugs() == ()
    assert again.state(again.files[0]) == "changed"
    with pytest.raises(NotAllowed, match="changed since"):
        again.system_class("blink")


def test_what_runs_is_what_was_allowed(folder: Plugins) -> None:
    """A file that is changed after it was looked at, and before it runs, is not run."""
    path = write(folder, PLAIN)
    allow(folder)
    path.write_text("import sys\nsys.harmed_by_plugin = True\n")
    assert registry.system_class("blink").info.title == "Blink"
    assert not hasattr(sys, "harmed_by_plugin")


def test_consent_is_withdrawn(folder: Plugins) -> None:
    write(folder, PLAIN)
    allow(folder)
    registry.system_class("blink")
    folder.withdraw(folder.files[0])
    assert folder.state(folder.files[0]) == "new"
    with pytest.raises(NotAllowed):
        registry.system_class("blink")
    # Worlds of it may still live: what it is stays known, but no new one is made.
    assert [field.name for field in registry.entry("blink").fields] == ["rate"]
    assert "blink" not in registry.slugs()
    assert Consent(folder.consent.path).since(folder.files[0].sha256) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "allowed": [1]}'])
def test_a_broken_list_of_consents_allows_nothing(folder: Plugins, text: str) -> None:
    write(folder, PLAIN)
    allow(folder)
    folder.consent.path.write_text(text)
    folder.scan()
    assert folder.slugs() == ()
    allow(folder)
    assert folder.slugs() == ("blink",)


def test_reload_replaces_the_class_and_names_what_changed(folder: Plugins) -> None:
    path = write(folder, PLAIN)
    allow(folder)
    before = registry.system_class("blink")
    old = before(Spec("blink"))
    path.write_text(path.read_text().replace('"Blink", ', '"Blinker", '))
    assert registry.system_class("blink") is before  # until it is loaded anew
    assert registry.reload() == ("blink",)
    allow(folder)
    after = registry.system_class("blink")
    assert after is not before
    assert after.info.title == "Blinker"
    old.step()  # a world goes on with the class it was made of
    assert type(old) is before
    assert registry.reload() == ()


def test_a_file_that_went_is_gone(folder: Plugins) -> None:
    path = write(folder, PLAIN)
    allow(folder)
    registry.system_class("blink")
    path.unlink()
    assert registry.reload() == ("blink",)
    assert folder.files == ()
    with pytest.raises(BadInput, match="no system"):
        registry.system_class("blink")


BROKEN = {
    "a syntax error": ("import numpy\n\ndef f(:\n", 3, "SyntaxError"),
    "no system": ("import numpy\n", 0, "no class with info"),
    "a name that is made up": (
        PLAIN.replace('SystemInfo("blink"', "SystemInfo(str(3)"),
        18,
        "without running it",
    ),
    "a name nobody can type": (PLAIN.replace('("blink"', '("Blink it!"'), 18, "name of a system"),
    "too few words": (PLAIN.replace(', "Grids", ("mine",)', ""), 18, "without running it"),
    "a null byte": (PLAIN + "\0", 0, "null"),
    "nested too deep": ("x = " + "(" * 5000 + ")" * 5000 + "\n", 1, ""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_read_is_said_with_its_line(folder: Plugins, kind: str) -> None:
    source, line, words = BROKEN[kind]
    write(folder, source)
    (file,) = folder.files
    assert folder.state(file) == "broken"
    error = folder.error(file)
    assert words in str(error)
    if line:
        assert f"blink.py, line {line}: " in str(error)
    with pytest.raises(BadInput):
        run(file)
    assert "life" in [entry.info.slug for entry in registry.catalogue()]


FAILING = {
    "a missing module": ("import nothing_of_that_name\n", 1, "Install nothing_of_that_name"),
    "an error": ("import numpy\n1 / 0\n", 2, "ZeroDivisionError: division by zero"),
    "an end": ("import sys\n\nsys.exit(3)\n", 3, "wants to end the program"),
    "an end without sys": ("raise SystemExit\n", 1, "wants to end the program"),
    "an odd end": ("raise BaseException('no')\n", 1, "BaseException: no"),
    "endless recursion": ("def f():\n    f()\nf()\n", 2, "RecursionError"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_what_cannot_be_run_is_said_with_its_line(folder: Plugins, kind: str) -> None:
    source, line, words = FAILING[kind]
    write(folder, source + PLAIN)
    allow(folder)
    with pytest.raises(PluginError) as caught:
        registry.system_class("blink")
    assert f"blink.py, line {line}: " in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.line == line
    assert folder.state(folder.files[0]) == "broken"
    assert "blink" not in [entry.info.slug for entry in registry.catalogue()]
    assert not [name for name in sys.modules if name.startswith("primordia_plugin_")]


NO_SYSTEMS = {
    "no base": (PLAIN.replace("(GridSystem)", ""), "derived from System"),
    "another name at run time": (PLAIN + '\nBlink.info = SystemInfo("x", "", "", "", "")\n', "x"),
    "not whole": (PLAIN.replace("def field", "def fields"), "field"),
    "a number without end": (PLAIN.replace(", ge=0.0, le=1.0", ""), "rate has no range"),
    "no parameters": (PLAIN.replace("    Params = BlinkParams\n", ""), "Params"),
}


@pytest.mark.parametrize("kind", NO_SYSTEMS)
def test_a_class_that_is_no_system_is_refused(folder: Plugins, kind: str) -> None:
    source, words = NO_SYSTEMS[kind]
    write(folder, source)
    allow(folder)
    with pytest.raises(PluginError, match=words) as caught:
        registry.system_class("blink")
    assert caught.value.line > 0


def test_names_that_collide(folder: Plugins) -> None:
    write(folder, PLAIN.replace('"blink"', '"life"'), "ours.py")
    write(folder, PLAIN, "a.py")
    write(folder, PLAIN, "b.py")
    states = {file.name: folder.state(file) for file in folder.files}
    assert states == {"a.py": "new", "b.py": "broken", "ours.py": "broken"}
    assert "taken by a.py" in str(folder.error(folder.named("b.py")))
    assert registry.system_class("life").__module__ == "engine.systems.life"


class Ear:
    """Hears a runner."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.told = threading.Event()

    def views_ready(self) -> None: ...
    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None: ...
    def replied(self, reply: object) -> None: ...
    def state_changed(self, state: object) -> None: ...

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.told.set()


def test_an_error_in_a_tick_names_the_line_and_pauses_the_world(folder: Plugins) -> None:
    inside = "if self.step_count == 4: raise ValueError('tired')"
    path = write(folder, BLINK.replace("{inside}", inside))
    allow(folder)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "tired" in text)
    ear = Ear()
    runner = Runner(Spec("blink"), ear, playing=False)
    runner.start()
    try:
        for _ in range(5):
            runner.submit(Step())
        assert ear.told.wait(30)
    finally:
        assert runner.close(30)
    (failure,) = ear.failures
    assert failure.step == 4
    assert str(failure.error).startswith(f"{path}, line {line}: ValueError: tired")
    assert "in advance" in failure.report


def test_blame_is_only_for_plugins() -> None:
    with pytest.raises(ValueError, match="literal") as caught:
        int("x")
    assert blamed(caught.value) is caught.value
    assert in_words(caught.value) is caught.value
    refused = BadInput("no")
    assert blamed(refused) is refused
    told = blame(refused, Path("a.py"))
    assert (told.problem, told.line) == ("no", 0)
    there = pickle.loads(pickle.dumps(PluginError("x", path="a.py", line=3)))
    assert str(there) == "a.py, line 3: x."


def test_a_file_that_never_ends_holds_nobody_else_up(folder: Plugins) -> None:
    wait = "import time, pathlib\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)\n"
    flag = folder.folder.parent / "go on"
    write(folder, wait.format(str(flag)) + PLAIN.replace('"blink"', '"slow"'), "slow.py")
    write(folder, PLAIN)
    allow(folder)
    allow(folder, "slow.py")
    held = threading.Thread(target=registry.system_class, args=("slow",))
    held.start()
    try:
        time.sleep(0.05)
        assert registry.system_class("blink").info.slug == "blink"
        assert {file.name for file in folder.files} == {"blink.py", "slow.py"}
        registry.catalogue()
        assert held.is_alive()
    finally:
        flag.touch()
        held.join(30)
    assert registry.system_class("slow").info.slug == "slow"


def test_other_files_of_the_folder_are_left_alone(folder: Plugins) -> None:
    write(folder, "raise RuntimeError", "_helper.py")
    write(folder, "raise RuntimeError", ".hidden.py")
    (folder.folder / "notes.txt").write_text("hello")
    (folder.folder / "folder.py").mkdir()
    folder.scan()
    assert [file.name for file in folder.files] == ["folder.py"]
    assert "folder" in str(folder.error(folder.files[0]))
    missing = Plugins(folder.folder / "none", folder.consent, registry.installed)
    assert missing.files == ()
    with pytest.raises(BadInput, match="Put it into"):
        folder.named("blink.py")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_told(folder: Plugins) -> None:
    path = write(folder, PLAIN)
    path.chmod(0)
    folder.scan()
    assert "permission" in str(folder.error(folder.files[0]))


def test_consent_that_cannot_be_written_allows_nothing(folder: Plugins) -> None:
    write(folder, PLAIN)
    (folder.consent.path).mkdir(parents=True)
    with pytest.raises(UserError):
        allow(folder)
    assert folder.slugs() == ()


def test_consent_below_a_file_is_refused_in_words(folder: Plugins) -> None:
    write(folder, PLAIN)
    folder.scan()
    consent = Consent(folder.folder / "blink.py" / "deep" / "consent.json")
    with pytest.raises(UserError, match=r"consent\.json"):
        consent.allow(folder.files[0].sha256, "blink.py")
    assert not consent.allows(folder.files[0].sha256)


def test_presets_beside_the_file(folder: Plugins) -> None:
    write(folder, PLAIN)
    allow(folder)
    from engine.core import presets

    path = registry.preset_file("blink")
    path.write_text('{"presets": [{"id": "fast", "title": "Fast", "params": {"rate": 1.0}}]}')
    assert presets.refresh(registry.system_class("blink"), path)
    folder.scan()
    assert registry.entry("blink").preset("fast").params == {"rate": 1.0}


def test_glance_reads_an_annotated_info(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(PLAIN.replace("info = SystemInfo", "info: object = system.SystemInfo"))
    assert glance(path).systems[0].info.slug == "blink"


def test_the_example_of_the_guide_is_a_system(folder: Plugins) -> None:
    """The file that the guide shows, put into the folder as a user does it."""
    source = (RESOURCES / "guide" / "forest_fire.py").read_text("utf-8")
    write(folder, source, "forest_fire.py")
    allow(folder, "forest_fire.py")
    world = registry.system_class("forest-fire")(Spec("forest-fire", {"size": 32}, seed=3))
    assert world.metrics()["trees"] == pytest.approx(0.3, abs=0.05)
    world.cells[...] = 0.5
    world.cells[16, 16] = 1.0
    for _ in range(3):
        world.step()
    assert world.metrics()["fire"] == 12 / 1024  # a ring: it went on by one cell at a tick
    assert world.cells[16, 16] == 0.0
    seen = world.views({"world": ViewRequest()})["world"]
    assert seen.data.shape == (32, 32, 3)
    assert {"erase", "paint"} <= {tool.name for tool in capabilities(world).brushes}
    back = registry.system_class("forest-fire")(Spec("forest-fire", {"size": 32}))
    back.load_state(world.state("world"), "world")
    assert np.array_equal(back.cells, world.cells)


def test_a_default_of_another_kind_is_refused_with_its_line(folder: Plugins) -> None:
    written = textwrap.dedent(PLAIN).replace("live(0.5,", 'live("fast",')
    write(folder, written)
    allow(folder)
    with pytest.raises(PluginError, match=r"rate cannot begin as 'fast'") as caught:
        folder.system_class("blink")
    assert written.splitlines()[caught.value.line - 1].startswith("    rate: float")


@pytest.mark.parametrize(
    ("was", "now", "words", "line"),
    [
        ("return self.cells", "return self.cells[..., 0]", r"shape \(8, 8\)", "def field"),
        ("return self.cells", "return [[0.0]]", "returned list", "def field"),
        ('("light",)', '("light", "dark")', "named 2, but field.* 1", "def channels"),
    ],
)
def test_cells_of_another_shape_are_blamed_on_their_method(
    folder: Plugins, was: str, now: str, words: str, line: str
) -> None:
    written = PLAIN.replace(was, now)
    write(folder, written)
    allow(folder)
    found = folder.system_class("blink")
    with pytest.raises(PluginError, match=words) as caught:
        found(Spec("blink", {}))
    assert line in written.splitlines()[caught.value.line - 1]


def test_colours_that_cannot_be_drawn_are_blamed_on_their_method(folder: Plugins) -> None:
    floats = "\n    def colour(self, cells):\n        return np.zeros((*cells.shape[:2], 3))\n"
    write(folder, PLAIN + floats)
    allow(folder)
    world = folder.system_class("blink")(Spec("blink", {}))
    with pytest.raises(PluginError, match=r"line \d+: colour\(\) returned float64") as caught:
        world.views({"world": ViewRequest()})
    assert caught.value.path == folder.folder / "blink.py"
