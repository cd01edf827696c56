"""The guide: every link leads somewhere, every family has a page, and words are found."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImageReader

from app.guide.keys import PAGE
from app.guide.pages import FIRST, FOLDER, Guide, Page, anchor, plain
from app.guide.panel import GuidePanel
from engine.core import registry

ROOT = Path(__file__).resolve().parents[2]
GUIDE = Guide()
NAMES = [page.name for page in GUIDE.pages]


def test_every_page_is_in_the_contents() -> None:
    assert GUIDE.unlisted == ()
    assert {path.name for path in FOLDER.glob("*.md")} == set(NAMES)
    assert len(NAMES) >= 13


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_of_a_page_lead_somewhere(name: str) -> None:
    page = GUIDE.page(name)
    for target in page.links():
        if target.startswith("https://"):
            continue
        file, _, heading = target.partition("#")
        assert ":" not in target
        if file.endswith(".png"):
            assert QImageReader(str(FOLDER / file)).size().isValid(), target
        elif file and file not in NAMES:
            assert (FOLDER / file).resolve().is_relative_to(ROOT)
            assert (FOLDER / file).exists(), target
        if heading:
            assert heading in GUIDE.page(file or name).anchors(), target


def test_every_picture_is_shown_somewhere() -> None:
    texts = [page.markdown for page in GUIDE.pages] + [(ROOT / "README.md").read_text("utf-8")]
    unused = [path.name for path in FOLDER.glob("*.png") if path.name not in "\n".join(texts)]
    assert unused == []


@pytest.mark.parametrize("family", sorted({e.info.family for e in registry.catalogue()}))
def test_every_family_has_a_page_with_its_systems_papers_and_what_to_try(family: str) -> None:
    page = GUIDE.page(GUIDE.of_family(family))
    assert page.name != FIRST, f"there is no page about {family}"
    text = plain(page.markdown)
    entries = [entry for entry in registry.catalogue() if entry.info.family == family]
    assert any("first ten minutes" in section.heading.lower() for section in page.sections)
    for entry in entries:
        presets = {preset.title for preset in entry.presets}
        assert any(title in text for title in presets), f"{entry.info.slug}: nothing to try"
        words = entry.info.paper.replace(",", " ").replace(":", " ").split()
        year = next(word.strip("().") for word in words if word.strip("().").isdigit())
        assert year in text, f"{entry.info.slug}: its paper of {year}"


def test_the_page_of_keys_is_that_of_the_table() -> None:
    place = ROOT / "packaging" / "write_keys.py"
    spec = importlib.util.spec_from_file_location("write_keys", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (FOLDER / PAGE).read_text("utf-8") == module.text(), "run packaging/write_keys.py"


def test_the_plugin_of_the_page_is_the_one_that_lies_beside_it_and_is_tested() -> None:
    code = GUIDE.page("plugins.md").markdown.split("```python\n")[1].split("\n```")[0]
    assert code == (FOLDER / "forest_fire.py").read_text("utf-8").rstrip()


KEY = re.compile(r"(?:(?:Ctrl|Shift|Alt)\+)*(?:[A-Z/]|F\d+|Space|Left|Right|Up|Down|Tab|Esc)")


def test_keys_that_a_page_names_are_keys_of_the_program() -> None:
    known = set(re.findall(r"\*\*(.+?)\*\*", GUIDE.page(PAGE).markdown))
    named = 0
    for page in GUIDE.pages:
        for word in re.findall(r"\*\*([^*\s]+)\*\*", page.markdown):
            if KEY.fullmatch(word):
                named += 1
                assert word in known, f"{page.name}: {word}"
    assert named > 30


def test_headings_of_code_are_no_headings_and_links_have_the_repositorys_names() -> None:
    page = Page("x.md", "# A *title*\ntext\n```\n# no\n```\n## What `runs`, now?\nmore")
    assert [section.heading for section in page.sections] == ["A title", "What runs, now?"]
    assert anchor("What `runs`, now?") == "what-runs-now"
    assert page.links() == []


def test_titles_are_found_before_headings_and_headings_before_text(tmp_path: Path) -> None:
    (tmp_path / FIRST).write_text("# Contents\n[a](a.md) [b](b.md) [c](c.md)\n")
    (tmp_path / "a.md").write_text("# A\nbefore | a gecko |\n| --- |\nafter\n")
    (tmp_path / "b.md").write_text("# B\n## The gecko\nlives\n")
    (tmp_path / "c.md").write_text("# Gecko\nlives\n")
    guide = Guide(tmp_path)
    assert [hit.page for hit in guide.search("GECKO")] == ["c.md", "b.md", "a.md"]
    assert [hit.page for hit in guide.search("gecko lives")] == ["b.md", "c.md"]
    assert guide.search("gecko")[2].snippet == "before a gecko after"
    assert guide.search("  ") == []
    assert guide.search("unicorn") == []


def test_the_panel_shows_searches_and_goes_back(qtbot: Any) -> None:
    panel = GuidePanel(Guide)
    qtbot.addWidget(panel)
    panel.resize(900, 640)
    panel.show()
    panel.open("soups.md")
    assert panel.browser.document().firstBlock().text() == "Soups of programs"
    panel.search("does it replicate")
    assert panel._places.count() >= 1
    panel._places.setCurrentRow(0)
    assert panel.place[0] == "soups.md"
    assert panel.browser.textCursor().selectedText().lower() == "does"
    panel.back()
    assert panel.place == ("soups.md", "")
    panel._follow("keys.md#file")
    assert panel.place == ("keys.md", "file")
    panel._follow("forest_fire.py")
    assert panel.browser.document().firstBlock().text() == "forest_fire.py"
    panel.search("no such words anywhere")
    assert panel._places.item(0).text() == "Nothing has all of these words"
    assert not panel._places.item(0).flags() & Qt.ItemFlag.ItemIsEnabled


def test_pictures_fit_into_the_column(qtbot: Any) -> None:
    panel = GuidePanel(Guide)
    qtbot.addWidget(panel)
    panel.resize(620, 500)
    panel.show()
    panel.open("soups.md")
    qtbot.wait(200)
    document = panel.browser.document()
    assert panel._split.orientation() == Qt.Orientation.Horizontal
    assert document.size().width() <= panel.browser.viewport().width()
    # A picture takes its height and no more: 1280 x 800 at the width of the column.
    block = document.begin()
    while block.begin().atEnd() or not block.begin().fragment().charFormat().isImageFormat():
        block = block.next()
    height = document.documentLayout().blockBoundingRect(block).height()
    assert height < panel.browser._column() * 800 / 1280 + 24
    panel.resize(320, 700)
    qtbot.waitUntil(lambda: panel.browser._width == panel.browser._column())
    assert panel._split.orientation() == Qt.Orientation.Vertical
    assert panel.browser.document().size().width() <= panel.browser.viewport().width()


def test_a_page_from_the_outside_is_never_fetched(qtbot: Any) -> None:
    panel = GuidePanel(Guide)
    qtbot.addWidget(panel)
    for address in ("https://example.org/a.png", "/etc/hostname", "../../LICENSE"):
        image = panel.browser.loadResource(2, address)
        assert image is None or image.isNull()
    assert panel.browser.loadResource(3, "soups.md") is None


def test_f1_opens_the_page_about_what_has_the_keyboard(desk: Any) -> None:
    desk.open("life")
    desk.key(Qt.Key.Key_F1, widget=desk.viewport)
    guide = desk.window.shell.parts["guide"]
    desk.until(lambda: guide.panel is not None and guide.panel.isVisible(), "the guide")
    assert guide.panel.place == ("grids.md", "")
    assert guide.context(desk.window.bottom.log) == "trouble.md#the-log"
    assert guide.context(desk.window.controls.parameters) == "using.md#parameters"
    desk.window.user_actions.set_keys("help.guide", ["Ctrl+Alt+F2"])
    desk.run("help.guide", "keys.md")
    assert "Ctrl+Alt+F2" in guide.panel.browser.toPlainText()
    offered = {e.title: e for e in desk.window.shell.parts["palette"].entries()}
    offered["Soups of programs"].run()
    assert guide.panel.place == ("soups.md", "")
    desk.run("help.search")
    assert guide.panel.place == (FIRST, "")
    guide._dock.hide()


def test_the_places_of_panels_are_in_the_guide(desk: Any) -> None:
    from PySide6.QtWidgets import QWidget

    from app.guide.part import PROPERTY

    places = {w.property(PROPERTY) for w in desk.window.findChildren(QWidget)} - {None}
    assert len(places) >= 6
    for place in places:
        name, _, heading = place.partition("#")
        assert name in NAMES
        assert not heading or heading in GUIDE.page(name).anchors(), place
