"""Compile every kernel once, so that no newcomer waits: ``python -m engine.warm`` at set-up.

numba keeps what it compiled beside the sources; without this the first step of every system would
take several seconds. Each system is built small, stepped, drawn, and trained for one update.
"""

from __future__ import annotations

import sys
from typing import Any

from engine.core import registry
from engine.core.spec import Spec
from engine.core.system import Trainable, no_poll
from engine.core.views import ViewRequest

__all__ = ["warm"]

SIDE = 64


def warm(slug: str) -> None:
    """Use everything of a system that compiles."""
    kind = registry.system_class(slug)
    small: dict[str, Any] = {
        name: SIDE for name in ("width", "height") if name in kind.Params.model_fields
    }
    for variant in kind.variants:
        system = kind(Spec(slug, {**small, **variant}, device="cpu"))
        for _ in range(2):
            system.step()
        system.views({offer.name: ViewRequest() for offer in system.view_offers()})
        if isinstance(system, Trainable):
            system.train_step(no_poll)


def main() -> int:
    """Warm all systems; one that cannot be is said and left."""
    for slug in registry.slugs():
        sys.stdout.write(f"compiling the kernels of {slug}\n")
        sys.stdout.flush()
        try:
            warm(slug)
        except Exception as error:  # noqa: BLE001 (a plugin must not end the set-up)
            sys.stdout.write(f"{slug} will compile when it is first used: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
