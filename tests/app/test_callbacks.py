"""A result comes to whoever asked for it, unless that is gone."""

from __future__ import annotations

from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from app.callbacks import deliver


class Asker(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def hear(self, *results: Any) -> None:
        self.heard.append(results)


def test_a_result_is_handed_on_while_the_asker_lives(qapp: Any) -> None:
    asker, plain = Asker(), []
    deliver(asker.hear, 1)
    deliver(partial(asker.hear, 2), 3)
    deliver(plain.append, 4)
    assert asker.heard == [(1,), (2, 3)]
    assert plain == [4]
    shiboken6.delete(asker)
    deliver(asker.hear, 5)
    deliver(partial(asker.hear, 6), 7)
    assert asker.heard == [(1,), (2, 3)]
