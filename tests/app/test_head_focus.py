"""The head in focus leads all views of its world."""

from __future__ import annotations

from app.head_focus import HeadFocus
from engine.core.views import ViewRequest

KINDS = {"heads": "heads", "weights": "matrices", "cell": "chart", "world": "image"}


def test_views_follow_the_heads_also_when_those_are_no_longer_seen() -> None:
    focus = HeadFocus()
    heads = ViewRequest(channels=(1, 2), max_size=64, probes=((1, 2, 7, 3),))
    made = focus.share({"heads": heads, "world": ViewRequest()}, KINDS)
    assert made == {"heads": heads, "world": ViewRequest()}
    later = focus.share({"weights": ViewRequest(max_size=9), "cell": ViewRequest()}, KINDS)
    assert later["weights"] == ViewRequest(channels=(1, 2), max_size=9, probes=((1, 2, 7, 3),))
    assert later["cell"].probes == ((1, 2, 7, 3),)


def test_what_a_view_asks_for_itself_goes_first() -> None:
    focus = HeadFocus()
    focus.share({"heads": ViewRequest(channels=(1, 2))}, KINDS)
    own = ViewRequest(channels=(0, 0), probes=((5,),))
    assert focus.share({"weights": own}, KINDS) == {"weights": own}


def test_a_world_without_heads_is_left_alone() -> None:
    focus = HeadFocus()
    focus.share({"heads": ViewRequest(channels=(1, 2))}, KINDS)
    wanted = {"loss": ViewRequest()}
    assert focus.share(wanted, {"loss": "chart"}) == wanted
