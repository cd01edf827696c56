"""The style sheet: how the widgets of Qt look in the colours of a theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

import resources

if TYPE_CHECKING:
    from app.theme import Theme

__all__ = ["style_sheet"]


def _blend(over: str, under: str, share: float) -> str:
    """Mix two colours, so that a tint stays opaque and readable."""
    top, bottom = QColor(over), QColor(under)
    pairs = ((getattr(top, part)(), getattr(bottom, part)()) for part in ("red", "green", "blue"))
    return QColor(*(round(a * share + b * (1 - share)) for a, b in pairs)).name()


def _sign(name: str, theme: Theme) -> str:
    """Where a tinted sign lies that a style sheet can only take from a file."""
    return (resources.ROOT / "icons" / "controls" / f"{name}-{theme.name}.svg").as_posix()


def style_sheet(theme: Theme, radius: int) -> str:
    """Write the style sheet of a theme; `radius` is that of corners, in pixels."""
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
  border: none; border-radius: {radius}px; }}
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
  border-radius: {2 * radius}px; }}
QFrame#palette QLineEdit {{ min-height: 24px; }}
QFrame#toast {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {radius}px; }}
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
QMenuBar::item {{ background: transparent; padding: 5px 8px; border-radius: {radius}px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {theme.control}; border: 1px solid {theme.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: {radius}px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
QMenu::item:disabled {{ color: {theme.dim}; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
QPushButton {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {radius}px; padding: 3px 12px; min-height: 16px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:default {{ background: {theme.accent}; color: {theme.on_accent};
  border-color: {theme.accent}; font-weight: 600; }}
QPushButton:disabled {{ color: {theme.dim}; background: transparent; }}
QPushButton:focus, QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QToolButton:focus
  {{ border: 1px solid {theme.accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent;
  border-radius: {radius}px; padding: 3px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked {{ background: {hover}; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit, QAbstractSpinBox, QComboBox {{ background: {theme.control};
  border: 1px solid {theme.line}; border-radius: {radius}px; padding: 2px 6px; min-height: 18px;
  selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
QPlainTextEdit#longText {{ background: {theme.control}; border: 1px solid {theme.line};
  border-radius: {radius}px; padding: 0 3px; selection-background-color: {theme.accent};
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
