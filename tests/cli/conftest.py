"""Calling the command line within the test's process, and once in a while as a process."""

import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from app import cli


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Settings and logs of their own, and a clean root logger afterwards."""
    monkeypatch.setenv("PRIMORDIA_HOME", str(tmp_path / "home"))
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield tmp_path
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def primordia(home, capsys):
    """Run a command line; gives the exit code, both outputs and the JSON of stdout."""

    def run(*arguments):
        code = cli.main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        given = "--json" in arguments and out.strip() and arguments[0] != "bench"
        found = json.loads(out) if given else None
        return SimpleNamespace(code=code, out=out, err=err, json=found)

    return run


@pytest.fixture
def process(home):
    """Start Python with the program's modules; returns the completed process."""

    def start(*arguments, **options):
        environment = {**os.environ, "PRIMORDIA_HOME": str(home / "home")}
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=50,
            **options,
        )

    return start
