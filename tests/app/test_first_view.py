"""A preset opens on the view that tells its story, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.core import registry
from engine.core.presets import Entry, Preset, describe

TOY = Path(__file__).with_name("toys") / "figures.py"


@pytest.fixture
def opened(
    plugin: Callable[..., str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str | None], Any]:
    """Open a preset of the toy that names a view."""
    plugin("figures", TOY.read_text("utf-8"), "Figures")
    desk = request.getfixturevalue("desk")
    find = registry.entry

    def open_preset(view: str | None) -> Any:
        known = describe(registry.system_class("figures"))
        preset = Preset("story", "Story", "Look.", view=view)
        entry = Entry(known.info, known.schema, (preset,))
        monkeypatch.setattr(
            registry, "entry", lambda slug: entry if slug == "figures" else find(slug)
        )
        desk.lab.open_preset("figures", "story", replace=False)
        desk.alive()
        return desk

    return open_preset


def front(desk: Any) -> str:
    return desk.page.titles()[desk.page._tabs.currentIndex()]


@pytest.mark.parametrize("word", ["Training", "training"])
def test_the_view_is_named_by_its_title_or_its_name(
    opened: Callable[[str | None], Any], word: str
) -> None:
    assert front(opened(word)) == "Training"


def test_without_one_the_first_view_is_shown(opened: Callable[[str | None], Any]) -> None:
    desk = opened(None)
    assert front(desk) == "Prompt"
    assert desk.window.docks.bottom.isHidden()


def test_it_is_chosen_once_and_then_the_user_chooses(
    opened: Callable[[str | None], Any],
) -> None:
    desk = opened("Training")
    desk.page.choose(1)
    desk.world.set_param("rate", 0.7)
    desk.settle()
    assert front(desk) == "Weights"


def test_a_story_in_the_bottom_panel_opens_it(opened: Callable[[str | None], Any]) -> None:
    desk = opened("Loss by position")
    bottom = desk.window.bottom
    assert front(desk) == "Prompt"
    assert not desk.window.docks.bottom.isHidden()
    assert bottom.tabText(bottom.currentIndex()) == "Loss by position"


def test_the_bottom_panel_goes_with_the_story_unless_the_hand_took_it(
    opened: Callable[[str | None], Any],
) -> None:
    desk = opened("Loss by position")
    bottom, dock = desk.window.bottom, desk.window.docks.bottom
    desk.open("life")
    assert dock.isHidden()
    desk = opened("Loss by position")
    bar = bottom.tabBar()
    desk.click(bar, bar.tabRect(bar.currentIndex()).center())
    desk.open("life")
    assert not dock.isHidden()
    assert bottom.tabText(bottom.currentIndex()) == "Plots"  # not whatever stands beside it
