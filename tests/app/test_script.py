"""Scripts: statements, waits and pictures, in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app import script as scripts
from app.script import Awaited, Script, Statement, parse
from app.verbs import Verbs
from engine.core.errors import BadInput, UserError


def test_statements_end_at_semicolons() -> None:
    assert parse("world.open life/x; wait 3 ;;screenshot 'a b;c.png'; ") == (
        Statement("world.open", "life/x"),
        Statement("wait", "3"),
        Statement("screenshot", "a b;c.png"),
    )
    assert parse("") == ()


def test_quotes_that_do_not_close_are_refused() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        parse("screenshot 'a.png")


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        statements = parse(text)
    except BadInput:
        return
    assert all(statement.verb for statement in statements)


def play(desk: Any, text: str) -> UserError | None:
    """Run a script to its end."""
    ended: list[Any] = []
    script = Script(parse(text), Verbs(desk.window), desk.window)
    script.finished.connect(ended.append)
    script.start()
    desk.until(lambda: ended, f"the end of {text}", 60)
    return ended[0]  # type: ignore[no-any-return]


def test_a_script_does_what_a_user_would(desk: Any, tmp_path: Path) -> None:
    picture = tmp_path / "what is seen.png"
    text = (
        f"size 1100x700; world.open life; wait-for alive; transport.step-many 7; wait-for step 7;"
        f" stroke 3,3 3,9 tool=erase radius=2; pin 5,6; theme light; view.bottom; tab 2;"
        f" wait 0.1; screenshot '{picture}'"
    )
    assert play(desk, text) is None
    assert desk.state.step >= 7
    with Image.open(picture) as shown:
        assert shown.size == (1100, 700)
    assert desk.window.bottom.currentIndex() == 2


def test_parameters_and_drops(desk: Any, tmp_path: Path) -> None:
    Image.radial_gradient("L").resize((20, 20)).save(tmp_path / "ring.png")
    text = (
        "world.open gray-scott; wait-for alive; set feed=0.05; wait 0.1;"
        f" hover-drop '{tmp_path / 'ring.png'}'; drop '{tmp_path / 'ring.png'}'"
    )
    desk.window.settings.hint_done = True
    assert play(desk, text) is None
    desk.until(lambda: desk.world.slug == "growing-nca", "what learns it")
    desk.alive()


@pytest.mark.parametrize(
    "text",
    [
        "fly",
        "world.open nobody",
        "transport.play",
        "wait soon",
        "wait-for rain",
        "wait-for step soon",
        "world.open life; wait-for alive; set nothing=1",
        "world.open life; wait-for alive; set size=huge",
        "world.open life; wait-for alive; stroke a,b",
        "world.open life; wait-for alive; pin here",
        "world.open life; wait-for alive; speed quickly",
        "size big",
        "tab two",
        "world.open life; wait-for alive; view Nowhere",
        "theme purple",
        "screenshot",
        "screenshot /nonexistent/folder/a.png",
    ],
)
def test_what_cannot_be_done_ends_a_script_with_a_sentence(desk: Any, text: str) -> None:
    error = play(desk, text)
    assert isinstance(error, BadInput)
    assert "\n" not in str(error)
    assert not desk.toasts() or desk.toasts()[0] != ""


@pytest.mark.parametrize("words", ["updates 1", "file /nowhere/film.gif", "step 1000"])
def test_a_wait_in_vain_ends_a_script_and_is_named(
    desk: Any, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    desk.open("life", width=64, height=64)
    monkeypatch.setattr(scripts, "PATIENCE", 0.3)
    error = play(desk, f"wait-for {words}")
    assert isinstance(error, BadInput)
    assert f"wait-for {words}" in str(error)
    assert "in vain" in str(error)


@pytest.mark.parametrize("nearer", [True, False])
def test_what_comes_nearer_is_waited_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, nearer: bool
) -> None:
    monkeypatch.setattr(scripts, "PATIENCE", 0.1)
    asked: list[int] = []
    awaited = Awaited(
        lambda: asked.append(1) or len(asked) == 15,  # some 20 ms apart
        lambda: len(asked) if nearer else 0,
    )
    script = Script(parse("count"), {"count": lambda _: awaited})
    with qtbot.waitSignal(script.finished) as told:
        script.start()
    assert (told.args == [None]) is nearer
    assert (len(asked) == 15) is nearer


def test_a_verb_that_asks_and_gets_no_answer_ends_a_script(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "PATIENCE", 0.2)
    dialog, after, ended = QDialog(), [], []
    qtbot.addWidget(dialog)

    def end(error: Any) -> None:
        ended.append(error)
        QApplication.activeModalWidget().reject()

    verbs = {"ask": lambda _: dialog.exec() and None, "go": after.append}
    script = Script(parse("ask me; go on"), verbs)
    script.finished.connect(end)
    script.start()
    qtbot.waitUntil(lambda: bool(ended))
    qtbot.wait(60)
    assert "ask me" in str(ended[0])
    assert len(ended) == 1
    assert not after


def test_quit_closes_the_window(desk: Any) -> None:
    play(desk, "quit")
    assert not desk.window.isVisible()


def test_keys_words_and_buttons(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    assert (
        play(desk, "key Ctrl+K; wait 0.2; type glider; wait 0.1; key Escape; wait-for idle") is None
    )
    assert play(desk, "panel console; wait 0.1; click Clear") is None
    assert desk.window.shell.parts["console"].panel.output.toPlainText() == ""
    error = play(desk, "click 'No such button'")
    assert "no button called" in str(error)
    assert "Clear" in str(error)
    assert "there is no panel" in str(play(desk, "panel nowhere"))
    assert "are no keys" in str(play(desk, "key ''"))


def test_a_script_waits_for_a_file(desk: Any, tmp_path: Path) -> None:
    desk.open("life", width=64, height=64)
    path = tmp_path / "world.safetensors"
    assert play(desk, f"file.save-world {path}; wait-for file {path}; wait-for idle") is None
    assert path.stat().st_size > 0


def test_what_floats_is_in_the_picture(desk: Any, tmp_path: Path) -> None:
    desk.open("life", width=64, height=64)
    bare, full = tmp_path / "bare.png", tmp_path / "full.png"
    script = (
        f"panel console; wait 0.2; screenshot {bare}; plugins.show; wait 0.2; screenshot {full}"
    )
    assert play(desk, script) is None
    dialog = desk.dialogs("Plugins")[0]
    with Image.open(bare) as before, Image.open(full) as after:
        corner = dialog.mapToGlobal(dialog.rect().topLeft()) - desk.window.mapToGlobal(
            desk.window.rect().topLeft()
        )
        at = (corner.x() + 5, corner.y() + 60, corner.x() + 205, corner.y() + 260)
        assert before.crop(at).tobytes() != after.crop(at).tobytes()
    dialog.close()
