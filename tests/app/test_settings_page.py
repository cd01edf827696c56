"""Every choice has a row that shows it, changes it, applies it and brings it back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMessageBox, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from app.settings import Settings, rows
from app.settings_page import SettingsPage
from engine.core.device import set_threads, threads
from engine.core.errors import BadInput


@pytest.fixture
def page(qtbot: QtBot) -> SettingsPage:
    page = SettingsPage(Settings(), {})
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.mark.parametrize("name", rows())
def test_every_row_tells_what_was_chosen_and_shows_it(
    page: SettingsPage, qtbot: QtBot, name: str
) -> None:
    row, chosen = page.rows[name], []
    page.chosen.connect(lambda *pair: chosen.append(pair))
    control = row.control
    assert control.accessibleName() == rows()[name].title
    if isinstance(control, QComboBox):
        other = 1 if control.currentIndex() == 0 else 0
        control.setCurrentIndex(other)
        control.activated.emit(other)
        value = control.itemData(other)
    elif isinstance(control, QSpinBox):
        control.setValue(control.value() + 3)
        value = getattr(Settings(), name) + 3
    else:
        assert isinstance(control, QLineEdit)
        qtbot.keyClicks(control, "/tmp")
        control.editingFinished.emit()
        value = "/tmp"
    assert chosen == [(name, value)]
    setattr(page._settings, name, value)
    page.refresh()
    assert row._back.isVisible()
    row._back.click()
    assert chosen[-1] == (name, getattr(Settings(), name))


def test_a_word_finds_rows(page: SettingsPage) -> None:
    page.search.setText("crash")
    shown = [name for name, row in page.rows.items() if row.isVisible()]
    assert shown == ["autosave_minutes"]
    page.search.setText("no such thing")
    assert page._none.isVisible()
    page.search.setText("")
    assert all(row.isVisible() for row in page.rows.values())


@pytest.fixture
def settings_part(desk: Any) -> Iterator[Any]:
    yield desk.window.shell.parts["settings"]
    set_threads(0)
    logging.getLogger().setLevel(logging.WARNING)


def test_changes_count_at_once(desk: Any, settings_part: Any) -> None:
    from app import theme

    told: list[str] = []
    settings_part.changed.connect(told.append)
    desk.run("settings.set", "theme light")
    assert not theme.current().dark
    desk.run("settings.set", "threads 1")
    assert threads() == 1
    desk.run("settings.set", "device cpu")
    assert desk.lab.device == "cpu"
    desk.run("settings.set", "log_level debug")
    assert logging.getLogger().level == logging.DEBUG
    desk.run("settings.set", "autosave_minutes 7")
    part = desk.window.shell.parts["session"].autosave
    part._look()
    assert part.due.every == 420.0
    assert told == ["theme", "threads", "device", "log_level", "autosave_minutes"]
    for words in ("threads many", "threads -1", "theme purple", "no_such 3", "scale 7"):
        with pytest.raises(BadInput):
            desk.run("settings.set", words)
    assert desk.window.settings.threads == 1

    # The page shows what the script did, and all go back together.
    desk.run("settings.open", "thread")
    page = settings_part.page
    assert page.rows["threads"].control.value() == 1
    page.rows["threads"].control.setValue(2)
    assert desk.window.settings.threads == 2
    (reset,) = [b for b in page.findChildren(QPushButton) if b.text() == "Reset all..."]
    reset.click()
    desk.window.settings.favourites = ["life/gosper-gun"]
    (box,) = page.findChildren(QMessageBox)
    (sure,) = [b for b in box.buttons() if b.text() == "Reset"]
    sure.click()
    assert theme.current().dark
    fresh = Settings()
    for name in rows():
        assert getattr(desk.window.settings, name) == getattr(fresh, name), name
    assert desk.window.settings.favourites == []
    page.accept()
    assert settings_part.page is None
