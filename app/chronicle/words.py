"""How what was done to a world is written in its list."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from engine.core.commands import Load, Rebuild
from engine.core.params import ParamField
from engine.core.spec import Spec

__all__ = ["load_words", "lowered", "param_words", "pending_words", "rebuild_words", "value_words"]

_LONGEST = 24
_NAMED = 2  # parameters that are named one by one


def value_words(value: Any) -> str:
    """Write a value of a parameter, short."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value) if value not in ("", None) else "nothing"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def param_words(field: ParamField, before: Any, after: Any) -> str:
    """Write what a parameter became."""
    if field.kind == "path":
        return f"{field.title}: {PurePath(str(after)).name or 'nothing'}"
    if field.kind == "bool":
        return f"{field.title}: {value_words(after)}"
    return f"{field.title} {value_words(before)} → {value_words(after)}"


def pending_words(fields: Mapping[str, ParamField], before: Any, after: Any) -> str:
    """Write which changes came to wait for a restart, or no longer do."""
    if not after:
        return "Discarded changes"
    changed = [n for n in {**before, **after} if before.get(n) != after.get(n)]
    return f"To restart with: {_names(fields, changed)}"


def rebuild_words(fields: Mapping[str, ParamField], former: Spec | None, command: Rebuild) -> str:
    """Write why a world was made anew."""
    spec = command.spec
    if former is None or former.slug != spec.slug:
        return "Made anew"
    if former.target != spec.target and spec.target is not None:
        return f"Learn {PurePath(spec.target.name).name}"
    if former.mesh != spec.mesh:
        return "Built-in body" if spec.mesh is None else f"Live on {PurePath(spec.mesh.name).name}"
    if former.model != spec.model and spec.model is not None:
        return f"Model {PurePath(spec.model.name).name}"
    changed = [n for n, v in spec.params.items() if n in fields and former.params.get(n, v) != v]
    return f"Restarted with other {_names(fields, changed)}" if changed else "Made anew"


def load_words(command: Load) -> str:
    """Write what was imported."""
    return f"Loaded {PurePath(command.model.name).name}"


def _names(fields: Mapping[str, ParamField], names: list[str]) -> str:
    titles = [fields[name].title.lower() if name in fields else name for name in names]
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    return ", ".join(titles[:_NAMED]) + more


def lowered(words: str) -> str:
    """Write words so that they follow "Undo"; names in capitals stay."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
