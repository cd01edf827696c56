"""A session is saved from the window and opened again, to the bit; and nothing is lost unasked."""

from __future__ import annotations

import gc
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from app.session import autosave as autosave_module
from app.session.dialogs import ChangesDialog, KeepDialog, PartsDialog, RecoveryDialog
from app.session.lock import LOCK, us
from app.session.manifest import KeptWorld, Manifest
from app.session.pack import PackedWorld, pack
from app.session.unpack import unpack
from engine.core.activity import null_activity
from engine.core.checkpoint import Captured
from engine.core.commands import Keep


def part(desk: Any) -> Any:
    return desk.window.shell.parts["session"]


def opened(desk: Any, *names: str) -> None:
    """Open worlds beside each other, small ones, and pause them after some steps."""
    for name in names:
        desk.run("world.new", name)
        desk.alive()
        desk.until(lambda: desk.state.step > 3, "some steps")
        desk.run("transport.play")
        desk.until(lambda: not desk.state.playing, "a pause")


def saved(desk: Any, path: Path) -> Path:
    desk.run("session.save-as", str(path))
    desk.until(lambda: part(desk).path == path, "the saved session")
    return path


def states(path: Path) -> list[dict[str, Any]]:
    from engine.core import checkpoint

    session = unpack(path, null_activity())
    return [checkpoint.parse(world.state.data, "").arrays for world in session.worlds]


def test_worlds_of_three_kinds_come_back_to_the_bit(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life", "gray-scott", "soup")
    titles = [world.title for world in desk.lab.worlds]
    desk.lab.worlds[0].submit(Keep("a good one"))
    desk.until(lambda: desk.lab.worlds[0].state.bookmarks, "a bookmark")
    desk.run("view.split-right")
    desk.lab.select(desk.lab.worlds[1])
    desk.viewport.zoom(3)
    desk.settle()
    splits = desk.window.shell.workspace.memento()
    assert "split" in splits["tree"]
    looked = desk.window.page.memento()
    steps = [world.state.step for world in desk.lab.worlds]
    one = saved(desk, tmp_path / "one.primordia")
    assert not part(desk).modified()
    assert "one" in desk.window.windowTitle()
    before = list(desk.lab.worlds)
    desk.run("session.new")
    assert desk.lab.worlds == []
    desk.run("file.open", str(one))
    desk.until(lambda: len(desk.lab.worlds) == 3 and not part(desk).busy, "the session")
    assert not set(before) & set(desk.lab.worlds)
    assert [world.title for world in desk.lab.worlds] == titles
    assert desk.world is desk.lab.worlds[1]
    desk.until(lambda: [w.state.step for w in desk.lab.worlds] == steps, "the same steps")
    marks = lambda: [mark.title for mark in desk.lab.worlds[0].state.bookmarks]  # noqa: E731
    desk.until(lambda: marks() == ["a good one"], "the bookmark")
    desk.until(lambda: not part(desk).modified(), "an unmodified session")
    desk.until(lambda: desk.window.page.memento() == looked, "the same camera")
    again = desk.window.shell.workspace.memento()
    assert again["tree"]["children"] == splits["tree"]["children"]
    two = saved(desk, tmp_path / "two.primordia")
    for a, b in zip(states(one), states(two), strict=True):
        assert set(a) == set(b)
        for name, array in a.items():
            assert np.array_equal(array, b[name]), name


def dialogs(desk: Any, kind: type) -> list[Any]:
    return [dialog for dialog in desk.window.findChildren(kind) if dialog.isVisible()]


def press(dialog: Any, words: str) -> None:
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.text() == words]
    button.click()


