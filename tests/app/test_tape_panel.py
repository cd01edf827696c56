"""The tape inspector upon a toy world of programs with a language of five instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.panels.tape import TapePanel
from app.panels.tape_insert import insertions
from app.panels.tape_text import trace_lines
from app.widgets.trace_picture import READ, RUN, WRITE, trace_cells

TOY = (Path(__file__).with_name("toys") / "tiny.py").read_text("utf-8")

Key = Qt.Key


class Bench:
    """A panel on the toy world, on the screen."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.panel = TapePanel(desk.lab)
        self.panel.resize(1000, 220)
        self.panel.show()
        QTest.qWaitForWindowExposed(self.panel)
        self.loads = 0
        self.panel.loaded.connect(self._count)

    def _count(self) -> None:
        self.loads += 1

    def pick(self, code: bytes) -> Any:
        """Pick a program in the world and wait for its run."""
        before = self.loads
        self.desk.world.program_picked.emit(code, None)
        self.desk.until(lambda: self.loads > before, "a run")
        return self.panel.session

    def listed(self) -> str:
        """Wait for the disassembly and return its bytes."""
        panel = self.panel
        self.desk.until(
            lambda: panel.view.listing.lines and not panel.questions.waiting(), "a disassembly"
        )
        return b"".join(line.code for line in panel.view.listing.lines).hex()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.panel.view.strip, text)

    def at(self, address: int) -> QPoint:
        return self.panel.view.strip.rect_of(address).center().toPoint()


def first_cell(bench: Bench) -> float:
    view = bench.desk.world.views.get("world")
    return float(np.asarray(view.data).flat[0]) if view is not None else 0.0


@pytest.fixture
def bench(desk: Any, plugin: Callable[..., Any]) -> Iterator[Bench]:
    """The window with a toy world, and a panel of its own."""
    plugin("tiny", TOY, "Tiny")
    desk.open("tiny")
    bench = Bench(desk)
    yield bench
    bench.panel.close()
    bench.panel.deleteLater()


def test_a_picked_program_is_run_and_listed(bench: Bench) -> None:
    session = bench.pick(b"+>.!\0\0\0\0")
    assert (session.step, session.last) == (0, 4)
    assert bench.listed() == (b"+>.!\0\0\0\0" + b"\xa0" * 8).hex()
    assert bench.panel.tools.text.text() == "+>.!0000"
    assert bench.panel.tools.title.text() == "this program"


def test_keys_step_forwards_and_backwards(bench: Bench) -> None:
    session = bench.pick(b"+>.!\0\0\0\0")
    strip, key = bench.panel.view.strip, bench.desk.key
    strip.setFocus()
    key(Key.Key_Right, widget=strip)
    assert (session.step, session.tape[0], session.writes()) == (1, 0x2C, {0: (0x2B, 0x2C)})
    key(Key.Key_S, widget=strip)
    key(Key.Key_Right, widget=strip)
    assert session.tape[9] == ord(">")
    assert bench.panel.transport.operations.text() == "op 3"
    key(Key.Key_Left, widget=strip)
    assert (session.step, session.tape[9]) == (2, 0xA0)
    key(Key.Key_Down, widget=strip)
    assert session.step == 4
    key(Key.Key_Home, widget=strip)
    assert (session.step, session.tape[0]) == (0, 0x2B)
    assert bench.desk.state.step == 0  # the world itself did not step


def test_space_plays_to_a_breakpoint_and_then_to_the_end(bench: Bench) -> None:
    session = bench.pick(b"+>.!\0\0\0\0")
    panel = bench.panel
    panel.transport.speed.set_fraction(1.0)
    QTest.mouseClick(
        panel.view.strip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, bench.at(2)
    )
    assert session.breakpoints == {2}
    bench.desk.key(Key.Key_Space, widget=panel.view.strip)
    assert panel.run.playing
    bench.desk.until(lambda: not panel.run.playing, "a stop")
    assert (session.step, session.pc) == (2, 2)
    bench.desk.key(Key.Key_Space, widget=panel.view.strip)
    bench.desk.until(lambda: not panel.run.playing, "the end")
    assert session.at_end
    assert "middot;&nbsp; end" in panel.view.registers.text()


