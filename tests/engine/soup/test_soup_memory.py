"""How much memory a large world takes while it is lived, seen and measured."""

import subprocess
import sys
from pathlib import Path

import pytest

LIFE = """
import resource, sys
from engine.core.spec import Spec
from engine.core.views import ViewRequest
from engine.systems.soup import ProgramSoup

options = {"programs": 2**20, "measure_every": 1, "grid_width": int(sys.argv[1])}
world = ProgramSoup(Spec("soup", options, device="cpu"))
assert world.params.grid_width == options["grid_width"]
world.reset()
for _ in range(3):
    world.step()
    world.views({offer.name: ViewRequest() for offer in world.view_offers()})
while world.log_pending():
    world.take_log()
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak like this")
@pytest.mark.parametrize("grid_width", [0, 1024], ids=["mixed", "grid"])
def test_a_million_programs_take_less_than_a_gigabyte(grid_width):
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(grid_width)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert 128 * 2**20 < int(done.stdout) < 1e9  # two soups at least
