"""Soups on CUDA: what chooses the device, and the kernels in a process with numba's simulator."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.bench import soup_cuda
from engine.commands.soup import app
from engine.core import device
from engine.core.activity import Activity
from engine.core.errors import DeviceError
from engine.soup import cuda
from engine.soup.cuda import LEAST, choose

HERE = Path(__file__).parent


ROOT = HERE.parents[2]
# Neither our options nor pytest-qt: there may be no Qt.
PLAIN = ("-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib", "-p", "no:pytest-qt")


def run(marks, **environment):
    """Run the tests of `simulated_cuda.py`, where numba is imported for the first time."""
    tests = str(HERE / "simulated_cuda.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLAIN, "-m", marks, tests],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    found = re.search(r"(\d+) passed", done.stdout)
    return int(found[1]) if found else 0


@pytest.mark.timeout(300)
def test_kernels_in_the_simulator():
    assert run("not slow", NUMBA_ENABLE_CUDASIM="1") >= 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_language_in_the_simulator():
    assert run("slow", NUMBA_ENABLE_CUDASIM="1") == 26


@pytest.mark.timeout(300)
@pytest.mark.skipif(not device.has_driver(), reason="this computer has no GPU")
def test_kernels_on_the_gpu():
    assert run("slow or not slow") >= 46


COMPILE = """
import numba.cuda.dispatcher as dispatcher
from types import SimpleNamespace
from numba import cuda, types as t
from engine.soup.cuda_kernels import plain_kernel, traced_kernel
from engine.soup.language import languages

dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(9, 0))
whole, soup = t.int64, t.uint64[:, ::1]
plain = (soup, t.int32[::1], whole, whole, whole, t.uint64, t.uint64, whole, soup, t.uint64[::1])
tokens = t.uint32[:, :, ::1]
for language in languages().values():
    kernels = (plain_kernel, plain), (traced_kernel, (*plain, tokens, t.uint32, tokens))
    for kernel, signature in kernels:
        code = cuda.compile_ptx(kernel(language).py_func, signature, cc=(9, 0))[0]
        assert ".f64" not in code, "a u64 became a float"
        print(language.name)
"""


def _compiler():
    """Tell whether NVIDIA's compiler is there; it needs no GPU, as the extra 'cuda' brings it."""
    check = "from numba.cuda.cudadrv import nvvm; nvvm.NVVM()"
    return subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kernels_compile_for_a_gpu():
    if _compiler().returncode:
        pytest.skip("NVIDIA's compiler NVVM is not installed")
    done = subprocess.run(
        [sys.executable, "-c", COMPILE],
        capture_output=True,
        text=True,
        cwd=HERE.parents[2],
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.split()) == 26


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    from numba import cuda as numba_cuda

    monkeypatch.setattr(numba_cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="no CUDA device") as caught:
        choose("cuda", 64)
    assert "device cpu" in caught.value.remedy
    monkeypatch.setattr(device, "has_driver", lambda: True)
    assert choose("auto", 2**20) == "cpu"
    assert choose("cpu", 2**20) == "cpu"


def test_unknown_devices_are_refused():
    with pytest.raises(DeviceError, match="unknown device 'tpu'"):
        choose("tpu", 64)
    with pytest.raises(DeviceError, match="unknown device 'tpu'"):
        app(["run", "--epochs", "1", "--device", "tpu"], standalone_mode=False)


def test_auto_takes_a_gpu_for_large_soups_that_fit(monkeypatch):
    free = 2**20 * 160.0
    monkeypatch.setattr(device, "has_driver", lambda: True)
    monkeypatch.setattr(cuda, "_probe", lambda: free)
    assert choose("auto", LEAST) == "cuda"
    assert choose("auto", LEAST - 2) == "cpu"
    assert choose("auto", 2**20) == "cuda"
    assert choose("auto", 2**20, tracers=True) == "cpu"
    assert choose("auto", 2**21) == "cpu"
    monkeypatch.setattr(device, "has_driver", lambda: False)
    assert choose("auto", LEAST) == "cpu"


def test_without_a_driver_nobody_is_asked(monkeypatch):
    monkeypatch.setattr(device, "has_driver", lambda: False)
    monkeypatch.setattr(cuda, "_probe", lambda: pytest.fail("asked"))
    assert choose("auto", 2**20) == "cpu"


def test_other_mistakes_stay_what_they_are():
    with pytest.raises(ZeroDivisionError), cuda.translated():
        raise ZeroDivisionError


def test_a_bench_without_a_gpu_gives_no_row_and_says_why(monkeypatch, caplog):
    from numba import cuda as numba_cuda

    monkeypatch.setattr(numba_cuda, "is_available", lambda: False)
    assert soup_cuda.bench("soup.cuda.17", "auto", Activity("bench")) == []
    assert "soup.cuda.17 is left out: this computer has no CUDA device" in caplog.text
