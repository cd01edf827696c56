"""How the program looks: colours, fonts, sizes and icons, in two themes.

Panels name no colour, size or font: they take tokens from here. The theme in force is a property of
the application, so that there is no global of ours; widgets that paint themselves follow
`PaletteChange`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

import resources
from app.style_sheet import style_sheet
from engine.core.courtesy import please

__all__ = [
    "CONTROL",
    "DARK",
    "GAP",
    "LIGHT",
    "PADDING",
    "RADIUS",
    "ROW",
    "UNIT",
    "Theme",
    "apply",
    "colour",
    "current",
    "font",
    "icon",
    "kind_colour",
    "named",
    "pixmap",
]

UNIT = 4
ROW = 28
CONTROL = 24
PADDING = 12
GAP = 16
RADIUS = 4

FontRole = Literal["body", "strong", "caption", "title", "mono", "number"]
_PROPERTY = "primordiaTheme"


@dataclass(frozen=True)
class Theme:
    """The colour tokens of one theme.

    The contrast of `text` on `panel` is at least 7:1, that of `dim` 4.5:1.
    """

    name: str
    dark: bool
    ground: str
    panel: str
    control: str
    line: str
    text: str
    dim: str
    accent: str
    train: str
    danger: str
    info: str
    loop: str

    @property
    def on_accent(self) -> str:
        """Text and icons upon a filled accent."""
        return "#0b1512" if self.dark else "#ffffff"

    def ground_rgb(self) -> tuple[int, int, int]:
        """Colour behind transparent worlds as integers."""
        ground = QColor(self.ground)
        return ground.red(), ground.green(), ground.blue()


DARK = Theme(
    name="dark",
    dark=True,
    ground="#0f1115",
    panel="#16191f",
    control="#1f242d",
    line="#2c323d",
    text="#e8ebf0",
    dim="#9aa4b4",
    accent="#3fc7a0",
    train="#f0b24a",
    danger="#f06a6a",
    info="#6ea8fe",
    loop="#e27bc8",
)
LIGHT = Theme(
    name="light",
    dark=False,
    ground="#e9ebef",
    panel="#f6f7f9",
    control="#ffffff",
    line="#d5d9e1",
    text="#1a1e26",
    dim="#566071",
    accent="#0b7f63",
    train="#9a6200",
    danger="#b3261e",
    info="#1f5fbf",
    loop="#9c2a83",
)
_THEMES = {"dark": DARK, "light": LIGHT}


def current() -> Theme:
    """Return the theme in force."""
    application = QApplication.instance()
    name = application.property(_PROPERTY) if application is not None else None
    return _THEMES.get(str(name), DARK)


def named(name: str, scheme: Qt.ColorScheme | None = None) -> Theme:
    """Return the theme that is meant by "dark", "light" or "system".

    `scheme` is the system's, asked for if it is not given; a system that does not say is dark.
    """
    if name == "system":
        scheme = scheme if scheme is not None else QGuiApplication.styleHints().colorScheme()
        name = "light" if scheme == Qt.ColorScheme.Light else "dark"
    return _THEMES.get(name, DARK)


def apply(application: QApplication, name: str, scheme: Qt.ColorScheme | None = None) -> Theme:
    """Dress the application in one of the themes that `named` knows."""
    theme = named(name, scheme)
    with please():
        if application.property(_PROPERTY) is None:  # once: it polishes every widget, too
            application.setStyle("Fusion")
        application.setProperty(_PROPERTY, theme.name)
        application.setFont(font("body"))
        application.setPalette(_palette(theme))
        application.setStyleSheet(style_sheet(theme, RADIUS))
    return theme


def colour(role: str) -> QColor:
    """Return a token of the current theme as a colour."""
    return QColor(str(getattr(current(), role)))


_KINDS = {"move": "info", "arithmetic": "train", "copy": "accent", "loop": "loop", "data": "text"}


def kind_colour(kind: str) -> QColor:
    """Return the hue of a family of instructions (`engine.core.programs.Alphabet.kinds`)."""
    return colour(_KINDS.get(kind, "dim"))


@cache
def _families() -> tuple[str, str, str]:
    names: dict[str, str] = {}
    for path in sorted((resources.ROOT / "fonts").glob("*.?tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        found = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
        names.update({name.lower(): name for name in found})
    body = names.get("inter", "sans-serif")
    return body, names.get("inter semibold", body), names.get("jetbrains mono", "monospace")


def font(role: FontRole = "body") -> QFont:
    """Return a font of one of the roles; numbers have figures of equal width."""
    return QFont(_face(role))  # a copy: callers change it


@cache
def _face(role: FontRole) -> QFont:
    body, strong, mono = _families()
    heavy = role in ("title", "strong")
    face = QFont(mono if role == "mono" else strong if heavy else body)
    face.setPixelSize({"caption": 11, "title": 15, "mono": 12}.get(role, 13))
    face.setWeight(QFont.Weight.DemiBold if heavy else QFont.Weight.Normal)
    if role == "mono":
        face.setStyleHint(QFont.StyleHint.Monospace)
        # No ligatures: every character of a program is one byte.
        face.setFeature(QFont.Tag("calt"), 0)
    else:
        # Figures of equal width, so that nothing jumps while a number changes.
        face.setFeature(QFont.Tag("tnum"), 1)
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return face


def icon(name: str, role: str = "text", size: int = 16) -> QIcon:
    """Return a Lucide icon tinted by a token, dim where disabled.

    It is drawn for the pixels of every screen there is, so that none shows it stretched.
    """
    theme = current()
    return QIcon(_icon(name, str(getattr(theme, role)), theme.line, size, tuple(_ratios())))


@cache
def _icon(name: str, tint: str, disabled: str, size: int, ratios: tuple[float, ...]) -> QIcon:
    """Put an icon together once: a change of theme asks for hundreds."""
    result = QIcon()
    for ratio in ratios:
        pixels = round(size * ratio)
        result.addPixmap(_draw(name, tint, pixels))
        result.addPixmap(_draw(name, disabled, pixels), QIcon.Mode.Disabled)
    return result


def _ratios() -> list[float]:
    """Pixel ratios to draw for: those of the screens, and twice as many for one that is added."""
    found = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return sorted(found | {1.0, 2.0})


def pixmap(name: str, role: str = "text", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return a tinted icon as a pixmap for a screen of the given pixel ratio."""
    image = QPixmap(_draw(name, str(getattr(current(), role)), round(size * ratio)))
    image.setDevicePixelRatio(ratio)
    return image


@cache
def _draw(name: str, tint: str, size: int) -> QPixmap:
    source = (resources.ROOT / "icons" / f"{name}.svg").read_text("utf-8")
    source = source.replace("currentColor", tint)
    image = QPixmap(QSize(size, size))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, token in (
        (role.Window, theme.panel),
        (role.Base, theme.control),
        (role.AlternateBase, theme.panel),
        (role.Button, theme.control),
        (role.ToolTipBase, theme.control),
        (role.Highlight, theme.accent),
        (role.Accent, theme.accent),
        (role.Link, theme.info),
    ):
        palette.setColor(name, QColor(token))
    for name in (role.WindowText, role.Text, role.ButtonText, role.ToolTipText):
        palette.setColor(name, QColor(theme.text))
    palette.setColor(role.HighlightedText, QColor(theme.on_accent))
    palette.setColor(role.PlaceholderText, QColor(theme.dim))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.dim))
    for name, token in (
        (role.Light, theme.line),
        (role.Midlight, theme.line),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.ground),
    ):
        palette.setColor(name, QColor(token))
    return palette
