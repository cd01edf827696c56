"""The pairs of Python and PySide6 that may and may not run."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

from app.pins import check_pins
from engine.core.errors import UserError


@pytest.mark.parametrize(
    ("python", "pyside"),
    [
        ((3, 11), "6.8.0"),
        ((3, 11), "6.10.3"),
        ((3, 11), "6.11.2"),
        ((3, 11), "6.11.3"),
        ((3, 11), "6.11.10"),
        ((3, 12), "6.12.0"),
        ((3, 13), "6.12.1.1"),
        ((3, 14), "7.0.0"),
        ((4, 0), "6.12.0"),
    ],
)
def test_a_good_pair_passes(python: tuple[int, int], pyside: str) -> None:
    check_pins(python, pyside)


@pytest.mark.parametrize(
    ("python", "pyside"),
    [
        ((3, 11), "6.12.0"),
        ((3, 11), "6.12.0a1"),
        ((3, 11), "6.13"),
        ((3, 11), "7.0.0"),
        ((3, 11), "6.11.0"),
        ((3, 11), "6.11.1"),
        ((3, 13), "6.11.0"),
        ((3, 13), "6.11"),
        ((3, 13), "6.11.1.1"),
    ],
)
def test_a_bad_pair_is_refused_in_one_plain_line(python: tuple[int, int], pyside: str) -> None:
    with pytest.raises(UserError) as caught:
        check_pins(python, pyside)
    message = str(caught.value)
    assert f"PySide6 {pyside}" in message
    assert "6.11.3" in message
    assert "\n" not in message


def test_version_info_is_taken_as_it_is() -> None:
    check_pins(sys.version_info, version("PySide6-Essentials"))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_a_thousand_qt_calls_leave_the_references_to_none_alone() -> None:
    qt = pytest.importorskip("PySide6.QtCore")
    thing = qt.QObject()
    thing.setObjectName("warm")
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("same")
        thing.parent()
    # The faulty pair loses one per call, 2,000 here; the rest of the interpreter moves a few.
    assert sys.getrefcount(None) > before - 100
