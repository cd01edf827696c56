"""The panels follow the world that is selected, and nothing of another one stays."""

from __future__ import annotations

import threading
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest


def test_a_pinned_cell_is_followed_and_let_go(desk: Any) -> None:
    world = desk.open("gray-scott", playing=True)
    inspector = desk.window.controls.inspector
    desk.viewport.set_tool("inspect")
    desk.click(desk.viewport, desk.point_of(100, 120))
    cell = desk.until(lambda: inspector._cell, "the pin")
    assert abs(cell[0] - 100) <= 1
    assert abs(cell[1] - 120) <= 1
    assert desk.viewport._pins == (cell,)
    desk.until(lambda: len(inspector._history.get("u", ())) > 3 or inspector._history, "values")
    desk.until(lambda: inspector._plot is not None and inspector._plot.isVisible(), "the plot")
    inspector._copy_values()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == len(world.views["world"].channels)
    assert all(float(line.split("\t")[1]) == float(line.split("\t")[1]) for line in lines)
    desk.click(inspector._release)
    assert inspector._cell is None
    assert desk.viewport._pins == ()
    assert not inspector._bars.isVisible()


def test_a_pin_does_not_outlive_a_change_of_world(desk: Any) -> None:
    first = desk.open("gray-scott")
    page = desk.page
    page.picked.emit((3, 4))
    assert page.viewport._pins == ((3, 4),)
    desk.open("life")
    assert page.viewport._pins == ()
    desk.lab.select(first)
    assert desk.window.controls.inspector._cell is None


def test_losses_of_another_world_do_not_stay(desk: Any) -> None:
    desk.open("growing-nca")
    world, training = desk.world, desk.window.controls.training
    for step in range(5):
        world._take_scalars([("training", step, {"loss": 0.1 / (step + 1)})])
    training._draw()
    desk.until(lambda: training.isVisible(), "the panel")
    training._dirty = True
    training._draw()
    assert training._plot.isVisible()
    assert training._loss.text() == "loss 2.00e-02"
    desk.open("texture-nca")
    desk.until(lambda: not training._plot.isVisible(), "no plot")
    assert training._loss.text() == ""
    assert training._hint.isVisible()
    desk.lab.select(world)
    desk.until(lambda: training._plot.isVisible(), "the plot again")
    world.unsaved = False


def test_metrics_are_drawn_when_the_panel_is_open(desk: Any) -> None:
    desk.open("life", playing=True)
    desk.run("view.bottom")
    metrics = desk.window.bottom.metrics
    desk.until(lambda: metrics.plots, "curves")
    desk.open("gray-scott")
    assert not metrics.plots or desk.world.series["world"]


def test_the_gallery_is_searched(desk: Any) -> None:
    gallery = desk.window.gallery
    tiles = gallery._list

    def shown() -> list[str]:
        found = [tiles.item(i) for i in range(tiles.count())]
        return [tile.text() for tile in found if not tile.isHidden()]

    every = shown()
    QTest.keyClicks(gallery._search, "gosper")
    assert 0 < len(shown()) < len(every)
    QTest.keyClicks(gallery._search, "xyzzy")
    assert shown() == []
    assert gallery._empty.isVisible()
    gallery._search.clear()
    assert shown() == every


def test_a_middle_click_opens_beside(desk: Any) -> None:
    desk.open("life")
    tiles = desk.window.gallery._list
    tile = tiles.item(0)
    tiles.scrollToItem(tile)
    at = tiles.visualItemRect(tile).center()
    QTest.mouseClick(
        tiles.viewport(), Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, at
    )
    assert len(desk.lab.worlds) == 2
    desk.alive()


def test_a_long_job_is_listed_and_cancelled(desk: Any) -> None:
    window, started = desk.window, threading.Event()
    results: list[Any] = []

    def work(activity: Any) -> None:
        started.set()
        while True:
            activity.check()
            activity.progress(1, 2, "sheep")
            threading.Event().wait(0.005)

    window.jobs.start(work, results.append, results.append, title="Counting sheep")
    desk.until(started.is_set, "the job")
    panel = window.bottom.activity
    row = desk.until(lambda: next(iter(panel._rows.values()), None), "its row")
    row._cancel.click()
    desk.until(lambda: not window.jobs.activities, "the end")
    assert not panel._rows
    assert results == []


