"""The copyleft part of what remeshing uses stays out of everything that is handed on."""

from __future__ import annotations

from fnmatch import fnmatch
from importlib.metadata import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = [
    line
    for line in (ROOT / "packaging/exclude.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def _is_left_out(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in PATTERNS)


def test_the_list_names_all_of_the_copyleft_part_and_nothing_else() -> None:
    names = [str(name) for name in files("gpytoolbox") or ()]
    left_out = {name for name in names if _is_left_out(name)}
    assert {name for name in names if "copyleft" in name} == left_out
    assert any(name.endswith((".so", ".pyd")) for name in left_out)
    assert any(name.startswith("gpytoolbox_bindings.") for name in set(names) - left_out)


@pytest.mark.parametrize("room", ["engine", "app", "resources"])
def test_nothing_of_it_lies_among_what_our_wheel_takes(room: str) -> None:
    taken = [path for path in (ROOT / room).rglob("*") if path.is_file()]
    assert taken
    assert not [path for path in taken if "copyleft" in path.name or "gpytoolbox" in path.parts]
    assert not [path for path in taken if path.suffix in (".so", ".pyd", ".dll", ".dylib")]