def test_a_broken_session_changes_nothing(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life")
    good = saved(desk, tmp_path / "good.primordia")
    worlds, state = list(desk.lab.worlds), desk.state
    whole = good.read_bytes()
    place = whole.index(b"safetensors") + 600  # within the state: the contents are sound
    bad = tmp_path / "bad.primordia"
    bad.write_bytes(whole[:place] + b"\xff\xff\xff" + whole[place + 3 :])
    words, welcome = desk.hover(bad)
    assert welcome  # only reading all of it tells
    assert "in place of what is open" in words
    desk.leave()
    desk.drop(bad)
    desk.until(lambda: any("bad.primordia" in words for words in desk.toasts()), "the reason")
    assert not part(desk).busy
    assert desk.lab.worlds == worlds
    assert (desk.state.step, desk.state.seed) == (state.step, state.seed)
    assert part(desk).path == good
    bad.write_bytes(whole[:-40])
    words, welcome = desk.hover(bad)
    assert not welcome
    assert "bad.primordia" in words
    desk.leave()


def test_a_world_that_does_not_fit_closes_what_was_opened_with_it(
    desk: Any, tmp_path: Path
) -> None:
    """The second state is sound, but of a world of another size than its parameters say."""
    from engine import openers
    from engine.core import checkpoint

    life = openers.build(openers.spec_of("life", width=64, height=64))
    sound, other = checkpoint.capture(life, "world"), checkpoint.capture(life, "world")
    other.meta["params"] = {**other.meta["params"], "width": 128}
    path = tmp_path / "misfit.primordia"
    kept = [
        PackedWorld(KeptWorld(slug="life", title="sound"), sound),
        PackedWorld(KeptWorld(slug="life", title="misfit"), other),
    ]
    pack(kept, Manifest(), path, null_activity())
    opened(desk, "gray-scott")
    before = list(desk.lab.worlds)
    desk.run("session.open", str(path))
    desk.until(lambda: any("misfit.primordia" in words for words in desk.toasts()), "the reason")
    desk.until(lambda: desk.lab.worlds == before, "the worlds of before")
    assert desk.world is before[0]
    assert part(desk).path is None


def test_the_user_is_asked_once_before_anything_is_lost(desk: Any, tmp_path: Path) -> None:
    session = part(desk)
    session.asks = True
    opened(desk, "life", "gray-scott")
    assert not session.modified()  # opened and looked at: nothing that anybody would miss
    assert session.may_close()
    desk.world.set_param("feed", 0.031)
    desk.until(session.modified, "the mark")
    desk.until(lambda: desk.window.isWindowModified(), "the mark in the title")
    desk.window.close()
    (dialog,) = dialogs(desk, KeepDialog)
    assert any("hand" in label.text() for label in dialog.findChildren(QLabel))
    press(dialog, "Cancel")
    desk.settle()
    assert desk.window.isVisible()
    assert len(desk.lab.worlds) == 2
    saved(desk, tmp_path / "kept.primordia")
    desk.until(lambda: not session.modified(), "no mark")
    desk.world.set_param("feed", 0.032)
    desk.until(session.modified, "the mark")
    desk.run("session.changes")
    (shown,) = dialogs(desk, ChangesDialog)
    lines = [shown.listing.item(row).text() for row in range(shown.listing.count())]
    assert any("Feed F is 0.032, was 0.031" in line for line in lines)
    assert not any("by hand" in line for line in lines)
    shown.reject()
    desk.run("session.new")
    (dialog,) = dialogs(desk, KeepDialog)
    press(dialog, "Save")
    desk.until(lambda: desk.lab.worlds == [], "a new session")
    found = unpack(tmp_path / "kept.primordia", null_activity())
    assert found.worlds[1].spec.params["feed"] == 0.032
    assert session.path is None
    assert str(tmp_path / "kept.primordia") in desk.window.settings.recent_sessions
    session.asks = False


def test_training_and_pending_changes_come_back(desk: Any, tmp_path: Path) -> None:
    world = desk.open("growing-nca", batch=1, pool=32, target_size=16, padding=4, hidden=32)
    desk.run("train.toggle")
    desk.until(lambda: world.state.updates > 3, "updates", 60)
    world.set_param("hidden", 64)
    assert world.pending
    path = saved(desk, tmp_path / "school.primordia")
    updates = unpack(path, null_activity()).worlds[0].kept.updates
    assert updates > 3
    desk.lab.train(False)
    desk.run("session.open", str(path))
    desk.until(lambda: desk.world not in (None, world) and not part(desk).busy, "the session")
    assert desk.world.pending == {"hidden": 64}
    assert len(desk.world.series["training"]["loss"]) > 0
    desk.until(lambda: desk.state.training, "training that goes on")
    desk.until(lambda: desk.state.updates > updates, "more updates", 60)
    desk.lab.train(False)
    desk.until(lambda: not desk.world.learning, "rest")
    desk.world.unsaved = False


def test_what_a_crash_left_is_restored(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life")
    step, session = desk.state.step, part(desk)
    saved(desk, tmp_path / "mine.primordia")
    autosave = session.autosave
    autosave.on = True
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "an autosaved session")
    (file,) = autosave.files()
    # As if this program had gone: its folder with a lock of a process that never was.
    left = file.parent.parent / "gone"
    left.mkdir()
    (left / file.name).write_bytes(file.read_bytes())
    (left / LOCK).write_text(json.dumps({"pid": 1, "began": 0, "host": us().host}))
    desk.run("session.new")
    autosave.offer()
    desk.until(lambda: dialogs(desk, RecoveryDialog), "the question")
    (dialog,) = dialogs(desk, RecoveryDialog)
    assert any("mine" in label.text() for label in dialog.findChildren(QLabel))
    press(dialog, "Restore")
    desk.until(lambda: desk.world is not None and not session.busy, "the session")
    desk.until(lambda: desk.state.step == step, "the step")
    assert session.path == tmp_path / "mine.primordia"
    assert session.modified()
    desk.until(lambda: len(list(file.parent.parent.iterdir())) == 1, "what was left to be gone")
    desk.until(lambda: not autosave.saving, "rest")


def test_autosave_asks_only_worlds_that_changed(desk: Any) -> None:
    opened(desk, "life", "gray-scott")
    autosave = part(desk).autosave
    autosave.on = True
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "one")
    desk.run("transport.step")
    step = desk.state.step
    desk.until(lambda: desk.state.step == step + 1, "a step")
    autosave.now()
    desk.until(lambda: len(autosave.files()) == 2 and not autosave.saving, "another")
    newest = unpack(autosave.files()[0], null_activity())
    assert newest.worlds[1].kept.step == step + 1
    older = unpack(autosave.files()[1], null_activity())
    assert newest.worlds[0].state == older.worlds[0].state
    assert newest.worlds[1].state != older.worlds[1].state


