"""The looks: promised contrast holds, icons fit every screen, "system" is followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPixmap

import resources
from app import theme
from app.theme import DARK, LIGHT, Theme

THEMES = (DARK, LIGHT)
TONES = ("accent", "train", "danger", "info", "loop")


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = QColor(colour).getRgbF()[:3]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_words_are_readable(look: Theme) -> None:
    for ground in (look.panel, look.control):
        assert _contrast(look.text, ground) >= 7.0
        assert _contrast(look.dim, ground) >= 4.5
        for tone in TONES:
            assert _contrast(getattr(look, tone), ground) >= 4.5, tone
    assert _contrast(look.dim, look.ground) >= 4.5
    assert _contrast(look.on_accent, look.accent) >= 4.5
    # What has the keyboard wears the accent: it must stand out from what is around it.
    assert _contrast(look.accent, look.line) >= 3.0


def _pixels(pixmap: QPixmap) -> NDArray[np.uint8]:
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 4 * image.width()].copy()


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("size", [12, 16])
def test_icons_are_drawn_for_the_pixels_of_the_screen(
    qapp: Any, ratio: float, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme, "_ratios", lambda: sorted({1.0, 2.0, ratio}))
    icon = theme.icon("search", "text", size)
    shown = icon.pixmap(QSize(size, size), ratio)
    exact = theme.pixmap("search", "text", size, ratio)
    assert shown.width() == round(size * ratio)
    assert np.array_equal(_pixels(shown), _pixels(exact))


def test_the_ratios_of_all_screens_are_drawn_for(qapp: Any) -> None:
    ratios = theme._ratios()
    assert {screen.devicePixelRatio() for screen in QGuiApplication.screens()} <= set(ratios)
    assert {1.0, 2.0} <= set(ratios)


def test_every_icon_is_of_the_family() -> None:
    files = sorted((resources.ROOT / "icons").glob("*.svg"))
    assert len(files) > 90
    for file in files:
        text = file.read_text("utf-8")
        if file.stem != "primordia":
            assert 'viewBox="0 0 24 24"' in text, file.stem
            assert 'stroke="currentColor" stroke-width="1.5"' in text, file.stem


def test_the_system_decides_where_it_says_and_dark_where_not() -> None:
    assert theme.named("system", Qt.ColorScheme.Light) is LIGHT
    assert theme.named("system", Qt.ColorScheme.Dark) is DARK
    assert theme.named("system", Qt.ColorScheme.Unknown) is DARK
    assert theme.named("light", Qt.ColorScheme.Dark) is LIGHT
    assert theme.named("no such theme") is DARK


def test_a_change_of_the_system_is_followed_only_if_wanted(desk: Any) -> None:
    hints = QGuiApplication.styleHints()
    desk.run("view.theme", "system")
    assert theme.current() is DARK
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is LIGHT
    assert desk.window.settings.theme == "system"
    window = desk.window.palette().window().color().name()
    assert window == LIGHT.panel
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.current() is DARK
    desk.run("view.theme", "dark")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is DARK
