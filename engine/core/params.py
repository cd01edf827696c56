"""Typed parameters of a system: panel, command line and metadata come from one pydantic model.

A system declares its parameters as a subclass of `Params` with `live(...)` and `rebuild(...)`
fields. *Live* values act at the next tick; *rebuild* values wait until the world is built anew.
Everything a panel needs to know about a field is in the model's JSON schema, so that panels open
without importing the system: see `fields_of_schema`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.core.choices import MODULES, ModulesOf
from engine.core.errors import BadInput

__all__ = [
    "ParamField",
    "Params",
    "assign",
    "assign_text",
    "fields_of",
    "fields_of_schema",
    "live",
    "load_stored",
    "rebuild",
]

Cost = Literal["memory", "time"]
Kind = Literal["int", "float", "bool", "choice", "text", "path"]


class Params(BaseModel):
    """Base of every system's parameters: frozen, validated, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


P = TypeVar("P", bound=Params)


def live(default: Any, help: str, **options: Any) -> Any:
    """Declare a field whose change acts at the next tick; see `rebuild` for the options."""
    return _field(default, help, "live", **options)


def rebuild(default: Any, help: str, **options: Any) -> Any:
    """Declare a field whose change needs a new world.

    Parameters
    ----------
    default : int, float, bool or str
        The value at first launch; must lie in the range.
    help : str
        One sentence for the tooltip: what it does, and what to expect at its ends.
    **options
        `ge`, `le` (the range, both inclusive, required of numbers), `unit` (short, e.g.
        ``"cells"``), `log` (the range spans decades), `least` (where a `log` range begins at 0: the
        smallest value beside it that a slider offers), `cost` (``"memory"`` or ``"time"`` where the
        value drives either), `expert` (folded away at first), `title` (the label, else made from
        the name), `group` (the heading that a panel puts it under); of texts `max_length` and
        `pattern`, or `longest` and `symbols` (all characters that it may have) where a validator of
        the model's own refuses what is longer or has others: the panel marks those as they are
        typed.
    """
    return _field(default, help, "rebuild", **options)


def _field(
    default: Any,
    help: str,
    apply: Literal["live", "rebuild"],
    *,
    ge: float | None = None,
    le: float | None = None,
    unit: str = "",
    log: bool = False,
    least: float | None = None,
    cost: Cost | None = None,
    expert: bool = False,
    group: str = "",
    title: str | None = None,
    pattern: str | None = None,
    max_length: int | None = None,
    longest: int | None = None,
    symbols: str = "",
) -> Any:
    extra: dict[str, Any] = {"apply": apply, "unit": unit, "log": log, "cost": cost}
    extra["expert"] = expert
    if least is not None:
        extra["least"] = least
    if group:
        extra["group"] = group
    if longest is not None:
        extra["longest"] = longest
    if symbols:
        extra["symbols"] = symbols
    return Field(
        default,
        description=help,
        title=title,
        ge=ge,
        le=le,
        pattern=pattern,
        max_length=max_length,
        allow_inf_nan=False if isinstance(default, float) else None,
        json_schema_extra=extra,
    )


@dataclass(frozen=True)
class ParamField:
    """What a panel or a help page shows of one parameter.

    `longest` and `symbols` say of a text how many characters it may have, and which; "" for any.
    """

    name: str
    title: str
    kind: Kind
    default: Any
    low: float | None
    high: float | None
    unit: str
    help: str
    apply: Literal["live", "rebuild"]
    log: bool
    cost: Cost | None
    expert: bool
    choices: tuple[str, ...] = ()
    least: float | None = None
    group: str = ""
    longest: int | None = None
    symbols: str = ""

    @property
    def range_text(self) -> str:
        """The allowed values in words, for tooltips and refusals."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "bool":
            return "true or false"
        if self.low is not None and self.high is not None:
            unit = f" {self.unit}" if self.unit else ""
            return f"{_bound(self.low)} to {_bound(self.high)}{unit}"
        return "text"


def _bound(value: float) -> str:
    """Write the end of a range: whole numbers with all their figures."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e12 else f"{value:g}"


def fields_of(model: type[Params]) -> tuple[ParamField, ...]:
    """Describe the fields of a parameter model, in order of declaration."""
    return fields_of_schema(model.model_json_schema())


def fields_of_schema(schema: Mapping[str, Any]) -> tuple[ParamField, ...]:
    """Describe the fields of a parameter model's JSON schema, as ``resources/presets`` has it."""
    return tuple(_describe(name, entry) for name, entry in schema.get("properties", {}).items())


_KINDS: dict[str, Kind] = {
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "string": "text",
}


def _describe(name: str, entry: Mapping[str, Any]) -> ParamField:
    choices = _choices(entry)
    if "const" in entry:
        choices = (str(entry["const"]),)
    kind: Kind = "choice" if choices else _KINDS[entry["type"]]
    if kind == "text" and entry.get("format") == "path":
        kind = "path"
    return ParamField(
        name=name,
        title=_title(name, entry),
        kind=kind,
        default=entry.get("default"),
        low=entry.get("minimum"),
        high=entry.get("maximum"),
        unit=entry.get("unit", ""),
        help=entry.get("description", ""),
        apply=entry.get("apply", "rebuild"),
        log=bool(entry.get("log", False)),
        cost=entry.get("cost"),
        expert=bool(entry.get("expert", False)),
        choices=choices,
        least=entry.get("least"),
        group=str(entry.get("group", "")),
        longest=entry.get("maxLength", entry.get("longest")),
        symbols=str(entry.get("symbols", "")),
    )


