"""Which views every laboratory of attention has, and who draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attention.charts import cell_view, positions_view, scores_view, training_view
from engine.attention.hooks import AttentionHooks
from engine.attention.matrices import weights_view
from engine.attention.portraits import heads_view
from engine.core.figures import TableView
from engine.core.system import ViewOffer
from engine.core.views import View, ViewRequest

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem

__all__ = ["offers", "view"]


def offers(system: AttentionSystem) -> tuple[ViewOffer, ...]:
    """List the views: those that all have, and the subclass's own behind the main ones."""
    kind = type(system)
    own = system.own_views()
    main = [
        ViewOffer("heads", "Attention", "heads", modes=("compare",), brushed=False),
        ViewOffer("weights", "Weights", "matrices", modes=("compare",), brushed=False),
    ]
    if kind.prompt_view is not AttentionHooks.prompt_view:
        main.append(ViewOffer("prompt", system.prompt_title, system.prompt_kind, brushed=False))
    main.append(ViewOffer("training", "Training", "chart", brushed=False))
    # The chart of the training twice: below the heads, their attention is seen to change in it.
    panel = [
        ViewOffer("over-training", "Over training", "chart", place="panel"),
        ViewOffer("tokens", "Tokens", "table", place="panel"),
    ]
    if kind.position_losses is not AttentionHooks.position_losses:
        panel.append(ViewOffer("positions", "Loss by position", "chart", place="panel"))
    if kind.study is not AttentionHooks.study:
        panel.append(ViewOffer("scores", "Scores", "chart", place="panel"))
    panel.append(ViewOffer("cell", "Query and key", "chart", place="panel"))
    return (
        *main,
        *(offer for offer in own if offer.place == "main"),
        *panel,
        *(offer for offer in own if offer.place == "panel"),
    )


def view(system: AttentionSystem, name: str, request: ViewRequest) -> View | None:
    """Make a view; None for a name that nobody offered."""
    if name == "heads":
        return heads_view(system, request)
    if name == "weights":
        return weights_view(system, request)
    if name == "prompt":
        return system.prompt_view(system.shown(), request)
    if name in ("training", "over-training"):
        return training_view(system)
    if name == "tokens":
        columns, rows = system.token_table(system.shown())
        return TableView(**system.age(), columns=columns, rows=rows)
    if name not in {offer.name for offer in offers(system)}:
        return None
    if name == "positions":
        return positions_view(system)
    if name == "scores":
        return scores_view(system)
    if name == "cell":
        return cell_view(system, request)
    return system.own_view(name, request)
