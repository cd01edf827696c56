"""Words that float on the picture: title and step, a hint, a notice in the middle."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QFontMetricsF,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.painting import painting
from app.viewports.chrome import FloatingPanel
from app.viewports.decorations import tabular
from app.viewports.seed import SeedButton

__all__ = ["HintChip", "Notice", "TitleChip"]

PAD = 12
TITLE_MOST = 240
SPARE = 32


@lru_cache(maxsize=64)
def _title_advance(title: str) -> int:
    # Rounded up: elidedText measures in fractions and would cut a whole title short.
    return math.ceil(QFontMetricsF(theme.font("strong")).horizontalAdvance(title)) + 1


@lru_cache(maxsize=64)
def _step_advance(words: str) -> int:
    return QFontMetrics(tabular("body")).horizontalAdvance(words)


class TitleChip(FloatingPanel):
    """The world's name, its step in figures that do not move, and its seed.

    A click on the seed opens what can be done with it.

    Signals
    -------
    seed_wanted : int or None
        The world should begin again with this seed; None is a new one.
    """

    seed_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._step = "", 0
        self._seed: SeedButton | None = None
        self._places = 6
        self._room = 10_000
        self._unit = "step"

    def set_title(self, title: str) -> None:
        """Name the world."""
        self._title = title
        self._changed()

    def set_step(self, step: int) -> None:
        """Show a step; room for another digit is made long before it is needed."""
        if step == self._step:
            return
        self._step = step
        if len(str(step)) > self._places:
            self._places = len(str(step)) + 2
            self._changed()
        self.update()

    def set_seed(self, seed: int) -> None:
        """Show the seed of the running world."""
        if self._seed is None:
            self._seed = SeedButton(self)
            self._seed.wanted.connect(self.seed_wanted)
        if self._seed.seed != seed:
            self._seed.set_seed(seed)
            self._changed()

    def set_room(self, pixels: int) -> None:
        """Say how wide it may be; the seed gives way, then the title, then the step."""
        if pixels != self._room:
            self._room = pixels
            self._changed()

    def sizeHint(self) -> QSize:
        """Return the size of title and step, within the room given."""
        wanted = 2 * PAD + self._title_width() + self._step_width()
        if wanted > self._room:  # paintEvent leaves the step out where the title would suffer
            least = 2 * PAD + self._step_width() + min(self._title_width(), 48)
            wanted = self._room if least <= self._room else 2 * PAD + self._title_width()
        else:
            wanted += self._seed_width() if self._fits_seed() else 0
        return QSize(max(min(wanted, self._room), 2 * PAD + 24), 36)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title and step."""
        super().paintEvent(event)
        with painting(self) as painter:
            inner = self.rect().adjusted(PAD, 0, -PAD, 0)
            if self._seed is not None and self._seed.isVisible():
                inner.setRight(self._seed.x() - 1)
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            shows_step = inner.width() >= self._step_width() + min(self._title_width(), 48)
            room = inner.width() - (self._step_width() if shows_step else 0)
            strong = theme.font("strong")
            painter.setFont(strong)
            painter.setPen(theme.colour("text"))
            elided = QFontMetrics(strong).elidedText(self._title, Qt.TextElideMode.ElideRight, room)
            painter.drawText(inner, middle, elided)
            if shows_step:
                painter.setFont(tabular("body"))
                painter.setPen(theme.colour("dim"))
                painter.drawText(inner.adjusted(room + 10, 0, 0, 0), middle, self._step_words())

    def event(self, event: QEvent) -> bool:
        """Tell the whole title to whoever rests on it."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(f"{self._title}, {self._step_words()}")
        return super().event(event)

    def _changed(self) -> None:
        self.setAccessibleName(self._title)
        self.resize(self.sizeHint())
        if self._seed is not None:
            self._seed.setVisible(self._fits_seed())
            self._seed.move(
                self.width() - PAD - self._seed.width(), (36 - self._seed.height()) // 2
            )
        self.update()

    def _fits_seed(self) -> bool:
        """Whether the seed has room, and what is beside the chip some to grow."""
        wanted = 2 * PAD + self._title_width() + self._step_width() + self._seed_width()
        return wanted + SPARE <= self._room

    def _seed_width(self) -> int:
        return self._seed.width() + 8 if self._seed is not None else 0

    def _step_words(self) -> str:
        return f"{self._unit} {self._step:,}"

    def _title_width(self) -> int:
        return min(_title_advance(self._title), TITLE_MOST)

    def _step_width(self) -> int:
        return 10 + _step_advance(f"{self._unit} {10**self._places - 1:,}")


class HintChip(FloatingPanel):
    """One line that tells a newcomer what to do next."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setFont(theme.font("body"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, 6, PAD, 6)
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)
        layout.addWidget(self._label)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """The line that is shown."""
        return self._label.text()

    def say(self, words: str) -> None:
        """Show a line; "" hides it."""
        self._label.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))
        self.adjustSize()


class Notice(QWidget):
    """What is the matter where there is no picture: one line, and a button where something helps.

    Signals
    -------
    pressed()
        The button was pressed.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._line = QLabel(self)
        self._button = QPushButton(self)
        self._lucide, self._role = "", "dim"
        self._line.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for part in (self._icon, self._line, self._button):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        self._line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._button.clicked.connect(self.pressed)
        self.hide()

    def say(self, words: str, icon: str = "", role: str = "dim", button: str = "") -> None:
        """Show a line, an icon above and a button below it; no words hide all.

        `role` is the token of the icon: "dim", "danger", ...
        """
        self._lucide, self._role = icon, role
        self._line.setText(words)
        self._line.setStyleSheet("")
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self._tint()
        self.setVisible(bool(words))
        self.setAccessibleName(words)

    def place(self, area: QWidget) -> None:
        """Stand in the middle of a viewport."""
        width = min(420, max(area.width() - 48, 80))
        self._line.setMinimumWidth(
            min(width, QFontMetrics(self._line.font()).horizontalAdvance(self._line.text()) + 8)
        )
        self._line.setMaximumWidth(width)
        self.adjustSize()
        self.move((area.width() - self.width()) // 2, (area.height() - self.height()) // 2)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        self._icon.setVisible(bool(self._lucide))
        if self._lucide:
            ratio = self.devicePixelRatioF()
            self._icon.setPixmap(theme.pixmap(self._lucide, self._role, 24, ratio))
