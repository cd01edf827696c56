"""Portraits of a population: a table, the takeover as a chart, the family tree.

They are made from a `Report` and know nothing of the world that it tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.core.figures import ChartView, GraphView, TableView
from engine.core.programs import Alphabet
from engine.core.system import Row, ViewOffer
from engine.soup.lineage import Origin, origins
from engine.soup.population import Moment, Report, Strain
from engine.soup.shades import shade

__all__ = [
    "COLUMNS",
    "When",
    "descent_rows",
    "family_tree",
    "glyph_words",
    "lanes",
    "offers",
    "origin_words",
    "population_table",
    "takeover_chart",
    "tracer_chart",
]

Spell = Callable[[bytes], str]


class When(NamedTuple):
    """The time of a view: ticks since the reset, and seconds since the world was built."""

    step: int = 0
    seconds: float = 0.0


NOW: Final = When()

PANELS: Final = (
    ViewOffer("population", "Population", "table", "panel"),
    ViewOffer("takeover", "Takeover", "chart", "panel"),
    ViewOffer("family tree", "Family tree", "graph", "panel"),
)
TRACERS: Final = ViewOffer("tracers", "Tracers", "chart", "panel")
COLUMNS: Final = (
    "program",
    "strain",
    "copies",
    "kin",
    "kin %",
    "score",
    "parent",
    "first seen",
    "peak",
    "peak at",
    "family",
)
ANCESTOR: Final = "first ancestor"
OTHERS: Final = "other strains"
STRANGERS: Final = "no kin"
GREY: Final = (150, 152, 158)
DIM: Final = (96, 100, 108)
ROWS: Final = 32
CURVES: Final = 12
_WORDS: Final = 40  # characters of a program in the table
_LABEL: Final = 12
_SIGNS: Final = 4


def glyph_words(alphabet: Alphabet) -> Spell:
    """Return what writes a program by the signs of its instructions, dots for other bytes.

    Where hardly any byte has a sign, programs are written in hexadecimal.
    """
    signs = [glyph or "·" for glyph in alphabet.glyphs]
    if sum(map(bool, alphabet.glyphs)) < _SIGNS:
        signs = [f"{value:02X} " for value in range(256)]

    def write(code: bytes) -> str:
        return "".join(signs[value] for value in code)

    return write


def origin_words(origin: Origin) -> str:
    """Say where and when bytes were born."""
    where = "in the first soup" if origin.epoch == 0 else f"at epoch {origin.epoch:,}"
    noun = "byte" if origin.bytes == 1 else "bytes"
    return f"program {origin.program:,} {where}, {origin.bytes} {noun}"


def population_table(
    report: Report | None,
    spell: Spell,
    scores: Mapping[bytes, int],
    when: When = NOW,
    *,
    tracers: bool = False,
) -> TableView:
    """List the strains with most kin, then those with most copies, at most `ROWS`.

    Copies are exact ones; a program is kin of the one strain that it is most alike, and only the
    most frequent strains that are unlike each other have any.

    Parameters
    ----------
    report : Report, optional
        None before the first measurement: the table has columns and no rows.
    spell : callable
        Writes a program as text.
    scores : mapping
        Replication scores by program, as far as they are known.
    tracers : bool
        Whether there is a column for the first ancestor.
    """
    strains = report.strains[:ROWS] if report is not None else ()
    programs = report.programs if report is not None else 1
    rows: list[tuple[float | int | str, ...]] = []
    for one in strains:
        row: tuple[float | int | str, ...] = (
            _cut(spell(one.code), _WORDS),
            one.key,
            one.copies,
            one.kin or "",
            round(100 * one.kin / programs, 1) if one.kin else "",
            scores.get(one.code, ""),
            "" if one.parent is None else one.parent,
            one.seen,
            one.peak,
            one.peaked,
            one.family,
        )
        if tracers:
            row += (origin_words(one.origins[0]) if one.origins else "",)
        rows.append(row)
    return TableView(
        step=when.step,
        seconds=when.seconds,
        columns=(*COLUMNS, ANCESTOR) if tracers else COLUMNS,
        rows=tuple(rows),
        programs=tuple(one.code for one in strains),
        swatches=_colours(strains),
    )


def takeover_chart(report: Report | None, spell: Spell, when: When = NOW) -> ChartView:
    """Draw who owns the soup: the kin of the strains that had most of them, the oldest below.

    Above them are the kin of all other strains, and the programs that are kin of none.
    """
    moments = report.moments if report is not None else ()
    strains = report.strains if report is not None else ()
    chosen = sorted(strains, key=lambda one: (-one.kin_peak, one.key))[:CURVES]
    chosen = sorted((one for one in chosen if one.kin_peak), key=lambda one: one.key)
    x = np.array([one.epoch for one in moments], np.float64)
    areas = [
        (_name(one, spell), shade(one.family, one.key), _shares(moments, one.key)) for one in chosen
    ]
    kin = _shares(moments)
    others = kin - sum((area[-1] for area in areas), np.zeros(len(moments)))
    if np.any(others > 0.01):
        areas.append((OTHERS, GREY, np.maximum(others, 0.0)))
    if moments:
        areas.append((STRANGERS, DIM, 100 - kin))
    return ChartView(
        step=when.step,
        seconds=when.seconds,
        x="epoch",
        y="kin, % of the soup",
        curves=tuple((name, x, shares) for name, _, shares in areas),
        stacked=True,
        colours=np.array([colour for _, colour, _ in areas], np.uint8).reshape(-1, 3),
    )


def _shares(moments: Sequence[Moment], key: int | None = None) -> NDArray[np.float64]:
    """Return how much of the soup is kin of a strain, or of any, in % at each moment."""
    many = [sum(one.kin.values()) if key is None else one.kin.get(key, 0) for one in moments]
    return np.array([100 * n / one.programs for n, one in zip(many, moments, strict=True)])


def tracer_chart(report: Report | None, length: int, when: When = NOW) -> ChartView:
    """Draw how many different tracer tokens there are, and how common the ten most common are.

    `length` is the number of bytes of a program. Both curves are parts of all bytes (figure 5 of
    the paper has the first as a number).
    """
    moments = [one for one in (report.moments if report is not None else ()) if one.tokens >= 0]
    x = np.array([one.epoch for one in moments], np.float64)
    common = np.array([100 * one.common for one in moments], np.float64)
    distinct = np.array([100 * one.tokens / (one.programs * length) for one in moments], np.float64)
    curves = (("ten most common tokens", x, common), ("different tokens", x, distinct))
    return ChartView(
        step=when.step,
        seconds=when.seconds,
        x="epoch",
        y="share of all bytes, %",
        curves=curves,
    )


def family_tree(
    report: Report | None,
    spell: Spell,
    scores: Mapping[bytes, int],
    when: When = NOW,
) -> GraphView:
    """Draw which frequent program comes from which: x is the epoch in which it was first seen.

    Its size is the most programs, exact copies or kin, that it ever had.
    """
    strains = sorted(report.strains, key=lambda one: one.key) if report is not None else []
    at = {one.key: index for index, one in enumerate(strains)}
    places = lanes(strains)
    edges = [(at[one.parent], at[one.key]) for one in strains if one.parent in at]
    largest = [max(one.peak, one.kin_peak) for one in strains]
    return GraphView(
        step=when.step,
        seconds=when.seconds,
        nodes=np.array([(one.seen, places[one.key]) for one in strains], np.float32).reshape(-1, 2),
        edges=np.array(edges, np.int32).reshape(-1, 2),
        labels=tuple(str(one.key) for one in strains),
        sizes=np.array(largest, np.float32) / max(largest, default=1),
        colours=_colours(strains),
        notes=tuple(_note(one, spell, scores) for one in strains),
        axis="epoch first seen",
        programs=tuple(one.code for one in strains),
    )


def offers(*, tracers: bool) -> tuple[ViewOffer, ...]:
    """Return the panels of a population."""
    return (*PANELS, TRACERS) if tracers else PANELS


def descent_rows(
    report: Report | None, code: bytes, byte: int, births: NDArray[Any] | None
) -> tuple[Row, ...]:
    """Say of a picked program which strain it is and where it comes from.

    Parameters
    ----------
    report : Report, optional
    code : bytes
        The program.
    byte : int
        The byte of it that was picked.
    births : ndarray, optional
        uint32 (2, length): the tracer tokens of its bytes.
    """
    rows = [
        Row("strain", f"{one.key}, {one.copies:,} copies")
        for one in (report.strains if report is not None else ())
        if one.code == code
    ]
    if births is not None:
        epoch, home = (int(part) for part in births[:, byte])
        program, at = divmod(home, len(code))
        rows.append(Row("born", f"epoch {epoch:,}, program {program:,}, byte {at}"))
        rows.append(Row("first ancestor", origin_words(origins(births)[0])))
    return tuple(rows)


def lanes(strains: Iterable[Strain]) -> dict[int, int]:
    """Give every strain a lane of the tree, by key: lines of descent do not run into each other.

    The child with the highest peak goes on in its parent's lane; the line of every other child gets
    the next free one below.
    """
    known = {one.key: one for one in strains}
    children: dict[int | None, list[Strain]] = {}
    for one in sorted(known.values(), key=lambda one: (-one.peak, one.key)):
        children.setdefault(one.parent if one.parent in known else None, []).append(one)
    taken: list[list[tuple[int, int]]] = []
    found: dict[int, int] = {}

    def place(line: list[Strain], start: int, above: int) -> None:
        end = line[-1].seen
        lane = above
        while lane < len(taken) and any(a <= end and start <= b for a, b in taken[lane]):
            lane += 1
        while lane >= len(taken):
            taken.append([])
        taken[lane].append((start, end))
        found.update({one.key: lane for one in line})

    waiting = sorted(((one, one.seen, 0) for one in children.get(None, [])), key=_oldest)
    while waiting:
        first, start, above = waiting.pop(0)
        line = [first]
        while line[-1].key in children:
            line.append(children[line[-1].key][0])
        place(line, start, above)
        others = [
            (child, one.seen, found[one.key] + 1)
            for one in line
            for child in children.get(one.key, [])[1:]
        ]
        waiting = sorted(others, key=_oldest) + waiting
    return found


def _oldest(waiting: tuple[Strain, int, int]) -> int:
    return waiting[0].key


def _note(strain: Strain, spell: Spell, scores: Mapping[bytes, int]) -> str:
    lines = [
        _cut(spell(strain.code), _WORDS),
        f"{strain.copies:,} copies; {strain.peak:,} at epoch {strain.peaked:,}",
        f"{strain.kin:,} kin; at most {strain.kin_peak:,}",
    ]
    if strain.code in scores:
        lines.append(f"replication score {scores[strain.code]}")
    if strain.origins:
        lines.append("first ancestor: " + origin_words(strain.origins[0]))
    return "\n".join(lines)


def _name(strain: Strain, spell: Spell) -> str:
    return f"{strain.key}: {_cut(spell(strain.code), _LABEL)}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _colours(strains: Sequence[Strain]) -> NDArray[Any]:
    return np.array([shade(one.family, one.key) for one in strains], np.uint8).reshape(-1, 3)
