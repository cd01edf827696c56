"""Whole runs of the reference, byte for byte, with one thread and with two.

Single tapes are in `test_soup_languages.py`. Long runs are cut short here; the tests marked slow
follow all of them to their ends.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import device
from engine.soup import scoring
from engine.soup.epoch import DEFAULT_MUTATION, Soup
from engine.soup.language import language
from engine.soup.metrics import measure
from engine.soup.pairing import Cyclic, Fixed, Pairing, Shuffle, grid

DATA = Path(__file__).parents[2] / "data/soup"
PAIRINGS: dict[str, Pairing] = {
    "cyclic": Cyclic(),
    "fixed_shuffle": Fixed(),
    "grid2d": grid(32, 32),
}

Run = dict[str, Any]


def load(file: str) -> Any:
    return json.loads((DATA / file).read_text())


MODES: list[Run] = load("modes_1024.json")
SOUPS: list[Run] = load("soups_8192.json")
LANGUAGES = [run for run in SOUPS if run["case"] == "language"]
SEEDED = [run for run in SOUPS if run["case"] == "seeded"]
TRANSITIONS = [run for run in SOUPS if run["case"] == "transition"]


def name(run: Run) -> str:
    return f"{run['case']}-{run['lang']}"


@pytest.fixture(params=[1, 2], ids=["one-thread", "two-threads"])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    device.set_threads(request.param)
    yield request.param
    device.set_threads(0)


def make(run: Run, tracers: bool) -> Soup:
    options = run.get("options", {})
    return Soup(
        language(run["lang"]),
        run["num"],
        run["seed"],
        mutation=options.get("mprob", DEFAULT_MUTATION),
        pairing=PAIRINGS.get(run.get("case", ""), Shuffle()),
        zero=options.get("zero", False),
        reset_every=options.get("reset", 0),
        tracers=tracers,
        initial=bytes.fromhex(run.get("initial", "")),
    )


def follow(run: Run, last: int, scored: int = 0, tracers: bool = False) -> None:
    """Compare every logged epoch up to `last`, and up to `scored` the scores of all programs."""
    soup = make(run, tracers)
    compared = 0
    for row in run["log"]:
        if row["epoch"] > last:
            break
        while soup.epoch < row["epoch"]:
            soup.step()
        assert hashlib.sha256(soup.soup.tobytes()).hexdigest() == row["sha256"], row["epoch"]
        assert soup.ops == row.get("ops", soup.ops), row["epoch"]
        found = measure(soup.soup)
        assert found.brotli_bytes == row["brotli_bytes"]
        assert found.h0 == pytest.approx(row["h0"], abs=1e-6)
        assert found.high_order == pytest.approx(row.get("high_order", found.high_order), abs=1e-6)
        if "scores" in row and row["epoch"] <= scored:
            check_scores(soup, row["scores"])
        compared += 1
    assert compared > 1


def check_scores(soup: Soup, expected: dict[str, Any]) -> None:
    found = scoring.scores(soup.language, soup.soup, seed=soup.seed, epoch=soup.epoch - 1)
    assert int((found >= scoring.THRESHOLD).sum()) == expected["replicators"]
    assert int(found.max()) == expected["best"]
    assert hashlib.sha256(found.astype("<u2").tobytes()).hexdigest() == expected["sha256"]


@pytest.mark.parametrize("spoken", ["bff", "bff_noheads", "forth"])
def test_the_first_epoch_byte_for_byte(spoken: str) -> None:
    """Shows where wrong bytes lie: scattered ones are bad noise, runs of them a bad run."""
    soup = Soup(language(spoken), 64, 1234)
    soup.step()
    expected = base64.b64decode(load("tiny_64_first_epoch.json")[spoken])
    np.testing.assert_array_equal(soup.soup, np.frombuffer(expected, np.uint8).reshape(64, 64))


@pytest.mark.parametrize("run", load("tiny_64.json"), ids=lambda run: run["lang"])
@pytest.mark.parametrize("tracers", [False, True], ids=["", "tracers"])
def test_small_soups_epoch_by_epoch(run: Run, tracers: bool) -> None:
    follow(run, last=8, tracers=tracers)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("run", MODES, ids=name)
def test_all_modes(run: Run) -> None:
    follow(run, last=33, scored=33)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("run", LANGUAGES, ids=name)
def test_all_languages(run: Run) -> None:
    follow(run, last=65)


def test_a_soup_goes_through_its_transition() -> None:
    (run,) = [run for run in LANGUAGES if run["lang"] == "bff_noheads_4bit"]
    assert run["log"][2]["high_order"] < 1 < run["log"][3]["high_order"]
    follow(run, last=257)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("run", SEEDED, ids=name)
def test_a_planted_replicator_takes_over(run: Run) -> None:
    follow(run, last=97)


@pytest.mark.parametrize("run", TRANSITIONS, ids=name)
def test_transitions_and_the_programs_that_replicate(run: Run) -> None:
    follow(run, last=97, scored=33)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("run", LANGUAGES + TRANSITIONS, ids=name)
def test_long_runs_to_their_ends(run: Run) -> None:
    follow(run, last=run["log"][-1]["epoch"], scored=97)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_default_run_to_its_transition() -> None:
    (run,) = load("seed0_131072.json")
    follow(run, last=2497)