def test_what_the_user_saves_takes_the_place_of_what_was_saved_by_itself(
    desk: Any, tmp_path: Path
) -> None:
    opened(desk, "life")
    autosave = part(desk).autosave
    autosave.on = True
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "one")
    saved(desk, tmp_path / "mine.primordia")
    assert not autosave.files()
    desk.run("transport.step")
    desk.until(lambda: not desk.world.unanswered, "a step")
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "another")
    assert unpack(autosave.files()[0], null_activity()).worlds[0].kept.step == desk.state.step


def test_an_unfinished_film_is_offered(desk: Any, tmp_path: Path) -> None:
    there, gone = tmp_path / "reef.part.mp4", tmp_path / "gone.part.mp4"
    there.write_bytes(b"a film")
    settings = desk.window.settings
    empty = tmp_path / "empty.part.mp4"
    empty.touch()
    settings.unfinished = [str(gone), str(empty)]
    autosave = part(desk).autosave
    autosave.offer()
    assert not dialogs(desk, PartsDialog)
    settings.unfinished = [str(there), str(gone)]
    autosave.offer()
    (dialog,) = dialogs(desk, PartsDialog)
    press(dialog, "Keep")
    desk.until(lambda: (tmp_path / "reef (unfinished).mp4").exists(), "the film")
    assert settings.unfinished == []


def test_a_film_that_cannot_be_kept_is_offered_again(desk: Any, tmp_path: Path) -> None:
    broken = tmp_path / "reef.part.frames"
    broken.write_bytes(b"no frames")
    settings = desk.window.settings
    settings.unfinished = [str(broken)]
    part(desk).autosave.offer()
    (dialog,) = dialogs(desk, PartsDialog)
    press(dialog, "Keep")
    desk.until(desk.toasts, "the message")
    assert settings.unfinished == [str(broken)]


def test_odd_mementos_keep_no_world_from_being_opened(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life")
    path = saved(desk, tmp_path / "odd.primordia")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(members["session.json"])
    odd = {"front": 7, "views": {"world": {"camera": "x", "pins": 3, "mode": [], "limits": "a"}}}
    content["worlds"][0]["page"] = odd
    content["workspace"] = {"tree": {"split": "sideways", "children": [{"cell": ["x", 9]}]}}
    content["parts"] = {name: [1, {"pairs": 3}] for name in desk.window.shell.parts}
    content["layout"] = "no base64 ü"
    members["session.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    before = desk.world
    desk.run("session.open", str(path))
    desk.until(lambda: desk.world not in (None, before) and not part(desk).busy, "the session")
    assert len(desk.lab.worlds) == 1
    assert part(desk).path == path
    desk.alive()


def test_copies_of_states_go_once_they_are_written(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life")
    autosave = part(desk).autosave
    autosave.on = True
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "an autosaved session")
    saved(desk, tmp_path / "a.primordia")
    desk.settle()
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is Captured]


def test_a_world_that_does_not_answer_keeps_its_last_state(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(desk, "life")
    autosave = part(desk).autosave
    autosave.on = True
    autosave.now()
    desk.until(lambda: autosave.files() and not autosave.saving, "one")
    step = desk.state.step
    desk.run("transport.step")
    desk.until(lambda: desk.state.step == step + 1, "a step")
    # It never answers, as in a tick that lasts for minutes.
    monkeypatch.setattr(autosave_module, "PATIENCE", 0.1)
    monkeypatch.setattr(desk.world, "do", lambda command, done: command.id)
    autosave.now()
    desk.until(lambda: len(autosave.files()) == 2 and not autosave.saving, "another")
    monkeypatch.undo()
    assert unpack(autosave.files()[0], null_activity()).worlds[0].kept.step == step
