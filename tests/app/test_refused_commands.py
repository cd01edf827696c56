"""What is asked of a world and cannot be is refused in words, and the world goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.core.commands import Load
from engine.core.errors import BadInput
from engine.core.spec import Asset


@pytest.mark.parametrize("text", ["-1", "9223372036854775808", "1" * 5000, "²", "1.5", "seed"])
def test_a_seed_that_cannot_be_is_refused(desk: Any, text: str) -> None:
    desk.open("life", width=32, height=32)
    desk.run("transport.step-many", "3")
    desk.until(lambda: desk.state.step == 3)
    seed = desk.state.seed
    with pytest.raises(BadInput, match=r"seed|whole number"):
        desk.run("transport.reset", text)
    desk.run("transport.step")
    desk.until(lambda: desk.state.step == 4)
    assert desk.state.seed == seed


def test_a_script_resets_with_a_seed_or_without(desk: Any) -> None:
    desk.open("life", width=32, height=32)
    desk.run("transport.reset", "9223372036854775807")
    desk.until(lambda: desk.state.seed == 2**63 - 1)
    desk.run("transport.step")
    desk.until(lambda: desk.state.step == 1)
    desk.run("transport.reset")
    desk.until(lambda: desk.state.step == 0)
    assert desk.state.seed == 2**63 - 1


def test_changes_that_cannot_be_applied_wait_on(desk: Any) -> None:
    world = desk.open("soup", programs=64)
    desk.run("transport.step-many", "2")
    desk.until(lambda: desk.state.step == 2)
    world.set_param("programs", 63)
    desk.run("params.apply")
    desk.until(desk.toasts, "a word")
    assert "programs must be even" in desk.toasts()[0]
    assert world.pending == {"programs": 63}
    assert world.state.spec.params["programs"] == 64
    assert world.state.step == 2
    world.set_param("programs", 65)
    desk.run("params.apply")
    desk.until(lambda: "65" in desk.toasts()[-1], "another word")
    world.set_param("programs", 66)
    desk.run("params.apply")
    desk.until(lambda: world.state.spec.params["programs"] == 66)
    desk.settle()
    assert not world.pending
    desk.until(lambda: not any("must be even" in words for words in desk.toasts()), "their end")


def test_a_loaded_state_begins_the_plots_anew(desk: Any, tmp_path: Path) -> None:
    world = desk.open("life", width=32, height=32)
    path = tmp_path / "begun.safetensors"
    desk.run("transport.step-many", "30")
    desk.until(lambda: desk.state.step == 30)
    desk.run("file.save-world", str(path))
    desk.until(path.exists)
    desk.run("transport.reset", "4")
    desk.run("transport.run-to", "20")
    desk.until(lambda: desk.state.step == 20 and world.series["world"])
    world.submit(Load(Asset(path.name, path.read_bytes())))
    desk.until(lambda: desk.state.step == 30)
    desk.run("transport.step-many", "20")
    desk.until(lambda: desk.state.step == 50)
    series = desk.until(lambda: next(iter(world.series["world"].values()), None))
    assert series.points()[0][0] >= 30
