"""The workloads of `primordia bench soup` on a small soup."""

from __future__ import annotations

import pytest

from engine.bench import BENCHES, soup, soup_steps


def test_rows_are_those_of_the_issue():
    names = {f"soup.{state}.{threads}" for state in ("fresh", "takeover") for threads in (1, 2)}
    assert names <= set(BENCHES)
    more = {name.split(".")[1] for name in BENCHES if name.startswith("soup.")} - {
        "fresh",
        "takeover",
    }
    assert {state.removesuffix("-takeover") for state in more} <= set(soup_steps.STEPPED)


@pytest.mark.parametrize("state", ["fresh", "takeover", "forth", "subleq-takeover"])
def test_both_sides_live_the_same_epochs(state, monkeypatch):
    soups = []
    prepare = soup.prepare
    monkeypatch.setattr(soup, "prepare", lambda *order: soups.append(prepare(*order)) or soups[-1])
    for build in (soup.fast_epochs, soup.plain_epochs):
        work = build(state, programs=256)
        for _ in range(3):
            assert work() == 1.0
    (fast, first), (plain, _) = soups
    assert fast.language.run is not plain.language.run
    assert (fast.soup == plain.soup).all()
    assert fast.ops == plain.ops
    assert (fast.soup != first).any()


def test_the_fresh_soup_stays_fresh_and_the_other_is_taken_over(monkeypatch):
    soups = []
    prepare = soup.prepare
    monkeypatch.setattr(soup, "prepare", lambda *order: soups.append(prepare(*order)) or soups[-1])
    work = soup.fast_epochs("fresh", programs=64)
    for _ in range(soup.RENEW):
        work()
    world, first = soups[0]
    assert world.epoch == 0
    assert (world.soup == first).all()
    busy, _ = soup.prepare("takeover", 2048)
    before = busy.ops
    busy.step()
    assert busy.ops - before > 1000 * 1024  # operations of 1,024 pairs; 65 each in a fresh soup
