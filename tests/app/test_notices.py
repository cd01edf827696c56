"""Notices come from any thread, replace one another by their key, and carry what a report needs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject

from app.notices import Activities, Notice, Notify, details_of, words_of
from app.private import without_folders
from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled


class Receiver(QObject):
    """Keeps what it is told, and the thread it is told in."""

    def __init__(self, notify: Notify) -> None:
        super().__init__()
        self.notices: list[Notice] = []
        self.threads: list[threading.Thread] = []
        notify.told.connect(self.take)

    def take(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.threads.append(threading.current_thread())


@pytest.fixture
def notify(qapp: Any) -> Notify:
    return Notify()


@pytest.fixture
def told(notify: Notify) -> Receiver:
    return Receiver(notify)


def test_a_notice_of_another_thread_is_shown_in_the_windows_thread(
    notify: Notify, told: Receiver
) -> None:
    thread = threading.Thread(target=lambda: notify.say(Notice("from afar")))
    thread.start()
    thread.join()
    assert told.notices == []
    QCoreApplication.processEvents()
    assert [notice.text for notice in told.notices] == ["from afar"]
    assert told.threads == [threading.main_thread()]


def test_an_error_of_ours_carries_its_traceback_and_one_of_the_users_its_path(
    notify: Notify, told: Receiver
) -> None:
    try:
        raise KeyError("nobody")
    except KeyError as error:
        notify.error(error)
    key = notify.error(BadInput("it is broken", path="/far/away/cat.png", remedy="Use another"))
    notify.error(Cancelled("stopped"))
    notices = told.notices
    assert len(notices) == 2
    assert "Traceback" in notices[0].details
    assert notices[1].text == "cat.png: it is broken. Use another."
    assert notices[1].key == key
    assert "/far/away/cat.png" in notices[1].details
    assert "Traceback" not in notices[1].details


def test_the_cause_of_a_users_error_is_told() -> None:
    error = BadInput("no number")
    error.__cause__ = ValueError("invalid literal")
    assert words_of(error) == "no number."
    assert details_of(error) == "Cause: ValueError: invalid literal"


def test_activities_leave_when_they_end_whichever_thread_ends_them(qapp: Any) -> None:
    activities = Activities()
    first, second = Activity("first"), Activity("second")
    for activity in (first, second, first):
        activities.add(activity)
    assert activities.running() == (first, second)
    thread = threading.Thread(target=first.finish)
    thread.start()
    thread.join()
    QCoreApplication.processEvents()
    assert activities.running() == (second,)
    asked: list[Activity] = []
    activities.cancelled.connect(asked.append)
    activities.cancel(second)
    assert second.cancelled
    assert asked == [second]
    second.fail(Cancelled("second"))
    assert activities.running() == ()
    ended = Activity("ended")
    ended.finish()
    activities.add(ended)
    assert activities.running() == ()
    activities.close()


HOME = str(Path.home())
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{HOME}/secret project/cat.png is broken", ".../cat.png is broken"),
        ("File /media/somebody/disk/cat.png: no", "File .../cat.png: no"),
        (r"C:\Users\somebody\cat.png", ".../cat.png"),
        (f'File "{ROOT}/engine/core/grid.py", line 3', 'File "engine/core/grid.py", line 3'),
        ('File "/x/lib/python3/site-packages/numpy/core.py"', 'File "numpy/core.py"'),
        ("3 steps/s, 1/2 of it, and/or", "3 steps/s, 1/2 of it, and/or"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        (HOME, "~"),
    ],
)
def test_folders_are_left_out_of_what_is_handed_on(text: str, shown: str) -> None:
    if "secret project" in text:
        # The blank ends the path; no folder of the user's is told all the same.
        assert HOME not in without_folders(text)
        return
    assert without_folders(text) == shown
