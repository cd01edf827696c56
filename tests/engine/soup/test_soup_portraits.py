"""Table, charts and tree of a population, and the tables that are written of it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.soup import exports, portraits
from engine.soup.language import language
from engine.soup.lineage import Origin, TokenCensus
from engine.soup.population import Moment, Report, Strain
from engine.soup.portraits import When


def _strain(key: int, seen: int, copies: int, peak: int, **more: object) -> Strain:
    family = more.pop("family", key)
    code = bytes([key]) * 64
    return Strain(key, code, seen, key, copies, peak, seen + 1, family=family, **more)  # type: ignore[arg-type]


FIRST = _strain(1, 10, 5, 50, kin=7, kin_peak=60, origins=(Origin(0, 77, 41), Origin(3, 2, 1)))
HEIR = _strain(2, 20, 60, 60, kin=90, kin_peak=95, parent=1, family=1, alike=60)
COUSIN = _strain(3, 20, 20, 30, parent=1, family=1, alike=40)
ALIEN = _strain(4, 15, 1, 10, kin_peak=12)
GRANDCHILD = _strain(5, 30, 2, 20, parent=2, family=1, alike=63)
REPORT = Report(
    40,
    200,
    99,
    (HEIR, FIRST, COUSIN, GRANDCHILD, ALIEN),
    (
        Moment(0, 10, 200, 190, {1: 50}, {1: 60}, 9000, 0.001),
        Moment(1, 20, 200, 150, {1: 20, 2: 50, 3: 30, 4: 10}, {1: 25, 2: 95, 4: 12}, 5000, 0.2),
        Moment(2, 40, 200, 99, {1: 5, 2: 60, 3: 20, 4: 1, 5: 2}, {1: 7, 2: 90}, 64, 0.5),
    ),
    TokenCensus(12800, 64, np.zeros(1), np.zeros(1), np.ones(1)),
)


def _hex(code: bytes) -> str:
    return code.hex()


def test_the_table_has_a_row_and_a_program_for_each_strain() -> None:
    view = portraits.population_table(REPORT, _hex, {HEIR.code: 64}, When(40, 1.5), tracers=True)
    assert (view.step, view.seconds) == (40, 1.5)
    rows = [dict(zip(view.columns, row, strict=True)) for row in view.rows]
    assert [row["strain"] for row in rows] == [2, 1, 3, 5, 4]
    assert rows[0] == {
        "program": "02" * 19 + "0…",
        "strain": 2,
        "copies": 60,
        "kin": 90,
        "kin %": 45.0,
        "first seen": 20,
        "peak": 60,
        "peak at": 21,
        "score": 64,
        "parent": 1,
        "family": 1,
        "first ancestor": "",
    }
    assert (rows[1]["score"], rows[1]["parent"]) == ("", "")
    assert (rows[2]["copies"], rows[2]["kin"], rows[2]["kin %"]) == (20, "", "")
    assert rows[1]["first ancestor"] == "program 77 in the first soup, 41 bytes"
    assert view.programs == tuple(one.code for one in REPORT.strains)
    assert view.swatches is not None
    assert view.swatches.shape == (5, 3)


def test_before_the_first_measurement_there_are_columns_and_no_rows() -> None:
    table = portraits.population_table(None, _hex, {})
    assert table.columns == portraits.COLUMNS
    assert table.rows == table.programs == ()
    assert portraits.takeover_chart(None, _hex).curves == ()
    assert all(len(x) == 0 for _, x, _ in portraits.tracer_chart(None, 64).curves)
    tree = portraits.family_tree(None, _hex, {})
    assert (tree.nodes.shape, tree.edges.shape) == ((0, 2), (0, 2))


def test_the_takeover_is_shares_of_kin_over_time_and_of_the_others() -> None:
    view = portraits.takeover_chart(REPORT, _hex)
    assert view.stacked
    assert [name.split(":")[0] for name, _, _ in view.curves] == ["1", "2", "4", "no kin"]
    for _, x, _ in view.curves:
        assert x.tolist() == [10, 20, 40]
    assert view.curves[0][2].tolist() == [30.0, 12.5, 3.5]
    assert view.curves[1][2].tolist() == [0.0, 47.5, 45.0]
    assert view.curves[3][2].tolist() == [70.0, 34.0, 51.5]
    table = portraits.population_table(REPORT, _hex, {})
    assert view.colours is not None
    assert table.swatches is not None
    np.testing.assert_array_equal(view.colours[1], table.swatches[0])  # strain 2 in both
    assert len({tuple(row) for row in view.colours.tolist()}) == len(view.colours) == 4


def test_strains_beside_the_chart_and_forgotten_ones_are_a_band_of_their_own() -> None:
    many = tuple(_strain(key, 1, 2, 2, kin=2, kin_peak=2) for key in range(1, 15))
    moments = tuple(Moment(at, at, 100, 90, {}, dict.fromkeys(range(1, 18), 2)) for at in (0, 1))
    view = portraits.takeover_chart(Report(1, 100, 90, many, moments), _hex)
    names = [name.split(":")[0] for name, _, _ in view.curves]
    assert names == [*map(str, range(1, 13)), "other strains", "no kin"]
    assert [shares.tolist() for _, _, shares in view.curves[-2:]] == [[10.0, 10.0], [66.0, 66.0]]
    assert view.colours is not None
    assert len(view.colours) == 14


def test_tracers_become_parts_of_all_bytes() -> None:
    common, distinct = portraits.tracer_chart(REPORT, 64).curves
    assert common[2].tolist() == [0.1, 20.0, 50.0]
    assert distinct[2][-1] == 0.5


def test_the_tree_leads_from_parents_to_children_and_lines_do_not_overlap() -> None:
    view = portraits.family_tree(REPORT, _hex, {HEIR.code: 64})
    assert view.labels == ("1", "2", "3", "4", "5")
    assert view.nodes[:, 0].tolist() == [10, 20, 20, 15, 30]
    assert {tuple(edge) for edge in view.edges.tolist()} == {(0, 1), (0, 2), (1, 4)}
    lanes = dict(zip(view.labels, view.nodes[:, 1].tolist(), strict=True))
    assert lanes["1"] == lanes["2"] == lanes["5"] == 0  # the heirs with the highest peaks
    assert len({lanes["1"], lanes["3"], lanes["4"]}) == 3
    assert view.sizes is not None
    assert view.sizes.tolist() == pytest.approx([60 / 95, 1, 30 / 95, 12 / 95, 20 / 95])
    assert "replication score 64" in view.notes[1]
    assert "90 kin; at most 95" in view.notes[1]
    assert "first ancestor: program 77 in the first soup, 41 bytes" in view.notes[0]
    assert view.programs[3] == ALIEN.code


def test_a_strain_keeps_its_colour_when_its_ancestors_are_forgotten() -> None:
    orphan = _strain(2, 20, 3, 60, parent=None, family=1)
    colours = [
        portraits.population_table(Report(40, 200, 99, (one,)), _hex, {}).swatches
        for one in (HEIR, orphan, COUSIN)
    ]
    np.testing.assert_array_equal(colours[0], colours[1])
    assert not np.array_equal(colours[0], colours[2])


def test_programs_are_written_by_their_signs_or_in_hexadecimal() -> None:
    write = portraits.glyph_words(language("bff_noheads").alphabet())
    assert write(b"[<a\0]") == "[<·0]"
    assert portraits.glyph_words(language("subleq").alphabet())(b"\x01\xff") == "01 FF "


def test_tables_for_files() -> None:
    heads, rows = exports.strains_table(REPORT, {HEIR.code: 64})
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert found[0]["program"] == HEIR.code.hex()
    assert (found[0]["score"], found[0]["share"], found[0]["bytes_in_common"]) == (64, 0.3, 60)
    assert (found[0]["kin"], found[0]["kin_share"], found[0]["kin_peak"]) == (90, 0.45, 95)
    assert (found[1]["ancestor_program"], found[1]["parent"]) == (77, None)
    heads, rows = exports.copies_table(REPORT)
    assert heads == [
        *("epoch", "programs", "unique_programs"),
        *(f"strain_{key}" for key in range(1, 6)),
        *(f"kin_{key}" for key in range(1, 6)),
    ]
    assert rows[1] == [20, 200, 150, 20, 50, 30, 10, 0, 25, 95, 0, 12, 0]
    assert exports.strains_table(None, {})[1] == exports.copies_table(None)[1] == []
