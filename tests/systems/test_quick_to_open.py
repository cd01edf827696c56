"""What is imported while the laboratories of attention open."""

import subprocess
import sys

OPEN = """
import sys
import numpy as np
from engine.core.spec import Spec
from engine.core.views import ViewRequest
from engine.systems.in_context import InContext
from engine.systems.mesa import Mesa

def make(kind, **params):
    return kind(Spec(kind.info.slug, params, seed=1, device="cpu"))

world = make(InContext)
found = ["scipy.optimize"] if "scipy.optimize" in sys.modules else []
world.views({offer.name: ViewRequest() for offer in world.view_offers()})
make(InContext, depth=3, descent="GD++", points=5, dims=3)
make(Mesa)
from engine.attention.baselines import descent_steps
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics
from engine.attention.tasks.few_shot import FewShot, tune_separator
task = Dynamics(size=3, length=6)
draw = np.random.default_rng(0)
descent_steps(task.pairs(task.trajectories(Draws(draw), 2).seen), 2)
tune_separator(lambda tokens: tokens, FewShot(Dynamics(size=3, tokens="raw")), draw, updates=1)
print(*found, *(name for name in sys.modules if name == "torch._dynamo"))
"""


def test_a_world_opens_without_torchs_compiler_and_the_default_without_an_optimiser():
    """The compiler takes many seconds to import, and any optimiser of torch's imports it."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
