"""Tables of what was measured of a soup: names of columns and rows, for `engine.media.table`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.soup.chronicle import Row
from engine.soup.population import Report

__all__ = ["TABLES", "Table", "copies_table", "metrics_table", "strains_table"]

Table = tuple[Sequence[str], list[list[Any]]]

TABLES: Final[Mapping[str, str]] = {
    ".metrics.csv": "Metrics",
    ".population.csv": "Frequent programs",
    ".copies.csv": "Copies and kin of the frequent programs",
}
"""Titles of the tables by the ending of their file."""


def metrics_table(rows: Iterable[Row]) -> Table:
    """List what was measured, a row for each logged epoch; None where there are no tracers."""
    heads = [
        "epoch",
        "operations_per_pair",
        "shannon_entropy",
        "brotli_bytes",
        "brotli_bits_per_byte",
        "high_order_entropy",
        "unique_programs",
        "distinct_tokens",
        "share_of_ten_tokens",
    ]
    table = [
        [
            row.epoch,
            row.operations,
            row.entropies.h0,
            row.entropies.brotli_bytes,
            row.entropies.bits_per_byte,
            row.entropies.high_order,
            row.unique,
            row.tokens if row.tokens >= 0 else None,
            row.common if row.tokens >= 0 else None,
        ]
        for row in rows
    ]
    return heads, table


def strains_table(report: Report | None, scores: Mapping[bytes, int]) -> Table:
    """List the strains, a row for each, most kin first; programs are in hexadecimal."""
    heads = [
        "strain",
        "program",
        "copies",
        "share",
        "kin",
        "kin_share",
        "first_seen",
        "place",
        "peak",
        "peak_at",
        "kin_peak",
        "score",
        "parent",
        "bytes_in_common",
        "family",
        "ancestor_epoch",
        "ancestor_program",
        "ancestor_bytes",
    ]
    table = []
    for one in report.strains if report is not None else ():
        assert report is not None
        first = one.origins[0] if one.origins else None
        table.append(
            [
                one.key,
                one.code.hex(),
                one.copies,
                one.copies / report.programs,
                one.kin,
                one.kin / report.programs,
                one.seen,
                one.place,
                one.peak,
                one.peaked,
                one.kin_peak,
                scores.get(one.code),
                one.parent,
                one.alike,
                one.family,
                *((first.epoch, first.program, first.bytes) if first else (None, None, None)),
            ]
        )
    return heads, table


def copies_table(report: Report | None) -> Table:
    """List the history: copies and kin of every strain at every epoch that is remembered."""
    strains = sorted(report.strains, key=lambda one: one.key) if report is not None else []
    heads = [
        "epoch",
        "programs",
        "unique_programs",
        *(f"strain_{one.key}" for one in strains),
        *(f"kin_{one.key}" for one in strains),
    ]
    table = [
        [
            moment.epoch,
            moment.programs,
            moment.unique,
            *(moment.copies.get(one.key, 0) for one in strains),
            *(moment.kin.get(one.key, 0) for one in strains),
        ]
        for moment in (report.moments if report is not None else ())
    ]
    return heads, table
