"""How to learn a picture: the sizes a system offers, with the time each is expected to take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.widgets.section import dim_label
from engine.core.params import ParamField
from engine.core.spec import Asset
from engine.core.system import TargetOption

__all__ = ["TargetDialog", "minutes_text"]

PREVIEW = 128


def minutes_text(minutes: float | None) -> str:
    """Say an expected time roughly; nothing where nobody knows."""
    if minutes is None:
        return ""
    if minutes < 1:
        return "under a minute"
    if minutes < 90:
        return f"about {minutes:.0f} min"
    return f"about {minutes / 60:.0f} h"


class TargetDialog(QDialog):
    """Shows the picture and asks which option to take.

    Parameters
    ----------
    target : Asset
        The picture, or the maps of a material.
    options : sequence of TargetOption
    choices : sequence of ParamField
        Parameters of the kind "choice" that belong to a target (what its background is, say).
    """

    def __init__(
        self,
        target: Asset,
        options: Sequence[TargetOption],
        choices: Sequence[ParamField] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        assert isinstance(target.data, np.ndarray)
        what = "picture" if target.data.shape[-1] == 4 else "material"
        self.setWindowTitle(f"Learn a {what}")
        self._options = list(options)
        self._choices: dict[str, QComboBox] = {}
        preview = QLabel()
        preview.setPixmap(_preview(target))
        preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(2 * theme.UNIT)
        layout.addWidget(preview)
        layout.addWidget(QLabel(target.name), 0, Qt.AlignmentFlag.AlignCenter)
        form = QFormLayout()
        self._group = QButtonGroup(self)
        for place, option in enumerate(self._options):
            button = QRadioButton(option.label)
            button.setChecked(option.recommended)
            self._group.addButton(button, place)
            form.addRow(button, dim_label(minutes_text(option.minutes), "body"))
        if self._group.checkedId() < 0 and self._options:
            self._group.button(0).setChecked(True)
        for field in choices:
            box = QComboBox()
            box.addItems(list(field.choices))
            box.setCurrentText(str(field.default))
            box.setToolTip(field.help)
            self._choices[field.name] = box
            form.addRow(field.title, box)
        layout.addLayout(form)
        note = dim_label(f"Times are for this machine, until the {what} is clearly there.")
        note.setWordWrap(True)
        layout.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        learn = buttons.addButton(f"Use this {what}", QDialogButtonBox.ButtonRole.AcceptRole)
        learn.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def option(self) -> TargetOption:
        """Return the chosen option with the chosen parameters among its own."""
        chosen = self._options[max(0, self._group.checkedId())]
        extra = {name: box.currentText() for name, box in self._choices.items()}
        return TargetOption(chosen.label, {**chosen.params, **extra}, chosen.minutes)


def _preview(target: Asset) -> QPixmap:
    assert isinstance(target.data, np.ndarray)
    pixels = np.ascontiguousarray(target.data[..., :4])  # of a material its colours
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
    smooth = Qt.TransformationMode.SmoothTransformation
    fast = Qt.TransformationMode.FastTransformation
    return QPixmap.fromImage(image).scaled(
        PREVIEW,
        PREVIEW,
        Qt.AspectRatioMode.KeepAspectRatio,
        smooth if max(width, height) > PREVIEW else fast,
    )
