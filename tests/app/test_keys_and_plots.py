"""Keys that a focused control keeps, and plots that tell the truth after a theme change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

from app import theme
from app.keys import KeyGuard

NONE = Qt.KeyboardModifier.NoModifier


def overridden(guard: KeyGuard, widget: QWidget, key: Qt.Key) -> bool:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, NONE)
    event.ignore()
    return guard.eventFilter(widget, event) and event.isAccepted()


def test_a_list_keeps_the_arrows_and_space(qtbot: Any) -> None:
    guard, combo, line = KeyGuard(), QComboBox(), QLineEdit()
    qtbot.addWidget(combo)
    qtbot.addWidget(line)
    assert overridden(guard, combo, Qt.Key.Key_Right)
    assert overridden(guard, combo, Qt.Key.Key_Space)
    assert not overridden(guard, combo, Qt.Key.Key_T)
    assert not overridden(guard, line, Qt.Key.Key_Right)


def test_the_axis_never_scales_its_numbers(qtbot: Any) -> None:
    from app.widgets.plot import Plot

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, "dark")
    plot = Plot("step", "mean alpha", role="accent")
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.show()
    qtbot.waitExposed(plot)
    plot.set_curves({"mean alpha": (np.arange(50.0), np.full(50, 0.08) + np.arange(50) * 1e-4)})
    theme.apply(application, "light")
    axis = plot._item.getAxis("left")
    qtbot.waitUntil(lambda: axis.range[1] < 0.2)
    axis.updateAutoSIPrefix()
    assert axis.autoSIPrefixScale == 1.0
    assert axis.tickStrings([0.08], axis.autoSIPrefixScale * axis.scale, 0.01) == ["0.08"]


@pytest.mark.parametrize("width", [90, 120, 200, 700])
@pytest.mark.parametrize("last", [3.0, 944.0, 131_072.0])
def test_the_numbers_along_the_bottom_never_run_together(
    qtbot: Any, width: int, last: float
) -> None:
    from PySide6.QtGui import QFontMetricsF

    from app.widgets.plot import LABEL_GAP, Plot

    plot = Plot("step", "mean alpha", role="accent")
    qtbot.addWidget(plot)
    axis = plot._item.getAxis("bottom")
    ((spacing, ticks),) = axis.tickValues(-0.02 * last, 1.02 * last, width)
    words = axis.tickStrings(ticks, 1.0, spacing)
    metrics = QFontMetricsF(theme.font("caption"))
    assert words
    if len(words) > 1:
        assert len(words) * (max(map(metrics.horizontalAdvance, words)) + LABEL_GAP) <= width
    if width >= 120 and last < 1000:
        assert len(words) > 1
