"""Rows under column heads."""

from __future__ import annotations

from engine.core.figures import TableView
from engine.media.figures.pen import Pen

__all__ = ["draw_table"]

_LINE = 1.7  # heights of type from one row to the next


def draw_table(pen: Pen, view: TableView) -> None:
    """Draw as many rows as there is room for; the last line says how many there are more."""
    width, height = pen.size
    gap, line = 1.2 * pen.type, _LINE * pen.type
    lead = 1.6 * pen.type if view.swatches is not None else 0.0
    room = max(1, int((height - 2 * gap) / line) - 1)
    rows = view.rows if len(view.rows) <= room else view.rows[: room - 1]
    cells = [tuple(_cell(value) for value in row) for row in rows]
    wide = [
        max([pen.measure(head), *(pen.measure(row[place]) for row in cells if place < len(row))])
        for place, head in enumerate(view.columns)
    ]
    free = width - 2 * gap - lead - gap * max(0, len(wide) - 1)
    scale = min(1.0, free / max(1, sum(wide)))
    lefts, at = [], gap + lead
    for head_width in wide:
        lefts.append(at)
        at += head_width * scale + gap
    y = gap
    for place, head in enumerate(view.columns):
        pen.words((lefts[place], y), head, colour=pen.dim, room=wide[place] * scale)
    y += line
    pen.line([(gap, y - 0.3 * pen.type), (width - gap, y - 0.3 * pen.type)], pen.faint)
    for index, row in enumerate(cells):
        if view.swatches is not None and index < len(view.swatches):
            red, green, blue = (int(part) for part in view.swatches[index][:3])
            pen.box((gap, y + 1, gap + pen.type, y + pen.type), fill=(red, green, blue))
        for place, (left, value) in enumerate(zip(lefts, row, strict=False)):
            right = isinstance(view.rows[index][place], int | float)
            column = wide[place] * scale
            x, anchor = (left + column, "ra") if right else (left, "la")
            pen.words((x, y), value, anchor=anchor, room=column)
        y += line
    if len(rows) < len(view.rows):
        more = f"and {len(view.rows) - len(rows):,} more rows"
        pen.words((gap, y), more, colour=pen.dim)


def _cell(value: float | int | str) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
