"""The console: what is typed runs in the window, is shown, completed, remembered and stopped."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from app.console.interpreter import MOST_LETTERS, Interpreter
from app.console.namespace import Namespace
from app.console.panel import ConsolePanel


class Said:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def __call__(self, text: str) -> None:
        self.parts.append(text)

    def take(self) -> str:
        text, self.parts = "".join(self.parts), []
        return text


@pytest.fixture
def session() -> tuple[Interpreter, Said]:
    said = Said()
    now = {"count": 0}

    def world() -> int:
        now["count"] += 1
        return now["count"]

    return Interpreter(Namespace({"seven": 7}, {"world": world}), said, lambda: None), said


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1 + 1", "2\n"),
        ("x = 3", ""),
        ("print('a', end='')", "a"),
        ("x = 2\ny = 5\nx * y", "10\n"),
        ("for i in range(3): i", "0\n1\n2\n"),
        ("def f():\n    return seven\nf()", "7\n"),
        ("[world, world]", "[1, 2]\n"),  # asked for each time
        ("def f():\n    return world\nf() + f()", "3\n"),
        ("np.arange(3).sum()", "3\n"),
        ("None", ""),
        ("", ""),
    ],
)
def test_what_is_typed_runs(session: Any, typed: str, shown: str) -> None:
    interpreter, said = session
    interpreter.run(typed)
    taken = said.take()
    assert taken.replace("np.int64(3)", "3") == shown


def test_names_stay_and_the_last_value_has_one(session: Any) -> None:
    interpreter, said = session
    interpreter.run("x = 20")
    interpreter.run("x + 1")
    interpreter.run("_ * 2")
    assert said.take() == "21\n42\n"
    assert not hasattr(__builtins__, "_")


def test_errors_are_shown_by_what_was_typed(session: Any) -> None:
    interpreter, said = session
    interpreter.run("def f(x):\n    return 1 / x\n\nf(0)")
    text = said.take()
    assert "ZeroDivisionError: division by zero" in text
    assert "return 1 / x" in text
    assert "interpreter.py" not in text
    interpreter.run("1 +* 2")
    assert "SyntaxError" in said.take()
    interpreter.run("import sys; sys.exit(3)")
    assert "does not end the program" in said.take()
    interpreter.run("no_such_name")
    assert "NameError" in said.take()
    assert not interpreter.running


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("1", True),
        ("for i in x:", False),
        ("for i in x: i", True),
        ("for i in x:\n    print(i)", False),
        ("for i in x:\n    print(i)\n    ", True),
        ("if a:\n    b\nelse:", False),
        ("f(", False),
        ("f(\n    1)", True),
        ("x = '''a", False),
        ("a = 1\nb = 2", True),
        ("a = 1\nfor i in x:\n    b", False),
        ("a = 1\nfor i in x:\n    b\n", True),
        ("1 +* 2", True),
        ("@decorated", False),
    ],
)
def test_a_text_is_whole_or_goes_on(session: Any, text: str, whole: bool) -> None:
    assert session[0].is_whole(text) is whole


def test_output_is_bounded(session: Any) -> None:
    interpreter, said = session
    interpreter.run(f"print('a' * {3 * MOST_LETTERS})")
    text = said.take()
    assert len(text) < MOST_LETTERS + 100
    assert f"{2 * MOST_LETTERS + 1:,} letters more" in text
    interpreter.run("1")
    assert said.take() == "1\n"


@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass",
        "def f():\n    while True:\n        pass\n\nf()",
        "[0 for _ in iter(int, 1)]",
    ],
)
def test_what_does_not_end_is_stopped(endless: str) -> None:
    said = Said()
    breaths = []

    def breathe() -> None:
        breaths.append(time.monotonic())
        if len(breaths) == 3:
            interpreter.stop()

    interpreter = Interpreter(Namespace({}), said, breathe)
    began = time.monotonic()
    interpreter.run(endless)
    assert said.take() == "Stopped\n"
    assert 0.1 < time.monotonic() - began < 3.0
    assert sys.gettrace() is None or "console" not in repr(sys.gettrace())
    interpreter.run("1 + 1")
    assert said.take() == "2\n"


def test_completions(session: Any) -> None:
    interpreter, _ = session
    assert interpreter.completions("sev") == ["seven"]
    assert "world" in interpreter.completions("w")
    assert "while" in interpreter.completions("x = wh")
    assert "seven.bit_length" in interpreter.completions("print(seven.bit_l")
    assert "np.arange" in interpreter.completions("np.arang")
    assert interpreter.completions("nothing.at") == []
    assert interpreter.completions("") == []


# The panel.


@pytest.fixture
def panel(qtbot: Any) -> ConsolePanel:
    panel = ConsolePanel(Namespace({"seven": 7, "several": 1}))
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    QTest.qWaitForWindowActive(panel, 2000)
    panel.field.setFocus()
    panel.output.clear()
    return panel


def enter(panel: ConsolePanel, text: str) -> None:
    for n, line in enumerate(text.split("\n")):
        if n:
            QTest.keyClick(panel.field, Qt.Key.Key_Return)
        QTest.keyClicks(panel.field, line)
    QTest.keyClick(panel.field, Qt.Key.Key_Return)


def test_enter_runs_and_blocks_go_on(panel: ConsolePanel) -> None:
    enter(panel, "seven + 1")
    assert panel.output.toPlainText() == ">>> seven + 1\n8\n"
    assert panel.field.toPlainText() == ""
    panel.output.clear()
    height = panel.field.height()
    QTest.keyClicks(panel.field, "for i in range(2):")
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert panel.field.toPlainText() == "for i in range(2):\n    "
    assert panel.field.height() > height
    QTest.keyClicks(panel.field, "print(i)")
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert panel.output.toPlainText().endswith("0\n1\n")


def test_up_and_down_recall(panel: ConsolePanel) -> None:
    enter(panel, "a = 1")
    enter(panel, "b = 2")
    QTest.keyClicks(panel.field, "c")
    QTest.keyClick(panel.field, Qt.Key.Key_Up)
    assert panel.field.toPlainText() == "b = 2"
    QTest.keyClick(panel.field, Qt.Key.Key_Up)
    QTest.keyClick(panel.field, Qt.Key.Key_Up)
    assert panel.field.toPlainText() == "a = 1"
    QTest.keyClick(panel.field, Qt.Key.Key_Down)
    QTest.keyClick(panel.field, Qt.Key.Key_Down)
    assert panel.field.toPlainText() == "c"


def test_tab_completes(panel: ConsolePanel) -> None:
    QTest.keyClicks(panel.field, "x = se")
    QTest.keyClick(panel.field, Qt.Key.Key_Tab)
    assert "seven" in panel.output.toPlainText()
    QTest.keyClicks(panel.field, "vera")
    QTest.keyClick(panel.field, Qt.Key.Key_Tab)
    assert panel.field.toPlainText() == "x = several"
    panel.field.clear()
    assert panel.field.hasFocus()
    QTest.keyClick(panel.field, Qt.Key.Key_Tab)  # nothing to complete: no trap for the keyboard
    assert not panel.field.hasFocus()


def press_ctrl_c(panel: ConsolePanel) -> None:
    QTest.keyClick(panel.field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize("by_key", [False, True])
def test_it_is_stopped_while_it_runs(panel: ConsolePanel, by_key: bool) -> None:
    QTimer.singleShot(100, partial(press_ctrl_c, panel) if by_key else panel.stop.click)
    began = time.monotonic()
    enter(panel, "while True: pass")
    assert time.monotonic() - began < 5.0
    assert panel.output.toPlainText().endswith("Stopped\n")
    assert not panel.stop.isEnabled()
    assert not panel.field.isReadOnly()


def test_the_open_lab_is_at_hand(desk: Any) -> None:
    desk.run("console.show")
    console = desk.window.shell.parts["console"].panel
    assert desk.until(console.isVisible, "the console")
    enter(console, "world is None")
    assert "True" in console.output.toPlainText()
    enter(console, 'hands.open("life", width=64, height=64)')
    desk.alive()
    assert desk.world.slug == "life"
    console.output.clear()
    enter(console, "for _ in range(3): run('transport.step')")
    enter(console, "hands.until(lambda: world.state.step == 3)")
    assert desk.state.step == 3
    enter(console, "run('no.such')")
    assert "there is no action" in console.output.toPlainText()
    assert desk.toasts() == []
    desk.run("console.run", "lab.close(world)")
    assert desk.world is None


def test_its_key_puts_it_away_again(desk: Any) -> None:
    dock = desk.window.docks.added["console"]
    desk.open("life", width=64, height=64)
    desk.run("console.show")
    desk.until(lambda: dock.widget() is not None and dock.widget().field.hasFocus(), "the cursor")
    desk.run("console.show")
    desk.until(lambda: not dock.isVisible(), "the picture alone")
    assert desk.window.page.viewport.hasFocus()
    desk.run("console.show")
    assert dock.isVisible()
    desk.window.page.viewport.setFocus()
    desk.run("console.show")  # the cursor is elsewhere: it comes back
    assert dock.isVisible()
    assert dock.widget().field.hasFocus()


def test_what_was_said_follows_another_theme(
    panel: ConsolePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import theme

    def colours() -> set[str]:
        block, found = panel.output.document().begin(), set()
        while block.isValid():
            for span in block.textFormats():
                if span.length > 1:
                    found.add(span.format.foreground().color().name())
            block = block.next()
        return found

    enter(panel, "seven * 100")
    text, seen = panel.output.toPlainText(), []
    for name in ("dark", "light"):
        monkeypatch.setattr(theme, "current", lambda name=name: theme.named(name))
        panel._retint()
        seen.append(colours())
        assert seen[-1] == {theme.colour("accent").name(), theme.colour("text").name()}
    assert not seen[0] & seen[1]
    assert panel.output.toPlainText() == text
