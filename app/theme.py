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
    if application.property(_PROPERTY) is None:  # once: it polishes every widget, too
        application.setStyle("Fusion")
    application.setProperty(_PROPERTY, theme.name)
    application.setFont(font("body"))
    application.setPalette(_palette(theme))
    application.setStyleSheet(_style_sheet(theme))
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
    tint = str(getattr(theme, role))
    result = QIcon()
    for ratio in _ratios():
        pixels = round(size * ratio)
        result.addPixmap(_draw(name, tint, pixels))
        result.addPixmap(_draw(name, theme.line, pixels), QIcon.Mode.Disabled)
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


def _blend(over: str, under: str, share: float) -> str:
    """Mix two colours, so that a tint stays opaque and readable."""
    top, bottom = QColor(over), QColor(under)
    pairs = ((getattr(top, part)(), getattr(bottom, part)()) for part in ("red", "green", "blue"))
    return QColor(*(round(a * share + b * (1 - share)) for a, b in pairs)).name()


def _sign(name: str, theme: Theme) -> str:
    """Where a tinted sign lies that a style sheet can only take from a file."""
    return (resources.ROOT / "icons" / "controls" / f"{name}-{theme.name}.svg").as_posix()


def _style_sheet(theme: Theme) -> str:
    hover = QColor(theme.control).lighter(118).name() if theme.dark else "#eceff3"
    # No rule for all widgets: it would give each a palette of its own, at every change of theme.
    return f"""
QLabel[dim="true"], QToolButton[dim="true"] {{ color: {theme.dim}; }}
QLabel[role="train"] {{ color: {theme.train}; }}
QLabel[role="danger"] {{ color: {theme.danger}; }}
QLabel[role="info"] {{ color: {theme.info}; }}
QFrame#hairline {{ background: {theme.line}; border: none; }}
QToolButton#sectionTitle {{ font-weight: 600; padding: 4px; border: 1px solid transparent; }}
QToolButton#sectionTitle:hover, QToolButton#sectionTitle:checked {{ background: transparent; }}
QToolButton#sectionTitle:focus {{ border-color: {theme.accent}; }}
QFrame#pendingBar {{ background: {_blend(theme.train, theme.panel, 0.18)};
  border: none; border-radius: {RADIUS}px; }}
QFrame#pendingBar QPushButton {{ background: transparent; border: none; color: {theme.train};
  font-weight: 600; padding: 2px 4px; }}
QFrame#pendingBar QPushButton:focus {{ border: 1px solid {theme.train}; }}
QPushButton#pill {{ border-radius: 11px; padding: 2px 10px; font-size: 11px; }}
QPushButton#pill:checked {{ background: {theme.accent}; color: {theme.on_accent};
  border-color: {theme.accent}; }}
QPushButton#pill:focus {{ border-color: {theme.text}; }}
QPushButton#recording {{ color: {theme.danger}; border-color: {theme.danger};
  background: transparent; font-size: 11px; padding: 2px 10px; }}
QFrame#palette {{ background: {theme.panel}; border: 1px solid {theme.line};
  border-radius: {2 * RADIUS}px; }}
QFrame#palette QLineEdit {{ min-height: 24px; }}
QFrame#toast {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {RADIUS}px; }}
QMainWindow, QDialog {{ background: {theme.panel}; }}
QDialog {{ border: 1px solid {theme.line}; }}
QMainWindow::separator {{ background: {theme.line}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {theme.accent}; }}
QSplitter::handle {{ background: {theme.line}; }}
QSplitter::handle:hover {{ background: {theme.accent}; }}
QDockWidget {{ background: {theme.panel}; }}
QDockWidget > QWidget {{ background: {theme.panel}; }}
QToolTip {{ background: {theme.control}; color: {theme.text}; border: 1px solid {theme.line};
  padding: 4px 8px; }}
QMenuBar {{ background: {theme.panel}; border: none; padding: 0 4px; }}
QMenuBar::item {{ background: transparent; padding: 5px 8px; border-radius: {RADIUS}px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {theme.control}; border: 1px solid {theme.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: {RADIUS}px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
QMenu::item:disabled {{ color: {theme.dim}; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
QPushButton {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {RADIUS}px; padding: 3px 12px; min-height: 16px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:default {{ background: {theme.accent}; color: {theme.on_accent};
  border-color: {theme.accent}; font-weight: 600; }}
QPushButton:disabled {{ color: {theme.dim}; background: transparent; }}
QPushButton:focus, QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QToolButton:focus
  {{ border: 1px solid {theme.accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent;
  border-radius: {RADIUS}px; padding: 3px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked {{ background: {hover}; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit, QAbstractSpinBox, QComboBox {{ background: {theme.control};
  border: 1px solid {theme.line}; border-radius: {RADIUS}px; padding: 2px 6px; min-height: 18px;
  selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
QPlainTextEdit#longText {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {RADIUS}px; padding: 0 3px; selection-background-color: {theme.accent};
  selection-color: {theme.on_accent}; }}
QPlainTextEdit#longText:focus {{ border-color: {theme.accent}; }}
QPlainTextEdit#longText[wrong="true"] {{ border-color: {theme.danger}; }}
QPlainTextEdit, QTextBrowser, QListView, QTreeView, QTableView {{ background: {theme.panel};
  border: 1px solid transparent; selection-background-color: {theme.accent};
  selection-color: {theme.on_accent}; }}
QPlainTextEdit:focus, QTextBrowser:focus, QListView:focus, QTreeView:focus, QTableView:focus
  {{ border-color: {theme.accent}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: url("{_sign("chevron-down", theme)}"); width: 12px; height: 12px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 16px;
  background: transparent; }}
QAbstractSpinBox::up-arrow {{ image: url("{_sign("chevron-up", theme)}"); width: 10px;
  height: 10px; }}
QAbstractSpinBox::down-arrow {{ image: url("{_sign("chevron-down", theme)}"); width: 10px;
  height: 10px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QComboBox QAbstractItemView {{ background: {theme.control}; border: 1px solid {theme.line}; }}
QHeaderView::section {{ background: {theme.panel}; color: {theme.dim}; border: none;
  border-bottom: 1px solid {theme.line}; padding: 4px 3px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.line};
  border-radius: 3px; background: {theme.control}; }}
QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
  image: url("{_sign("check", theme)}"); }}
QCheckBox::indicator:focus {{ border-color: {theme.text}; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {theme.line};
  border-radius: 7px; background: {theme.control}; }}
QRadioButton::indicator:checked {{ background: {theme.accent}; border: 3px solid {theme.control};
  width: 8px; height: 8px; }}
QRadioButton:focus {{ color: {theme.accent}; }}
QCheckBox:focus {{ color: {theme.accent}; }}
QProgressBar {{ background: {theme.line}; border: none; border-radius: 2px; max-height: 4px;
  min-height: 4px; }}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; min-height: 24px;
  min-width: 24px; }}
QScrollBar::handle:hover {{ background: {theme.dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QStatusBar {{ background: {theme.panel}; border-top: 1px solid {theme.line}; }}
QStatusBar::item {{ border: none; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {theme.dim}; padding: 6px 12px; border: none; }}
QTabBar::tab:hover {{ color: {theme.text}; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; }}
QTabBar::tab:selected:focus {{ background: {hover}; color: {theme.accent}; }}
QTabBar#small::tab {{ font-size: 12px; padding: 4px 10px; }}
"""
