"""The words of a comparison, and what its line above offers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from app.viewports.compare_bar import MODES, CompareBar
from app.viewports.compare_story import Story
from engine.core.commands import Play
from engine.core.difference import Difference
from engine.core.views import ImageView

_NOTHING = ImageView(step=0, data=np.zeros((1, 1), np.float32), extent=(1, 1), region=(0, 0, 1, 1))


def _found(differing: int) -> Difference:
    return Difference(_NOTHING, float(differing > 0), 0.25, differing, 1000, "cells")


def test_the_first_difference_is_remembered() -> None:
    story = Story()
    story.take(_found(0), 10)
    assert story.words(_found(0)) == "Equal to the bit in what is shown"
    story.take(_found(0), 20)
    story.take(_found(7), 21)
    assert story.words(_found(7)) == (
        "7 of 1,000 cells differ (0.70%), largest 1, mean 0.25; first at step 21"
    )
    story.take(_found(0), 30)  # they came together again
    assert "differed from step 21" in story.words(_found(0))


def test_between_two_looks_nobody_knows() -> None:
    story = Story()
    story.take(_found(0), 10)
    story.take(_found(1), 50)
    assert story.words(_found(1)).endswith("first between step 11 and 50")


def test_going_back_before_it_begins_anew() -> None:
    story = Story()
    story.take(_found(1), 50)
    story.take(_found(0), 20)
    story.take(_found(1), 22)
    assert (story.first, story.equal) == (22, 20)
    story.begin()
    assert "first" not in story.words(_found(1))


@pytest.fixture
def bar(qapp: QApplication) -> Iterator[CompareBar]:
    bar = CompareBar()
    bar.show()
    yield bar
    bar.close()
    bar.deleteLater()


def test_modes_are_chosen_one_at_a_time(bar: CompareBar) -> None:
    chosen: list[str] = []
    bar.mode_chosen.connect(chosen.append)
    for mode in MODES:
        bar.buttons[mode].click()
        bar.set_mode(mode)
        assert bar.slider.isVisible() == (mode == "wipe")
        assert sum(button.isChecked() for button in bar.buttons.values()) == 1
    assert chosen == list(MODES)
    bar.set_wipes(False)
    assert not bar.buttons["wipe"].isEnabled()
    assert "pictures" in bar.buttons["wipe"].toolTip()


def test_views_are_offered_where_there_are_several(bar: CompareBar) -> None:
    told: list[Any] = []
    bar.view_chosen.connect(told.append)
    bar.set_views(["World"], "")
    assert not bar.views.isVisible()
    assert bar.view == "World"
    bar.set_views(["World", "Memory"], "Memory")
    assert bar.views.isVisible()
    assert bar.view == "World"  # what was chosen stays
    bar.views.setCurrentIndex(1)
    assert told == ["Memory"]
    bar.set_views(["Other"], "")
    assert bar.view == "Other"


def test_a_picture_of_a_comparison_shows_the_difference(desk: Any, tmp_path: Path) -> None:
    first = desk.open("life", width=80, height=64)
    desk.run("link.compare-copy")
    comparisons = desk.window.shell.parts["links"].comparisons
    desk.until(lambda: comparisons and comparisons[0].page.shown is not None, "a difference")
    (made,) = comparisons
    desk.window.workspace.turn_to(made)
    path = tmp_path / "difference.png"
    desk.run("file.screenshot", f"{path} 1 opaque")
    desk.until(lambda: any("Saved" in words for words in desk.toasts()), "the picture")
    assert not path.with_name(path.name + ".json").exists()
    with Image.open(path) as picture:
        assert picture.size == (80, 64)
        colours = np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)
        assert len(colours) == 1  # equal worlds: nothing to see
    desk.window.shell.parts["links"].unlink(first)
    desk.until(lambda: made.page.link is None, "no link")
    assert not made.page._overlay.transport.isEnabled()
    assert not made.page.viewport.tools.brushes


def test_of_a_comparison_the_world_that_is_meant_is_filmed(desk: Any, tmp_path: Path) -> None:
    first = desk.open("life", width=80, height=64)
    desk.run("link.compare-copy")
    comparisons = desk.window.shell.parts["links"].comparisons
    desk.until(lambda: comparisons, "the comparison")
    (made,) = comparisons
    desk.until(lambda: made.page.shown is not None, "a difference")
    second = made.pair[1] if made.pair[0] is first else made.pair[0]
    assert made.pair == (first, second)
    desk.lab.select(first)
    desk.window.workspace.turn_to(made)

    def offered() -> Any:
        desk.run("record.start")
        (dialog,) = desk.dialogs("RecordDialog")
        assert dialog._worlds.isVisible()
        names = [dialog._worlds.itemText(n) for n in range(dialog._worlds.count())]
        assert names == [f"A: {first.title}", f"B: {second.title}"]
        return dialog

    for mode, place in (("first", 0), ("second", 1), ("difference", 0)):
        made.page.set_mode(mode)
        dialog = offered()
        assert dialog.world() == place, mode
        dialog.reject()
        desk.until(lambda: not desk.dialogs("RecordDialog"), "the end")

    desk.run("record.start", f"{tmp_path / 'b.gif'} fps=20 world=b")
    desk.until(lambda: second.state.recording is not None, "the film of the second")
    assert first.state.recording is None
    assert desk.lab.world is first
    first.submit(Play())
    desk.until(lambda: second.state.recording.frames > 2, "frames")
    desk.run("record.stop")
    desk.until(lambda: "Recorded b.gif" in desk.toasts(), "the film")
    desk.run("record.start", f"{tmp_path / 'c.gif'} world=c")
    desk.until(lambda: any("no world 'c'" in words for words in desk.toasts()), "the reason")
    desk.window.workspace.turn_to(first)
    desk.run("record.start")
    (dialog,) = desk.dialogs("RecordDialog")
    assert not dialog._worlds.isVisible(), "one world is no question"
    dialog.reject()
