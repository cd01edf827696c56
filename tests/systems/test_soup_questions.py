"""What worlds of programs refuse to be asked."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.core.capabilities import ask
from engine.core.errors import BadInput
from engine.core.spec import Spec

SMALL = {"soup": {"programs": 64}, "z80-soup": {"width": 16, "height": 16}, "long-tape": {}}


@pytest.mark.parametrize("slug", SMALL)
def test_a_program_that_is_too_long_is_refused_not_cut(slug: str) -> None:
    world = registry.system_class(slug)(Spec(slug, SMALL[slug]))
    length = world.alphabet().length  # type: ignore[attr-defined]
    whole = bytes(range(length))
    for question in ({"left": whole + b"!"}, {"left": whole, "right": whole + b"!"}):
        with pytest.raises(BadInput, match=f"{length + 1} bytes"):
            ask(world, "trace", question)
    with pytest.raises(BadInput, match=f"{length + 1} bytes"):
        ask(world, "score", {"code": whole + b"!"})
    assert ask(world, "trace", {"left": whole + whole}).start.tobytes() == whole + whole
    assert ask(world, "score", {"code": b""}).length == length
