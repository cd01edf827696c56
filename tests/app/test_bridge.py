"""Numbers reach the window in batches and in order, however fast they come."""

from __future__ import annotations

import threading
from typing import Any

from app.bridge import Bridge
from engine.core.commands import Reply


def heard(bridge: Bridge) -> list[Any]:
    events: list[Any] = []
    bridge.scalars.connect(lambda batch: events.append([x for _, x, _ in batch]))
    bridge.replied.connect(lambda reply: events.append(reply.id))
    return events


def test_a_flood_of_numbers_is_few_events_and_loses_none(qtbot: Any) -> None:
    bridge = Bridge()
    events = heard(bridge)

    def flood() -> None:
        for step in range(20_000):
            bridge.listener.scalars(step, "training", {"loss": 0.5})

    thread = threading.Thread(target=flood)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(events))
    assert events == [list(range(20_000))]


def test_numbers_stay_on_their_side_of_a_reply(qtbot: Any) -> None:
    bridge = Bridge()
    events = heard(bridge)

    def tell() -> None:
        listener = bridge.listener
        listener.scalars(1, "world", {"a": 1.0})
        listener.scalars(2, "world", {"a": 1.0})
        listener.replied(Reply(id=77, step=2))
        listener.scalars(3, "world", {"a": 1.0})

    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(events) == 3)
    assert events == [[1, 2], 77, [3]]
    bridge.listener.scalars(4, "world", {"a": 1.0})
    qtbot.waitUntil(lambda: len(events) == 4)
    assert events[-1] == [4]
    bridge.close()
    bridge.listener.scalars(5, "world", {"a": 1.0})
    qtbot.wait(20)
    assert len(events) == 4
