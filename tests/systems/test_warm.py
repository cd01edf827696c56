"""The set-up compiles every kernel: warming works for every system that is installed."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.warm import warm


@pytest.mark.parametrize("slug", registry.slugs())
def test_a_system_can_be_warmed(slug: str) -> None:
    warm(slug)
