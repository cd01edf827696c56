"""The flag that forgets all settings, for a window that can no longer be used."""

import pytest

from app import gui


@pytest.mark.parametrize("line", [("--reset-settings",), ("gui", "--reset-settings")])
def test_settings_are_put_aside_before_the_window_opens(primordia, home, monkeypatch, line):
    folder = home / "home"
    folder.mkdir()
    (folder / "settings.json").write_text('{"theme": "light"}')
    seen = []

    def start(*given):
        seen.append((folder / "settings.json").exists())
        return 0

    monkeypatch.setattr(gui, "start", start)
    monkeypatch.setenv("DISPLAY", ":99")
    done = primordia(*line)
    assert done.code == 0
    assert seen == [False]
    assert "settings.old.json" in done.err
    assert (folder / "settings.old.json").read_text() == '{"theme": "light"}'
    assert "there were no settings" in primordia(*line).err
