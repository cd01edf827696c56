"""Everything that lasts has a row with what, how far, how long, and Cancel."""

from __future__ import annotations

from typing import Any

from app.activities import ActivityPanel, words_of_time
from app.notices import Activities
from engine.core.activity import Activity
from engine.core.errors import Cancelled


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_row_says_how_far_it_is_and_how_long_it_takes(qtbot: Any) -> None:
    clock, activities = Clock(), Activities()
    panel = ActivityPanel(activities)
    qtbot.addWidget(panel)
    activity = Activity("Rendering", clock=clock)
    activities.add(activity)
    for done in range(0, 50, 10):
        activity.progress(done, 100, "frame")
        clock.now += 10.0
    panel._refresh()
    (row,) = panel._rows.values()
    assert row._note.text() == "40%  frame  50 s, 1 min 20 s left"
    assert panel._hint.isHidden()
    assert panel._beat.isActive()
    row._cancel.click()
    assert activity.cancelled
    assert not row._cancel.isEnabled()
    assert row._cancel.text() == "Stopping..."
    activity.fail(Cancelled("Rendering"))
    assert not panel._rows
    assert not panel._beat.isActive()


def test_work_that_cannot_be_stopped_offers_no_cancel(qtbot: Any) -> None:
    activities = Activities()
    panel = ActivityPanel(activities)
    qtbot.addWidget(panel)
    activity = Activity("Loading", cancellable=False)
    activities.add(activity)
    assert next(iter(panel._rows.values()))._cancel.isHidden()
    activity.finish()


def test_what_keeps_its_work_says_so_on_its_button(qtbot: Any) -> None:
    activities = Activities()
    panel = ActivityPanel(activities)
    qtbot.addWidget(panel)
    activity = Activity("Recording film.mp4", stop="Finish")
    activities.add(activity)
    (row,) = panel._rows.values()
    assert row._cancel.text() == "Finish"
    assert row._cancel.accessibleName() == "Finish Recording film.mp4"
    activity.finish()


def test_times_in_words() -> None:
    assert words_of_time(3.2, None) == "3 s"
    assert words_of_time(65, 4000) == "1 min 05 s, 1 h 06 min left"


def test_a_world_in_the_making_is_listed_and_cancelling_closes_it(desk: Any) -> None:
    from engine.core.spec import Spec

    world = desk.lab.open(Spec("life"), "Slow life", replace=False)
    (activity,) = desk.window.jobs.under_way.running()
    assert activity.title == "Building Slow life"
    desk.window.jobs.under_way.cancel(activity)
    assert world not in desk.lab.worlds
    assert desk.window.jobs.under_way.running() == ()
    desk.open("life")
    desk.until(lambda: not desk.window.jobs.under_way.running(), "an empty list")
