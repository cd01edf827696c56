"""The registry finds systems without importing them, and one bad plugin harms nobody."""

import importlib
import json
import subprocess
import sys
import textwrap
from dataclasses import asdict

import pytest

from engine.core import presets, registry
from engine.core.errors import BadInput

PLUGIN = '''
import numpy as np
from engine.core.params import Params, live
from engine.core.grid import GridSystem
from engine.core.system import SystemInfo


class BlinkParams(Params):
    rate: float = live(0.5, "How fast", ge=0.0, le=1.0)


class Blink(GridSystem):
    """Cells that blink."""

    info = SystemInfo("blink", "Blink", "Cells blink.", "None, 2026", "Grids")
    Params = BlinkParams

    def build(self):
        self.cells = np.zeros((8, 8, 1), np.float32)

    def start(self):
        self.cells[...] = 0

    def advance(self, poll):
        self.cells += self.params.rate

    def field(self):
        return self.cells

    def channels(self):
        return ("light",)
'''


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Install a fake distribution with one system in a folder of its own."""

    def install(name="blink", value="blink_plugin:Blink", source=PLUGIN):
        info = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[primordia.systems]\n{name} = {value}\n")
        (tmp_path / "blink_plugin.py").write_text(textwrap.dedent(source))
        importlib.invalidate_caches()
        registry._points.cache_clear()
        return tmp_path

    monkeypatch.syspath_prepend(str(tmp_path))
    yield install
    sys.modules.pop("blink_plugin", None)
    registry._points.cache_clear()


def test_our_systems_are_found():
    assert {"life", "gray-scott", "growing-nca", "texture-nca"} <= set(registry.slugs())


def test_an_unknown_system_names_the_known_ones():
    with pytest.raises(BadInput, match="gray-scott"):
        registry.system_class("nonesuch")


def test_a_plugin_is_found_and_loaded(plugin):
    plugin()
    assert "blink" in registry.slugs()
    assert registry.system_class("blink").info.title == "Blink"


def test_a_plugin_without_preset_file_is_described(plugin):
    plugin()
    entry = {e.info.slug: e for e in registry.catalogue()}["blink"]
    assert [field.name for field in entry.fields] == ["rate"]
    assert not entry.trainable
    assert entry.presets == ()


def test_a_plugin_with_preset_file_is_not_imported(plugin):
    folder = plugin()
    info = {"slug": "blink", "title": "B", "summary": "", "paper": "", "family": "Grids"}
    content = {"format": 1, "info": info, "schema": {}, "capabilities": {}, "presets": []}
    content["presets"].append({"id": "fast", "title": "Fast", "params": {"rate": 1.0}})
    (folder / "blink.presets.json").write_text(json.dumps(content))
    entry = registry.entry("blink")
    assert entry.preset("fast").params == {"rate": 1.0}
    assert "blink_plugin" not in sys.modules
    with pytest.raises(BadInput, match="fast"):
        entry.preset("slow")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 9}', '{"format": 1, "info": 3}', "[" * 100_000]
)
def test_a_broken_preset_file_stops_nothing(plugin, text):
    (plugin() / "blink.presets.json").write_text(text)
    with pytest.raises(BadInput):
        presets.read(registry.preset_file("blink"))
    assert registry.entry("blink").info.title == "Blink"


def test_a_broken_plugin_is_left_out_and_says_why(plugin):
    plugin(source="raise RuntimeError('no luck')")
    with pytest.raises(BadInput, match="no luck"):
        registry.system_class("blink")
    assert "blink" not in [entry.info.slug for entry in registry.catalogue()]
    assert "life" in [entry.info.slug for entry in registry.catalogue()]


def test_an_entry_point_to_something_else_is_refused(plugin):
    plugin(value="json:dumps")
    with pytest.raises(BadInput, match="not a system"):
        registry.system_class("blink")


def test_a_plugin_cannot_take_the_name_of_ours(plugin):
    plugin(name="life")
    assert registry.system_class("life").__module__ == "engine.systems.life"


def test_refresh_keeps_what_people_wrote(plugin, tmp_path):
    plugin()
    path = tmp_path / "blink.json"
    path.write_text(json.dumps({"order": 7, "presets": [{"title": "T", "id": "t"}]}))
    assert presets.refresh(registry.system_class("blink"), path)
    entry = presets.read(path)
    assert entry.order == 7
    assert entry.preset("t").title == "T"
    assert asdict(entry.info)["slug"] == "blink"
    assert not presets.refresh(registry.system_class("blink"), path)


def test_the_catalogue_imports_neither_torch_nor_numba():
    code = (
        "import sys; from engine.core import registry; registry.catalogue();"
        "print(sorted({'torch', 'numba', 'PySide6', 'vispy', 'engine.systems.life',"
        " 'engine.systems.gray_scott'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
