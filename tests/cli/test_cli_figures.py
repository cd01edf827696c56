"""What is read off the views of a run, and a system's own actions on the command line."""

from __future__ import annotations

import numpy as np
import pytest

from app.commands.figures import figures
from engine.core.figures import ChartView, Cursor, HeadsView, Matrix, MatrixView, TableView
from engine.core.system import ViewOffer

SMALL = ("--set", "width=64", "--set", "height=64", "--steps", 2)


class Shown:
    """As much of a system as is read."""

    def __init__(self, **views):
        self.made = views
        self.asked = {}

    def view_offers(self):
        kinds = {
            ChartView: "chart",
            HeadsView: "heads",
            MatrixView: "matrices",
            TableView: "table",
            str: "image",
        }
        return tuple(ViewOffer(name, name, kinds[type(v)]) for name, v in self.made.items())

    def views(self, wanted):
        self.asked = wanted
        return {name: self.made[name] for name in wanted}


def test_figures_are_read_off_every_kind_of_view_but_pictures():
    x = np.array([1.0, 2.0])
    weights = np.zeros((1, 2, 3, 3), np.float32)
    world = Shown(
        world="a picture",
        weights=MatrixView(
            step=0,
            matrices=(Matrix(title="KQ", values=np.eye(2, dtype=np.float32)),),
            facts=(("cosine", 0.5),),
        ),
        training=ChartView(
            step=0,
            x="update",
            y="loss",
            curves=(("loss", x, 3 * x), ("none", x[:0], x[:0])),
            cursors=(Cursor(1.5, "phase change"),),
        ),
        heads=HeadsView(
            step=0,
            weights=weights,
            keys=("a", "b", "c"),
            roles=(("", "induction"),),
            scores=(("induction", np.array([[0.1, 0.9]])),),
            off=((0, 0),),
        ),
        tokens=TableView(step=0, columns=("token",), rows=(("a",),)),
        empty=ChartView(step=0, x="x", y="y", curves=()),
    )
    found = figures(world)
    assert "world" not in world.asked
    assert "empty" not in found
    assert found["weights"] == {"cosine": 0.5}
    assert found["training"]["last"] == {"loss": (2.0, 6.0)}
    assert found["training"]["at"] == {"phase change": 1.5}
    assert found["heads"]["roles"] == (("", "induction"),)
    assert found["heads"]["scores"] == {"induction": [[0.1, 0.9]]}
    assert found["heads"]["off"] == ((0, 0),)
    assert found["tokens"] == {"columns": ("token",), "rows": (("a",),)}


def test_a_run_prints_its_figures_as_json(primordia):
    soup = ("--set", "programs=1024", "--steps", 1)
    done = primordia("run", "--system", "soup", *soup, "--json")
    assert done.code == 0, done.err
    assert "program" in done.json["views"]["population"]["columns"]
    assert primordia("run", "--system", "life", *SMALL, "--json").json["views"] == {}


def test_a_system_lists_its_actions(primordia):
    done = primordia("life", "--set", "width=64")
    assert done.code == 0, done.err
    assert done.out.startswith("insert  rle= row= column=")
    listed = primordia("life", "--json")
    assert listed.json["system"] == "life"
    assert listed.json["actions"][0]["arguments"].keys() == {"rle", "row", "column"}
    assert "no actions" in primordia("gray-scott", "--set", "width=64").out


def test_a_system_does_what_it_can_without_a_window(primordia, tmp_path):
    line = ("insert", "rle=bob$2bo$3o!", "row=20", "column=20")
    board = ("--set", "density=0", "--set", "width=64", "--set", "height=64")
    out = tmp_path / "a.png"
    done = primordia("life", *line, *board, "--after", 4, "--out", out, "--json")
    assert done.code == 0, done.err
    assert done.json["action"] == "insert"
    assert done.json["metrics"]["population"] == 5
    assert done.json["step"] == 4
    assert out.stat().st_size > 0
    said = primordia("act", "--system", "life", *line, *board)
    assert "population: 5" in said.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("life flip", "has no action 'flip'. Use one of: insert"),
        ("life insert glider", "name=value"),
        ("life insert rle=o! colour=red", "does not take 'colour'"),
        ("act wipe", "life"),
        ("nonesuch wipe", "No such command"),
    ],
)
def test_what_cannot_be_done_is_said(primordia, line, words):
    done = primordia(*line.split())
    assert done.code == 2
    assert words in done.err