def _choices(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """List the choices in their stored order, and behind them what was added to their package."""
    stored = tuple(str(value) for value in entry.get("enum", ()))
    if MODULES not in entry:
        return stored
    try:
        found = ModulesOf(str(entry[MODULES])).names()
    except ImportError:
        return stored
    return (
        *(name for name in stored if name in found),
        *(name for name in found if name not in stored),
    )


def _title(name: str, entry: Mapping[str, Any]) -> str:
    """Take a title as it was given; only what pydantic makes of the name is put in lower case."""
    words = name.replace("_", " ")
    given = str(entry.get("title", ""))
    return given if given and given != words.title() else words.capitalize()


def assign(params: P, values: Mapping[str, Any]) -> P:
    """Return a copy with some values replaced, as a user typed them.

    Raises
    ------
    BadInput
        For an unknown name or a value out of its range; the message names the range.
    """
    fields = {field.name: field for field in fields_of(type(params))}
    for name in values:
        if name not in fields:
            known = ", ".join(sorted(fields))
            raise BadInput(f"there is no parameter {name!r}", remedy=f"Use one of: {known}")
    try:
        return type(params).model_validate({**params.model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else next(iter(values), "parameters")
        value = values.get(name, first.get("input"))
        if name in fields:
            field = fields[name]
            if field.kind in ("text", "path"):
                raise BadInput(
                    f"{name} cannot be {value!r}", remedy=_allowed_text(field, first)
                ) from None
            if first["type"] == "value_error":  # in its range, but it does not go with the others
                why = f"{name} cannot be {value!r} ({_reason(first['msg'])})"
                raise BadInput(why, remedy=f"Choose another of {field.range_text}") from None
            raise BadInput(
                f"{name} cannot be {value!r}", remedy=f"Allowed is {field.range_text}"
            ) from None
        raise BadInput(_reason(first["msg"])) from None


def _allowed_text(field: ParamField, error: Any) -> str:
    """Say what a text may be: in the validator's words, else in those of the field's help."""
    if error["type"] == "value_error":
        reason = _reason(error["msg"])
        return reason[:1].upper() + reason[1:]
    if error["type"] == "string_too_long":
        return f"Use at most {error['ctx']['max_length']} characters"
    return f"Expected is: {field.help}"


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")


def assign_text(params: P, assignments: Iterable[str]) -> P:
    """Apply ``key=value`` texts of the command line; see `assign`."""
    values: dict[str, Any] = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadInput(f"{text!r} is not an assignment", remedy="Write --set name=value")
        values[name.strip()] = value.strip()
    return assign(params, values)


def load_stored(model: type[P], values: Mapping[str, Any]) -> tuple[P, tuple[str, ...]]:
    """Read stored parameters forgivingly.

    Unknown keys are ignored, missing ones take their defaults, numbers out of range are clamped and
    what cannot be read at all falls back to its default.

    Returns
    -------
    params : Params
    warnings : tuple of str
        One sentence for every key that was not taken as it stood.
    """
    fields = {field.name: field for field in fields_of(model)}
    taken: dict[str, Any] = {}
    warnings: list[str] = []
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            warnings.append(f"unknown parameter {name!r} was ignored")
            continue
        clamped = _clamp(field, value)
        if not _fits_field(model, name, clamped):
            warnings.append(f"{name} = {value!r} cannot be used; its default {field.default!r} is")
            continue
        if clamped != value:
            warnings.append(f"{name} = {value!r} was brought into {field.range_text}")
        taken[name] = clamped
    kept = _consistent(model, taken)
    for name in sorted(taken.keys() - kept.keys()):
        default = fields[name].default
        warnings.append(
            f"{name} = {taken[name]!r} does not go with the others; its default {default!r} is used"
        )
    return model.model_validate(kept), tuple(warnings)


def _fits_field(model: type[Params], name: str, value: Any) -> bool:
    """Tell whether a value can stand in a field, whatever stands in the others."""
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return all(not problem["loc"] for problem in error.errors())
    return True


def _consistent(model: type[Params], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return all the values, or as many as do not contradict each other, the first ones first."""

    def fits(some: Mapping[str, Any]) -> bool:
        try:
            model.model_validate(dict(some))
        except ValidationError:
            return False
        return True

    if fits(values):
        return dict(values)
    kept: dict[str, Any] = {}
    left = list(values)
    while fitting := [name for name in left if fits({**kept, name: values[name]})]:
        kept[fitting[0]] = values[fitting[0]]
        left.remove(fitting[0])
    return kept


def _clamp(field: ParamField, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.kind not in ("int", "float") or not number or not math.isfinite(value):
        return value
    low = -math.inf if field.low is None else field.low
    high = math.inf if field.high is None else field.high
    bounded = min(max(value, low), high)
    return round(bounded) if field.kind == "int" else float(bounded)


def dump(params: Params) -> str:
    """Write parameters as the canonical JSON of metadata and sidecars (keys sorted)."""
    return json.dumps(params.model_dump(mode="json"), sort_keys=True)
