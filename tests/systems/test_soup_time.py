"""A soup that goes back and forth in its history: a transition is one transition."""

from __future__ import annotations

from engine.core.history import History
from engine.core.spec import Spec
from engine.systems.soup import ProgramSoup


def live(soup: ProgramSoup, past: History, until: int) -> None:
    while soup.step_count < until:
        soup.step()
        if past.due(soup.step_count, 0.0):
            past.keep(soup)
    soup._observer.chronicle.survey.wait()
    soup.take_log()


def test_a_jump_over_a_transition_does_not_find_it_again() -> None:
    params = {
        "language": "bff_noheads_4bit",
        "programs": 1024,
        "plant": "replicator",
        "measure_every": 4,
    }
    soup = ProgramSoup(Spec("soup", params, seed=1, device="cpu"))
    past = History(lambda: 0.0)
    past.keep(soup)
    while not soup.marks():
        live(soup, past, soup.step_count + 8)
        assert soup.step_count < 200
    (mark,) = soup.marks()
    last = soup.step_count + 8
    live(soup, past, last)
    final = soup.soup.copy()
    past.restore(soup, past.find(1))
    assert soup.marks() == ()
    assert past.marks(soup) == (mark,)
    live(soup, past, 12)  # measured again, so that what came later is forgotten
    past.restore(soup, past.find(last))
    assert soup.marks() == (mark,)
    live(soup, past, last + 24)
    assert soup.marks() == (mark,)
    past.restore(soup, past.find(1))
    live(soup, past, last)
    assert soup.marks() == (mark,), "replayed, it is found at the same epoch"
    assert (soup.soup == final).all()
