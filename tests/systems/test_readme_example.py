"""The system in the README is a whole one: it runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from engine.core.capabilities import capabilities
from engine.core.spec import Spec
from engine.core.views import ViewRequest

README = Path(__file__).parents[2] / "README.md"


def test_the_example_is_a_system() -> None:
    source = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert source is not None
    scope: dict[str, object] = {"__name__": "readme"}
    exec(compile(source[1], "README.md", "exec"), scope)
    world = scope["Voters"](Spec("voters", {"size": 32}, seed=3))  # type: ignore[operator]
    before = world.field().copy()
    for _ in range(5):
        world.step()
    assert world.step_count == 5
    assert not np.array_equal(before, world.field())
    view = world.views({"world": ViewRequest()})["world"]
    assert view.data.shape == (32, 32)
    assert {tool.name for tool in capabilities(world).brushes} == {"erase", "paint"}
