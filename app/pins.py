"""Refuse the pairs of Python and PySide6 that are known to fail, before Qt is imported.

PySide6 6.12 on Python below 3.12 loses one reference to ``None``, ``True`` or ``False`` with every
Qt call that returns it and aborts the process after some tens of thousands of calls; from Python
3.12 on these objects are immortal. PySide6 6.11.0 and 6.11.1 place floated docks wrongly (napari
pull request 9052). `pyproject.toml` excludes the same pairs; this catches an environment that was
put together by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.errors import UserError

__all__ = ["check_pins"]

_REMEDY = "Install PySide6-Essentials 6.11.3 into this environment, or start ./packaging/run"


def check_pins(python_version: Sequence[object], pyside_version: str) -> None:
    """Raise if this Python and this PySide6 must not be used together.

    Parameters
    ----------
    python_version : sequence
        `sys.version_info`, or a tuple that begins with major and minor, such as ``(3, 11)``.
    pyside_version : str
        Version of the distribution PySide6-Essentials, such as ``"6.11.3"``; read it with
        `importlib.metadata.version`, which does not import Qt.

    Raises
    ------
    UserError
        For PySide6 6.11.0 and 6.11.1 on any Python, and for 6.12 and later on Python below 3.12.
    """
    python = _leading_numbers(python_version[:2])
    pyside = _leading_numbers(pyside_version.split("."))
    if pyside[:3] in {(6, 11, 0), (6, 11, 1)} or pyside == (6, 11):
        raise UserError(f"PySide6 {pyside_version} places floated docks wrongly", remedy=_REMEDY)
    if pyside[:2] >= (6, 12) and python < (3, 12):
        raise UserError(
            f"PySide6 {pyside_version} crashes after some minutes on Python below 3.12",
            remedy=f"{_REMEDY}, or use Python 3.12 or later",
        )


def _leading_numbers(parts: Sequence[object]) -> tuple[int, ...]:
    """Return the parts up to the first that is no number: ``6.12.0a1`` counts as 6.12."""
    numbers: list[int] = []
    for part in parts:
        if not str(part).isdigit():
            break
        numbers.append(int(str(part)))
    return tuple(numbers)
