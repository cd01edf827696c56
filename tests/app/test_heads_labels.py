"""Labels of tokens: every so many of them, never one over another."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app import theme
from app.viewports import heads_labels
from app.viewports.heads_labels import draw_labels, plan_labels

STATES = tuple(f"s{n}" for n in range(1, 31))
LETTERS = tuple("2du.fVZ8axb" * 6)
WORDS = ("a long word", "another word", "a third one") * 10
PITCHES = (2.0, 4.8, 7.7, 9.0, 10.0, 12.0, 16.0, 24.0, 30.0, 60.0)


def metrics() -> QFontMetricsF:
    return QFontMetricsF(heads_labels._face())


@pytest.mark.parametrize("labels", [STATES, LETTERS, WORDS], ids=["states", "letters", "words"])
@pytest.mark.parametrize("pitch", PITCHES)
def test_neighbours_have_room(qapp: QApplication, labels: tuple[str, ...], pitch: float) -> None:
    plan = plan_labels(labels, pitch)
    ink = metrics().tightBoundingRect("s30").height()
    widest = min(max(metrics().horizontalAdvance(one) for one in labels), heads_labels.LONGEST)
    needed = ink + 2 if plan.upright else widest
    assert plan.every * pitch >= needed
    assert plan_labels(labels, pitch, down=True).every * pitch >= ink + 2


def test_short_names_stand_level_every_so_many(qapp: QApplication) -> None:
    plan = plan_labels(STATES, 10.0)
    assert (plan.every, plan.upright) == (3, False)
    assert plan_labels(STATES, 24.0).every == 1
    assert plan_labels(WORDS, 12.0).upright
    assert not plan_labels(WORDS, 90.0).upright


def test_what_is_pointed_at_has_room_among_them(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")  # type: ignore[arg-type]
    image = QImage(320, 24, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    plan = plan_labels(STATES, 10.0)
    draw_labels(painter, STATES, plan, QPointF(10, 20), QPointF(10, 0), strong=(4,))
    painter.end()
    inked = [any(QColor(image.pixel(x, y)).lightness() > 60 for y in range(24)) for x in range(320)]
    # s5 stands at 50; s4 and s7 at 40 and 70 would run into it.
    assert any(inked[44:56])
    assert not any(inked[60:80])
    assert any(inked[92:108])