def test_errors_stay_and_words_go_and_at_most_three_are_shown(desk: Any) -> None:
    from engine.core.errors import BadInput

    toasts = desk.window.toasts
    for number in range(5):
        desk.window.teller.tell(
            BadInput(f"number {number}", path=f"/a/b/f{number}.png", remedy="Do x")
        )
    assert desk.toasts() == [f"f{n}.png: number {n}. Do x." for n in (2, 3, 4)]
    for message in toasts.messages():
        assert not message._timer.isActive()
    desk.window.teller.tell(BadInput("number 4", path="/a/b/f4.png", remedy="Do x"))
    assert len(desk.toasts()) == 3
    toasts.show_message("done", "accent")
    assert toasts.messages()[-1]._timer.isActive()
    for message in toasts.messages():
        message.close_now()
    assert not toasts.isVisible()


def test_long_words_of_a_message_are_not_cut(desk: Any) -> None:
    from PySide6.QtWidgets import QLabel

    toasts = desk.window.toasts
    toasts.show_message("short", "info")
    toasts.show_message("so many words that they need several lines " * 4, "danger", details="x")
    toasts.show_message("some words that need no more than two lines of it, surely", "train")
    desk.quiet(0.05)
    for message in toasts.messages():
        words = next(label for label in message.findChildren(QLabel) if label.text())
        assert words.height() >= words.heightForWidth(words.width())
        assert words.height() < words.heightForWidth(words.width()) + 24
        assert message.geometry().bottom() <= toasts.height()
    assert toasts.geometry().bottom() < toasts.parentWidget().height()


def test_what_is_learnt_is_scrolled_to_when_it_begins(desk: Any) -> None:
    desk.open("growing-nca")
    controls = desk.window.controls
    controls.parameters._more.setChecked(True)  # a list that fills the window
    desk.window.resize(900, 520)
    controls.area.verticalScrollBar().setValue(0)
    desk.until(lambda: controls.training.visibleRegion().isEmpty(), "the parameters alone")
    desk.run("train.toggle")
    desk.until(lambda: not controls.training.visibleRegion().isEmpty(), "the training")
    controls.area.verticalScrollBar().setValue(0)
    desk.until(lambda: desk.state.updates > 1, "updates")
    assert controls.area.verticalScrollBar().value() == 0  # only once
    desk.run("train.toggle")
    desk.until(lambda: not desk.state.training, "rest")


def test_the_window_at_first_gives_most_room_to_the_picture(desk: Any) -> None:
    desk.open("mesh-nca", vertices=642)
    assert desk.window.size().width() == 1280
    assert desk.window.gallery.width() <= 232
    assert desk.window.page.width() * desk.window.page.height() > 1280 * 800 / 2
    buttons = desk.window.gallery._families.buttons()
    assert all(button.visibleRegion().boundingRect() == button.rect() for button in buttons)


def test_long_words_about_a_preset_are_not_cut(desk: Any) -> None:
    desk.window.resize(1280, 800)
    box = desk.window.gallery.look
    box.set_text("Words about a preset that are long. " * 7)
    QTest.qWait(20)
    label = box.widget()
    assert label.heightForWidth(box.viewport().width()) <= box.viewport().height()
    box.set_text("Words about a preset that are much too long. " * 30)
    QTest.qWait(20)
    assert box.verticalScrollBar().maximum() > 0
    assert box.height() < desk.window.gallery.height() / 3


def test_the_controls_of_another_world_are_shown_from_their_top(desk: Any) -> None:
    desk.open("growing-nca")
    desk.window.resize(900, 520)
    bar = desk.window.controls.area.verticalScrollBar()
    desk.until(lambda: bar.maximum() > 0, "something to scroll")
    bar.setValue(bar.maximum())
    desk.open("gray-scott")
    assert bar.value() == 0
