"""The note beside the shipped models names every one: its command, target, updates and licence."""

import re

import pytest

from engine.core import checkpoint
from engine.core.presets import RESOURCES

FOLDER = RESOURCES / "models"
FILES = sorted(FOLDER.glob("*.safetensors"))
LINE = re.compile(
    r"^\| `(?P<file>[^`]+)` \| `python (?P<script>\S+) (?P<name>\S+)` "
    r"\| (?P<target>[^|]+) \| (?P<updates>[\d,]+) \| Apache-2\.0 \|$",
    re.MULTILINE,
)
PREFIX = "attention-"  # of files; the recipes of attention go without it
LINES = {m["file"]: m for m in LINE.finditer((FOLDER / "README.md").read_text())}


def test_the_note_names_every_file_and_no_other():
    assert sorted(LINES) == [path.name for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_command_is_the_one_that_makes_the_file(path):
    line, model = LINES[path.name], checkpoint.read(path)
    recipes = re.split(
        r"^RECIPES.* = {", (RESOURCES.parent / line["script"]).read_text(), flags=re.MULTILINE
    )[1]
    assert line["name"] == path.stem.removeprefix(PREFIX)
    assert f'    "{line["name"]}": ' in recipes
    assert int(line["updates"].replace(",", "")) == model.params["updates"]
    figures = (FOLDER / "README.md").read_text()
    assert f"\n| {path.stem} | " in figures
    if path.stem.startswith(PREFIX):
        return  # prompts are drawn while it learns: no file is behind them
    # Examples that are drawn in code may be named instead of stored.
    learned = model.target.name if model.target else f"{model.params['example']}.png"
    if "/" in line["target"]:
        target = RESOURCES.parent / line["target"].strip("`")
        assert target.is_file()
        assert target.name == learned
    else:
        assert learned == f"{line['target'].rpartition(' ')[2]}.png"
