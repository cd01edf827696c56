"""A settings file may be broken, odd or old; the window opens all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import settings as settings_file
from app.docks import LAYOUT_VERSION
from app.settings import RECENT_MOST, Settings
from app.window import MainWindow

BROKEN = {
    "empty": "",
    "no json": "{theme: dark",
    "a list": "[1, 2]",
    "a number": "7",
    "deep": "[" * 5000 + "]" * 5000,
    "binary": "\x00\xff",
    "wrong types": json.dumps(
        {"theme": 3, "recent": "x", "threads": "two", "hint_done": 1, "layout_version": True}
    ),
    "wrong values": json.dumps({"theme": "purple", "device": "abacus", "threads": -4}),
    "mixed recent": json.dumps({"recent": ["a", 3]}),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_used_takes_its_default(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(BROKEN[kind])
    assert settings_file.load(path) == Settings()


def test_a_folder_or_nothing_in_its_place(tmp_path: Path) -> None:
    assert settings_file.load(tmp_path) == Settings()
    assert settings_file.load(tmp_path / "none") == Settings()
    settings_file.save(Settings(), tmp_path)  # logged, not raised


def test_the_good_half_of_an_odd_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "light", "device": 7, "from the future": {}}))
    assert settings_file.load(path) == Settings(theme="light")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_nothing_that_json_can_hold_breaks_it(value: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        content = dict.fromkeys(asdict(Settings()), value)
        path.write_text(json.dumps(content))
        loaded = settings_file.load(path)
    for name, default in asdict(Settings()).items():
        assert type(getattr(loaded, name)) is type(default)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "settings.json"
    given = Settings(theme="light", device="cpu", threads=2, hint_done=True)
    given.remember(tmp_path / "ü 1.png")
    settings_file.save(given, path)
    assert settings_file.load(path) == given


def test_recent_files_are_few_and_each_once(tmp_path: Path) -> None:
    settings = Settings()
    for number in range(RECENT_MOST + 5):
        settings.remember(tmp_path / f"{number}.png")
    settings.remember(tmp_path / "10.png")
    assert len(settings.recent) == RECENT_MOST
    assert settings.recent[0] == str(tmp_path / "10.png")
    assert len(set(settings.recent)) == RECENT_MOST
    assert settings.folder == str(tmp_path)


def test_what_a_newer_version_wrote_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "light", "of tomorrow": {"a": [1]}}))
    settings = settings_file.load(path)
    settings.threads = 3
    assert settings_file.save(settings, path) == ""
    content = json.loads(path.read_text())
    assert content["of tomorrow"] == {"a": [1]}
    assert (content["theme"], content["threads"]) == ("light", 3)


def test_two_programs_write_only_what_each_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings_file.save(Settings(), path)
    one, other = settings_file.load(path), settings_file.load(path)
    one.theme = "light"
    one.favourites.append("life/gun")
    settings_file.save(one, path)
    other.threads = 2
    settings_file.save(other, path)
    found = settings_file.load(path)
    assert (found.theme, found.threads, found.favourites) == ("light", 2, ["life/gun"])


def test_a_file_with_a_slip_is_put_aside_and_not_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "light",}')
    settings_file.save(settings_file.load(path), path)
    assert settings_file.load(path) == Settings()
    assert (tmp_path / "settings.broken.json").read_text() == '{"theme": "light",}'


def test_tables_and_ranges(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    odd = {"shortcuts": {"a": ["Ctrl+A"], "b": []}, "film": {"fps": 30}, "scale": 2}
    path.write_text(json.dumps({**odd, "history_mb": 1, "autosave_minutes": 10**9}))
    found = settings_file.load(path)
    assert found.shortcuts == odd["shortcuts"]
    assert found.film == {"fps": 30}
    assert found.scale == 2.0
    assert (found.history_mb, found.autosave_minutes) == (512, 2)


def test_reset_puts_the_file_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert settings_file.reset(path) is None
    settings_file.save(Settings(theme="light"), path)
    aside = settings_file.reset(path)
    assert aside is not None
    assert settings_file.load(path) == Settings()
    assert settings_file.load(aside).theme == "light"


def test_every_row_names_a_section_and_explains_itself() -> None:
    rows = settings_file.rows()
    assert {row.section for row in rows.values()} == set(settings_file.SECTIONS)
    for name, row in rows.items():
        default = getattr(Settings(), name)
        assert row.help.endswith(".")
        assert row.choices or isinstance(default, int | float | str)
        assert not row.choices or default in dict(row.choices)


# The window.


@pytest.fixture
def opened(qapp: QApplication) -> Iterator[Any]:
    windows: list[MainWindow] = []

    def open_window(settings: Settings, *, persist: bool = False) -> MainWindow:
        window = MainWindow(settings, persist=persist)
        windows.append(window)
        window.show()
        assert QTest.qWaitForWindowExposed(window, 5000)
        return window

    yield open_window
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.mark.parametrize(
    "odd",
    [
        {"geometry": "no base64 ü", "layout": "!!!", "layout_version": LAYOUT_VERSION},
        {"geometry": "\ud800", "layout": "\ud800", "layout_version": LAYOUT_VERSION},
        {"geometry": "AdnQywADAAA", "layout": "AAAA", "layout_version": LAYOUT_VERSION},
        {"layout": "AAAA", "layout_version": 10**30},
        {"recent": ["\x00", "", "\ud800", "/no/such"], "folder": "\x00"},
    ],
)
def test_a_window_opens_with_any_settings(opened: Any, odd: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(odd))
    window = opened(settings_file.load(path))
    window.menus.recent.aboutToShow.emit()
    assert window.docks.gallery.isVisible()
    assert window.docks.controls.isVisible()
    assert not window.docks.bottom.isVisible()
    for action in window.menus.recent.actions():
        action.trigger()
    assert window.isVisible()


def test_the_layout_is_remembered(opened: Any) -> None:
    settings = Settings()
    window = opened(settings)
    window.resize(780, 690)  # the offscreen platform has a screen of 800 x 800
    window.user_actions.run("view.gallery")
    window.user_actions.run("view.bottom")
    window.close()
    assert settings.layout_version == LAYOUT_VERSION
    again = opened(settings)
    assert not again.docks.gallery.isVisible()
    assert again.docks.bottom.isVisible()
    assert (again.width(), again.height()) == (780, 690)
    again.user_actions.run("view.reset-layout")
    assert again.docks.gallery.isVisible()


def test_a_layout_of_another_version_is_not_used(opened: Any) -> None:
    settings = Settings()
    window = opened(settings)
    window.user_actions.run("view.gallery")
    window.close()
    settings.layout_version = LAYOUT_VERSION + 1
    assert opened(settings).docks.gallery.isVisible()


def test_settings_are_written_on_closing_and_only_by_a_users_window(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIMORDIA_HOME", str(tmp_path / "home"))
    path = tmp_path / "home" / "settings.json"
    opened(Settings()).close()
    assert not path.exists()
    opened(Settings(hint_done=True), persist=True).close()
    assert settings_file.load(path).hint_done


def colour_at(widget: Any, point: QPoint) -> str:
    return str(widget.grab().toImage().pixelColor(point).name())


def test_changing_the_theme_repaints_everything(desk: Any) -> None:
    from app import theme

    desk.open("life")
    desk.viewport.set_tool("hand")
    window = desk.window
    for name, tokens in (("light", theme.LIGHT), ("dark", theme.DARK)):
        window.set_theme(name)
        desk.until(
            lambda t=tokens: (
                colour_at(window.controls, QPoint(2, window.controls.height() - 3)) == t.panel
            ),
            f"the {name} panel",
        )
        gallery = window.gallery
        assert colour_at(gallery, QPoint(3, gallery.height() // 2)) == tokens.panel
        assert colour_at(window.topbar, QPoint(window.topbar.width() // 2, 3)) == tokens.panel
        desk.until(
            lambda t=tokens: (
                colour_at(desk.viewport, QPoint(3, desk.viewport.height() // 2)) == t.ground
            ),
            f"the {name} ground",
        )
        assert window.settings.theme == name
    desk.run("view.theme")
    assert theme.current().name == "light"


def test_an_unknown_theme_is_refused(desk: Any) -> None:
    from engine.core.errors import BadInput

    with pytest.raises(BadInput, match="dark, light or system"):
        desk.window.set_theme("purple")
