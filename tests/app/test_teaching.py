"""What the window says and shows of a world that learns: how to begin, and what is compared."""

from __future__ import annotations

from typing import Any


def test_a_world_that_knows_nothing_says_how_to_teach_it(desk: Any) -> None:
    desk.open("mesh-nca", vertices=642, training_vertices=1442, patch_pixels=32, cached_patches=4)
    desk.until(lambda: "Press Train (T)" in desk.page.overlay.hint, "the invitation")
    assert "picture" in desk.page.overlay.hint
    desk.run("train.toggle")
    desk.until(lambda: desk.state.training, "training")
    desk.until(lambda: desk.page.overlay.hint == "", "no invitation")
    desk.run("train.toggle")
    desk.until(lambda: not desk.state.training, "rest")


def test_a_trained_world_does_not_ask_for_teaching(desk: Any) -> None:
    desk.lab.open_preset("mesh-nca", "stripes")
    desk.alive()
    assert "Train" not in desk.page.overlay.hint


def test_views_of_something_else_take_no_brushes(desk: Any) -> None:
    desk.open("mesh-nca", vertices=642)
    assert len(desk.viewport.tools.brushes) > 1
    desk.page._tabs.setCurrentIndex(1)
    assert desk.viewport.name == "batch"
    assert desk.viewport.tools.brushes == ()
    desk.until(lambda: desk.viewport.view is not None, "the target")
    place = desk.viewport.placement()
    title = desk.page.overlay.title
    assert place.point_of(0, 0)[1] >= title.geometry().bottom()
    desk.page._tabs.setCurrentIndex(0)
    assert len(desk.viewport.tools.brushes) > 1


def test_the_training_panel_has_a_target_and_a_batch_only_where_there_are_some(desk: Any) -> None:
    panel = desk.window.controls.training
    desk.open("induction", width=32, heads=2, batch=4)
    desk.until(panel.isVisible, "the panel")
    assert panel._hint.isVisible()
    for part in (panel._target, panel._name, panel._batch):
        assert not part.isVisible()
    assert "target" not in panel._hint.text()
    assert panel._hint.y() < 24  # nothing above it takes room
    desk.open("mesh-nca", vertices=642)
    desk.until(lambda: panel._target.isVisible() and panel._batch.isVisible(), "target and batch")
    assert panel._name.isVisible()
