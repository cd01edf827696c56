"""What a drop will do is decided by the name, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.dropping import plan_file
from app.lab import Lab


@pytest.mark.parametrize(
    ("name", "deed", "words"),
    [
        ("weights.pth", "refuse", "pickle"),
        ("bunny.obj", "refuse", "mesh"),
        ("notes.txt", "refuse", "no picture and no model"),
        ("cat.safetensors", "model", "Open the model"),
        ("0000000256.dat", "model", "Open the world"),
        ("ex3_lizard.json", "published", "Import"),
        ("cat.png", "new-target", "train it on cat.png"),
    ],
)
def test_a_name_decides(qtbot: object, name: str, deed: str, words: str) -> None:
    plan = plan_file(Path("/nowhere") / name, Lab())
    assert plan.deed == deed
    assert words in plan.sentence