def test_a_key_sets_a_breakpoint_at_the_next_command_or_at_the_byte_that_was_clicked(
    bench: Bench,
) -> None:
    session = bench.pick(b"+>.!\0\0\0\0")
    strip, key = bench.panel.view.strip, bench.desk.key
    strip.setFocus()
    key(Key.Key_Right, widget=strip)
    key(Key.Key_Right, widget=strip)
    key(Key.Key_B, widget=strip)
    assert session.breakpoints == {session.pc} == {2}
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, bench.at(3))
    key(Key.Key_B, widget=strip)
    assert session.breakpoints == {2, 3}
    key(Key.Key_B, widget=strip)
    key(Key.Key_Left, widget=strip)
    key(Key.Key_B, widget=strip)
    assert session.breakpoints == {2, 1}


def test_a_click_in_the_margin_of_the_listing_sets_a_breakpoint(bench: Bench) -> None:
    session = bench.pick(b"+>.!\0\0\0\0")
    bench.listed()
    listing = bench.panel.view.listing
    at = listing.visualItemRect(listing.topLevelItem(1)).center()
    QTest.mouseClick(
        listing.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(6, at.y()),
    )
    assert session.breakpoints == {1}
    assert "\u25cf" in listing.topLevelItem(1).text(0)


def test_typing_changes_bytes_and_the_run(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    strip, desk = bench.panel.view.strip, bench.desk
    desk.click(strip, bench.at(0))
    desk.key(Key.Key_Return, widget=strip)
    assert strip.editing
    before = bench.loads
    bench.type("<")
    desk.until(lambda: bench.loads > before, "a new run")
    bench.type("2b")
    desk.until(lambda: bench.loads > before + 1, "a new run")
    session = bench.panel.session
    assert session is not None
    assert bytes(session.trace.start[:4]) == b"<+.!"
    assert bytes(session.trace.start[8:]) == b"\xa0" * 8  # the partner stayed
    assert bench.panel.tools.title.text() == "this program, edited"
    assert "noise" in bench.panel.tools.partner.text()
    desk.click(strip, bench.at(9))
    bench.type("+")
    desk.until(lambda: bench.loads > before + 2, "a new run")
    assert "a partner" in bench.panel.tools.partner.text()
    assert bytes(bench.panel.session.trace.start) == b"<+.!\0\0\0\0\xa0+" + b"\xa0" * 6
    desk.key(Key.Key_Escape, widget=strip)
    assert not strip.editing


def test_quick_typing_loses_nothing(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    strip = bench.panel.view.strip
    strip.setFocus()
    strip.set_editing(True)
    before = bench.loads
    bench.type("<<<<<<")
    bench.desk.until(
        lambda: bench.loads > before and not bench.panel.questions.waiting(), "a new run"
    )
    session = bench.panel.session
    assert session is not None
    assert bytes(session.trace.start[:8]) == b"<<<<<<\0\0"


def test_typed_text_is_run_and_a_wrong_one_says_where(bench: Bench) -> None:
    tools, desk = bench.panel.tools, bench.desk
    tools.text.setFocus()
    QTest.keyClicks(tools.text, "+?")
    desk.key(Key.Key_Return, widget=tools.text)
    desk.until(lambda: "position 2" in bench.panel.view.note.text(), "the place of the error")
    assert bench.panel.session is None
    tools.text.selectAll()
    QTest.keyClicks(tools.text, ">+!")
    desk.key(Key.Key_Return, widget=tools.text)
    desk.until(lambda: bench.panel.session is not None, "a run")
    assert bench.panel.session.last == 3  # type: ignore[union-attr]


def test_the_next_pick_becomes_the_partner(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    bench.panel.want_partner()
    session = bench.pick(b"!!!!!!!!")
    assert bytes(session.trace.start) == b"+>.!\0\0\0\0!!!!!!!!"
    before = bench.loads
    bench.panel.set_partner(None)
    bench.desk.until(lambda: bench.loads > before, "a run")
    assert bytes(bench.panel.session.trace.start[8:]) == b"\xa0" * 8  # type: ignore[union-attr]


def test_it_says_whether_a_program_replicates(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    bench.panel.test()
    bench.desk.until(lambda: "7 of 8" in bench.panel.view.note.text(), "a verdict")
    assert bench.panel.view.note.text().startswith("replicates")
    assert bench.panel.view.generations.isVisible()
    assert not bench.panel.view.listing.isVisible()  # narrow: one at a time
    bench.desk.click(bench.panel.view.generations)
    assert bench.panel.view.picture.isVisible()
    bench.panel.resize(1300, 220)
    bench.desk.until(lambda: bench.panel.view.listing.isVisible(), "both beside each other")
    assert bench.panel.view.picture.isVisible()
    bench.pick(b"+!\0\0\0\0\0\0")
    bench.panel.test()
    bench.desk.until(lambda: "0 of 8" in bench.panel.view.note.text(), "a verdict")
    assert "does not replicate" in bench.panel.view.note.text()


def test_it_goes_into_the_world_and_onto_the_clipboard(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    (offer,) = insertions(bench.desk.world)
    bench.panel.insert(offer)
    bench.desk.settle()
    bench.desk.until(lambda: round(255 * first_cell(bench)) == ord("+"), "the program in the world")
    bench.panel.copy()
    bench.desk.until(lambda: "Copied" in bench.panel.view.note.text(), "a copy")
    assert QGuiApplication.clipboard().text() == "+>.!0000"


def test_the_run_is_written_as_text_and_as_a_picture(bench: Bench, tmp_path: Path) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    bench.panel.export_text(tmp_path / "trace.txt")
    lines = (tmp_path / "trace.txt").read_text().splitlines()
    assert lines[5].split("\t") == ["0", "0", "0", "0", "2b +", "add one", "0", "0:2b>2c"]
    assert len(lines) == 5 + 4
    bench.panel.export_picture(tmp_path / "trace.png")
    picture = QImage(str(tmp_path / "trace.png"))
    assert picture.width() >= 4
    assert picture.height() >= 16
    problems: list[Any] = []
    bench.desk.lab.problem.connect(problems.append)
    bench.panel.export_text(tmp_path / "none" / "trace.txt")
    assert len(problems) == 1


def test_another_world_empties_it(bench: Bench) -> None:
    bench.pick(b"+>.!\0\0\0\0")
    bench.desk.lab.select(None)
    assert bench.panel.session is None
    assert bench.panel.view.hint.isVisible()
    assert not bench.panel.view.strip.isVisible()


def test_the_picture_says_what_happened_where(bench: Bench) -> None:
    trace = bench.pick(b"+>.!\0\0\0\0").trace
    cells = trace_cells(trace, 4)
    assert cells.shape == (16, 4)
    assert cells[0, 0] == WRITE  # a read and a write: the write is shown
    assert cells[1, 2] == READ
    assert cells[9, 2] == WRITE
    assert cells[3, 3] == RUN
    assert np.count_nonzero(trace_cells(trace, 1)) == 5
    assert len(list(trace_lines(trace, bench.desk.state.capabilities.alphabet))) == 9


def test_the_tab_is_there_for_worlds_of_programs_only(desk: Any, plugin: Any) -> None:
    bottom = desk.window.bottom
    place = bottom.indexOf(bottom.tape)
    assert not bottom.isTabVisible(place)
    plugin("tiny", TOY, "Tiny")
    desk.open("tiny")
    assert bottom.isTabVisible(bottom.indexOf(bottom.tape))
    desk.lab.select(None)
    assert not bottom.isTabVisible(bottom.indexOf(bottom.tape))
