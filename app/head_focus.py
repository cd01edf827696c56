"""The head in focus, the same one in all views of a world of attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.core.views import ViewRequest

__all__ = ["HeadFocus"]

FOLLOW = frozenset({"heads", "matrices", "chart", "table"})
"""Kinds of view that may be about one head."""


class HeadFocus:
    """Remembers which head, and which weight of it, was chosen where all heads are seen."""

    def __init__(self) -> None:
        self._channels: tuple[int, ...] = ()
        self._probes: tuple[tuple[int, ...], ...] = ()

    def share(
        self, wanted: Mapping[str, ViewRequest], kinds: Mapping[str, str]
    ) -> dict[str, ViewRequest]:
        """Have the views of a world follow.

        Parameters
        ----------
        wanted : mapping
            Name of a view to what is asked of it.
        kinds : mapping
            Name of a view to its kind, of all that the world offers.
        """
        for name, request in wanted.items():
            if kinds.get(name) == "heads":
                self._channels, self._probes = request.channels, request.probes
        if "heads" not in kinds.values():
            return dict(wanted)
        return {name: self._led(request, kinds.get(name, "")) for name, request in wanted.items()}

    def _led(self, request: ViewRequest, kind: str) -> ViewRequest:
        if kind not in FOLLOW:
            return request
        channels = request.channels or self._channels
        return replace(request, channels=channels, probes=request.probes or self._probes)
