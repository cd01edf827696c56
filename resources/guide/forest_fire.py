"""Trees grow, lightning strikes, fire spreads: a whole system in one file."""

import numpy as np

from engine.core.grid import GridSystem
from engine.core.params import Params, live, rebuild
from engine.core.system import SystemInfo

EMPTY, TREE, FIRE = 0.0, 0.5, 1.0
COLOURS = np.array([[24, 20, 17], [46, 134, 74], [255, 157, 46]], np.uint8)


class ForestFireParams(Params):
    """A slider each; what is live changes at the next tick, the others make the world anew."""

    size: int = rebuild(256, "Side of the forest", ge=16, le=1024, unit="cells", cost="memory")
    growth: float = live(0.01, "Chance of a tree on empty ground, per tick", ge=0.0, le=0.2)
    lightning: float = live(2e-5, "Chance of lightning on a tree, per tick", ge=0.0, le=1e-3)


class ForestFire(GridSystem):
    """Every cell is empty, a tree, or on fire; fire passes to the four neighbours."""

    info = SystemInfo(
        "forest-fire",
        "Forest fire",
        "Trees grow, lightning strikes, fire spreads.",
        "Drossel and Schwabl, Self-organized critical forest-fire model, PRL 69, 1992",
        "Grids",
        ("fire", "criticality"),
    )
    Params = ForestFireParams

    def build(self):
        """Make the cells, (rows, columns, channels); parameters are in self.params."""
        self.cells = np.zeros((self.params.size, self.params.size, 1), np.float32)

    def start(self):
        """Begin: the same seed gives the same forest."""
        trees = self.world_rng.random(self.cells.shape) < 0.3
        self.cells[...] = np.where(trees, TREE, EMPTY)

    def advance(self, poll):
        """Do one tick."""
        fire = self.cells > 0.75
        tree = (self.cells > 0.25) & ~fire
        near = sum(np.roll(fire, step, axis) for step in (-1, 1) for axis in (0, 1)) > 0
        chance = self.world_rng.random(self.cells.shape)
        catches = tree & (near | (chance < self.params.lightning))
        grows = ~tree & ~fire & (chance < self.params.growth)
        self.cells[...] = np.select([catches, tree | grows], [FIRE, TREE], EMPTY)

    def field(self):
        """Return the live cells."""
        return self.cells

    def channels(self):
        """Name the channels: paint 1 in it, and there is fire."""
        return ("forest",)

    def colour(self, cells):
        """Draw cells as RGB."""
        return COLOURS[np.clip(np.rint(2 * cells[..., 0]), 0, 2).astype(int)]

    def metrics(self):
        """Return numbers for the plots."""
        return {
            "trees": float((self.cells == TREE).mean()),
            "fire": float((self.cells == FIRE).mean()),
        }
