"""What every command is: a small picklable value with a number of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

__all__ = ["Command"]

_ids = itertools.count(1)


@dataclass(frozen=True)
class Command:
    """Base of all commands; `id` names it in the reply."""

    id: int = field(default_factory=lambda: next(_ids), init=False, compare=False)
