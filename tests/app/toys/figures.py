"""A world of figures for tests: matrices, a chart to take hold of, one to scrub, and a text."""

import numpy as np
from pydantic import BaseModel, Field, field_validator

from engine.core.errors import BadInput
from engine.core.figures import ChartView, Cursor, Grip, Matrix, MatrixView
from engine.core.params import Params, live
from engine.core.system import Action, System, SystemInfo, ViewOffer

SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ."


class FiguresParams(Params):
    """A text, and a number."""

    text: str = live("kT9aWq.Bz3mR", "Up to 64 symbols", longest=64, symbols=SYMBOLS)
    rate: float = live(0.5, "A number", ge=0.0, le=1.0)

    @field_validator("text")
    @classmethod
    def _check(cls, text):
        if set(text) - set(SYMBOLS) or not text.strip() or len(text) > 64:
            raise ValueError("a text has 1 to 64 letters, figures, blanks and full stops")
        return text


class Move(BaseModel):
    """Which point goes where."""

    index: int = Field(0, ge=0, le=7)
    x: float
    y: float


class Moment(BaseModel):
    """Which update is shown."""

    x: float = Field(0.0, ge=0.0)


class Figures(System):
    """Points that may be dragged, and what is learned of them."""

    info = SystemInfo("figures", "Figures", "Figures to take hold of", "none", "Toys")
    Params = FiguresParams

    def build(self):
        self.points = np.zeros((8, 2))

    def start(self):
        x = np.linspace(-1.0, 1.0, 8)
        self.points = np.stack([x, 0.7 * x + 0.1 * self.world_rng.normal(size=8)], 1)
        self.moment = 600.0
        self.acts = []

    def advance(self, poll):
        self.points[0, 1] += 0.001

    def get_arrays(self, part):
        return {"points": self.points} if part == "world" else {}

    def set_arrays(self, part, arrays):
        if part == "world":
            self.points = arrays["points"]

    def view_offers(self):
        return (
            ViewOffer("prompt", "Prompt", "chart"),
            ViewOffer("weights", "Weights", "matrices"),
            ViewOffer("training", "Training", "chart"),
            ViewOffer("loss", "Loss by position", "chart", "panel"),
            ViewOffer("probes", "Probes", "matrices", "panel"),
        )

    def views(self, wanted):
        makers = {
            "prompt": self.prompt,
            "weights": self.weights,
            "training": self.training,
            "loss": self.loss,
            "probes": self.probes,
        }
        return {name: makers[name]() for name in wanted if name in makers}

    def prompt(self):
        x, y = self.points[:, 0], self.points[:, 1]
        line = np.linspace(-1.2, 1.2, 50)
        slope = float((x * y).sum() / (x * x).sum())
        return ChartView(
            step=self.step_count,
            x="x",
            y="y",
            curves=(
                ("transformer", line, slope * line + 0.02 * np.sin(9 * line)),
                ("least squares", line, slope * line),
                ("one step of descent", line, 0.6 * slope * line),
            ),
            dashed=("least squares", "one step of descent"),
            points=(("query", np.array([0.4]), np.array([0.4 * slope])),),
            grip=Grip("context", self.points.copy(), "move"),
            limits=((-1.4, 1.4), (-1.6, 1.6)),
        )

    def weights(self):
        rng = np.random.default_rng(3)
        built = np.zeros((11, 11), np.float32)
        built[np.arange(10), np.arange(10)] = 1.0
        learned = built + 0.08 * rng.normal(size=(11, 11)).astype(np.float32)
        blocks = (0, 10)
        made = []
        for name, product in (("KQ", built), ("PV", np.ascontiguousarray(built[::-1, ::-1]))):
            for title, values in (
                (f"{name} learned", product + learned - built),
                (f"{name} constructed", product),
                (f"{name} difference", learned - built),
            ):
                made.append(
                    Matrix(
                        title=title,
                        values=np.asarray(values, np.float32),
                        rows=("x", "y"),
                        columns=("x", "y"),
                        row_blocks=blocks,
                        column_blocks=blocks,
                        limits=(-1.0, 1.0),
                        note="divided by its mean diagonal" if title == "KQ learned" else "",
                    )
                )
        facts = (("relative distance", 0.0831), ("cosine", 0.9966), ("heads", "1.1 of 1 x 1"))
        return MatrixView(step=self.step_count, matrices=tuple(made), across=3, facts=facts)

    def training(self):
        x = np.arange(1.0, 1201.0)
        loss = 0.21 + 2.0 * np.exp(-x / 180) + 0.02 * np.sin(x)
        gd = np.full_like(x, 0.2)
        return ChartView(
            step=self.step_count,
            x="update",
            y="loss",
            curves=(("loss", x, loss), ("descent", x, gd)),
            dashed=("descent",),
            cursors=(Cursor(self.moment, "shown", "moment"), Cursor(310.0, "phase change")),
            logarithmic=(False, True),
        )

    def loss(self):
        x = 2.0 ** np.arange(9)
        curves = (("trained", x, 1 / x), ("ridge", x, 0.8 / x))
        logs = (True, True)
        return ChartView(
            step=self.step_count,
            x="examples",
            y="loss",
            curves=curves,
            dashed=("ridge",),
            logarithmic=logs,
            grip=Grip("tries", np.array([[16.0, 0.3]]), "move", "try"),
        )

    def probes(self):
        values = np.linspace(0, 1, 4 * 48, dtype=np.float32).reshape(4, 48) ** 0.5
        values[0, :6] = np.nan
        return MatrixView(
            step=self.step_count,
            matrices=(
                Matrix(
                    title="R2 of x*y",
                    values=values,
                    rows=tuple(f"layer {n}" for n in range(4)),
                    columns=tuple(str(n) for n in range(48)),
                    limits=(0.0, 1.0),
                    colormap="viridis",
                ),
            ),
        )

    def actions(self):
        return {
            "move": Action("Move point", Move, target="point"),
            "moment": Action("Moment", Moment),
        }

    def act(self, name, arguments):
        self.acts.append((name, arguments.model_dump()))
        if name == "move":
            if abs(arguments.y) > 1.5:
                raise BadInput(f"no point lies at {arguments.y:.3g}", remedy="Stay within 1.5")
            self.points[arguments.index] = arguments.x, arguments.y
            return None
        self.moment = arguments.x
        return f"moment {self.moment:g} is shown"
