"""A painter ends with its method, whatever happens in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

import app
from app.painting import painting


def test_it_is_ended_by_an_exception_too(qapp: Any) -> None:
    picture = QImage(8, 8, QImage.Format.Format_ARGB32)
    picture.fill(0)
    held = []

    def paint() -> None:
        with painting(picture) as painter:
            held.append(painter)
            assert picture.paintingActive()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        paint()
    assert not held[0].isActive()
    assert not picture.paintingActive()


def test_no_widget_is_painted_by_a_painter_that_may_outlive_its_method() -> None:
    root = Path(app.__file__).parent
    found = [
        path for path in root.rglob("*.py") if re.search(r"QPainter\(self\)", path.read_text())
    ]
    assert not found, "use app.painting.painting"
