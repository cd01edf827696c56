"""Soups on CUDA, in numba's simulator or on a GPU; `test_soup_cuda.py` runs this in a process."""

import hashlib
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from numba import cuda
from numba.cuda.cudadrv.driver import CudaAPIError

from engine.bench import soup_cuda
from engine.core.errors import Cancelled, DeviceError
from engine.core.spec import Spec
from engine.core.views import ViewRequest
from engine.soup import cuda_executor
from engine.soup.cuda import choose
from engine.soup.epoch import Soup
from engine.soup.language import language
from engine.soup.pairing import Cyclic, Shuffle, grid
from engine.systems.soup import ProgramSoup

pytestmark = pytest.mark.skipif(
    not cuda.is_available(), reason="neither a GPU nor NUMBA_ENABLE_CUDASIM=1"
)
FOLDER = Path(__file__).parents[2] / "data/soup"
TINY = {run["lang"]: run for run in json.loads((FOLDER / "tiny_64.json").read_text())}
QUICK = ("bff_perm", "forthtrivial_reset", "subleq")


def digest(soup):
    return hashlib.sha256(soup.soup.tobytes()).hexdigest()


def follow(name, epochs, tracers):
    run = TINY[name]
    ours, cpu = (
        Soup(language(name), 64, run["seed"], tracers=tracers, device=device)
        for device in ("cuda", "cpu")
    )
    for row in run["log"][:epochs]:
        ours.step()
        assert (digest(ours), ours.ops) == (row["sha256"], row["ops"]), row["epoch"]
        cpu.step()
        if tracers:
            np.testing.assert_array_equal(ours.tokens, cpu.tokens)
    assert ours.epoch == epochs


@pytest.mark.parametrize("tracers", [False, True], ids=["", "tracers"])
@pytest.mark.parametrize("name", QUICK)
def test_small_soups_are_the_reference_s(name, tracers):
    follow(name, 4, tracers)


@pytest.mark.slow
@pytest.mark.parametrize("tracers", [False, True], ids=["", "tracers"])
@pytest.mark.parametrize("name", TINY)
def test_small_soups_of_every_language_are_the_reference_s(name, tracers):
    follow(name, 8, tracers)


def both(name="forth", programs=64, **options):
    return [
        Soup(language(name), programs, 5, device=device, **options) for device in ("cuda", "cpu")
    ]


def same(ours, cpu):
    np.testing.assert_array_equal(ours.soup, cpu.soup)
    assert (ours.ops, ours.epoch, ours.resets) == (cpu.ops, cpu.epoch, cpu.resets)
    if cpu.tokens is not None:
        np.testing.assert_array_equal(ours.tokens, cpu.tokens)


@pytest.mark.parametrize(
    "options",
    [
        {"mutation": 0, "pairing": Cyclic()},
        {"mutation": 2**29, "tracers": True},
        {"pairing": grid(8, 8)},  # leaves programs over
        {"pairing": grid(8, 8), "tracers": True, "mutation": 2**26},
        {"programs": 34, "reset_every": 2, "tracers": True},
        {"limit": 3, "zero": True, "initial": b"\x41\x42\x0a\x02"},
    ],
    ids=["no mutation", "mutation", "grid", "grid, tracers", "resets", "zero"],
)
def test_modes_are_those_of_the_cpu(options):
    ours, cpu = both(**options)
    for _ in range(4):
        ours.step()
        cpu.step()
        same(ours, cpu)


@pytest.mark.parametrize("name", TINY)
def test_rounds_that_are_counted_end_as_if_they_were_run(name):
    """Tapes full of instructions, at odd limits; the kernel of the CPU has its own golden tests."""
    rng = np.random.default_rng(11)
    known = np.array([byte for byte in range(256) if byte in language(name).opcodes])
    few = rng.choice(known, (96, 64)).astype(np.uint8)
    few[rng.random(few.shape) < 0.6] = 0x20
    for limit in (333, 1000):
        ours, cpu = both(name, 96, mutation=0, limit=limit)
        for soup in (ours, cpu):
            soup.soup[:] = few
            soup.drop()
            soup.step()
        same(ours, cpu)


def run_tapes(name, tapes):
    """Run uint8 (k, 128) on both."""
    ours, cpu = both(name, 2 * len(tapes), mutation=0, pairing=Cyclic())
    for soup in (ours, cpu):
        soup.epoch = 1  # pairs (0, 1), (2, 3), ...
        soup.soup[:] = tapes.reshape(-1, 64)
        soup.drop()
        soup.step()
    same(ours, cpu)
    return cpu.ops


def test_a_halt_that_leaves_the_registers_is_no_round():
    tapes = np.zeros((128, 128), np.uint8)
    np.fill_diagonal(tapes[:, 1:], ord("["))  # has no match, at every address but the first
    assert run_tapes("bff_noheads", tapes) == 127


def test_rounds_in_which_only_the_stack_changes_come_to_their_end():
    """Count a byte on the stack up until it wraps to 0, then jump to the right program."""
    tape = np.full((1, 128), 0x20, np.uint8)
    tape[0, :5] = np.frombuffer(bytes.fromhex("40 08 07 bf c2"), np.uint8)
    assert run_tapes("forth", tape) == 1 + 255 * 3 + 3


@pytest.fixture
def slices(monkeypatch):
    """Let every launch be 8 pairs."""
    monkeypatch.setattr(cuda_executor, "SLICE", 8)
    monkeypatch.setattr(cuda_executor.CudaExecutor, "_adapt", lambda *_: None)


@pytest.mark.usefixtures("slices")
def test_interruptions_change_nothing_and_the_epoch_is_unseen_until_its_end():
    run = TINY["forth"]
    soup, calls, stopped = Soup(language("forth"), 64, run["seed"], device="cuda"), 0, 0

    def poll():
        nonlocal calls
        calls += 1
        if calls % 2:
            raise Cancelled

    for row in run["log"][:3]:
        before = soup.soup.copy()
        while soup.epoch < row["epoch"]:
            np.testing.assert_array_equal(soup.soup, before)
            try:
                soup.step(poll)
            except Cancelled:
                stopped += 1
                assert soup.begun
        assert (digest(soup), soup.ops) == (row["sha256"], row["ops"])
    assert stopped >= 6  # 4 slices an epoch


def test_edits_reach_the_gpu():
    ours, cpu = both(tracers=True)
    for soup in (ours, cpu):
        soup.step()
        soup.step()
        soup.drop()
        soup.soup[[3, 9]] = 7
        soup.renew_tokens(np.array([3, 9]))
        soup.step()
    same(ours, cpu)


@pytest.mark.usefixtures("slices")
def test_a_dropped_reset_leaves_the_last_epoch(monkeypatch):
    ours, cpu = both(reset_every=1)
    for soup in (ours, cpu):
        soup.step()
    launched = 0

    def launch(*arguments):
        nonlocal launched
        launched += 1
        return original(*arguments)

    def poll():
        if launched == 2:
            raise Cancelled

    original = cuda_executor.CudaExecutor._launch
    monkeypatch.setattr(cuda_executor.CudaExecutor, "_launch", launch)
    with pytest.raises(Cancelled):
        ours.step(poll)
    assert ours.begun
    same(ours, cpu)
    for soup in (ours, cpu):
        soup.drop()
        soup.reset_every = 0
        soup.step()
        assert soup.resets == 0
    same(ours, cpu)


def test_orders_drawn_ahead_are_left_when_something_else_is_wished():
    ours, cpu = both()
    for soup in (ours, cpu):
        soup.step()
        soup.pairing = Cyclic()
        soup.step()
        soup.pairing = Shuffle()
        soup.seed = 77
        soup.step()
        soup.step()
    same(ours, cpu)


@pytest.mark.parametrize("tracers", [False, True], ids=["", "tracers"])
def test_a_saved_soup_goes_on(tracers):
    ours, cpu = both(tracers=tracers)
    cpu.step()
    ours.restore(cpu.soup, cpu.epoch, cpu.resets, cpu.ops, cpu.tokens)
    same(ours, cpu)
    for soup in (ours, cpu):
        soup.step()
    same(ours, cpu)


def test_programs_are_copied_to_the_host_when_they_are_read(monkeypatch):
    soup = Soup(language("forth"), 64, 1, device="cuda", tracers=True)
    sizes = []
    kind = type(soup._executor._soup.source)
    copy = kind.copy_to_host

    def counted(array, *arguments, **options):
        sizes.append(array.nbytes)
        return copy(array, *arguments, **options)

    monkeypatch.setattr(kind, "copy_to_host", counted)
    for _ in range(3):
        soup.step()
    assert max(sizes) == 8  # the number of operations
    sizes.clear()
    first = soup.soup
    assert soup.soup is first
    assert sizes == [64 * 64]
    kept = first.copy()
    soup.step()
    assert (soup.soup != kept).any()
    np.testing.assert_array_equal(first, kept)


def test_compiling_is_interrupted_and_tried_again(monkeypatch):
    ours, cpu = both()
    make, ready = cuda_executor.plain_kernel, threading.Event()

    def compiling(spoken):
        if threading.current_thread() is not threading.main_thread():
            assert ready.wait(20)
        return make(spoken)

    def poll():
        raise Cancelled

    monkeypatch.setattr(cuda_executor, "plain_kernel", compiling)
    with pytest.raises(Cancelled):
        ours.step(poll)
    same(ours, cpu)
    ready.set()
    for soup in (ours, cpu):
        soup.step()
    same(ours, cpu)


def out_of_memory(*_):
    raise CudaAPIError(2, "[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")


def test_too_little_memory_is_said_before_anything_is_lost(monkeypatch):
    monkeypatch.setattr(cuda, "to_device", out_of_memory)
    with pytest.raises(DeviceError, match="too little free memory") as caught:
        Soup(language("forth"), 64, 1, device="cuda")
    assert "fewer programs" in caught.value.remedy


def test_a_failing_gpu_leaves_the_completed_epoch(monkeypatch):
    ours, cpu = both()
    for soup in (ours, cpu):
        soup.step()
    ours.soup.sum()
    with monkeypatch.context() as patch:
        patch.setattr(cuda_executor, "plain_kernel", out_of_memory)
        with pytest.raises(DeviceError):
            ours.step()
    same(ours, cpu)
    for soup in (ours, cpu):
        soup.step()
    same(ours, cpu)


def test_slices_follow_the_time_that_they_take():
    soup = Soup(language("forth"), 64, 1, device="cuda")
    executor = soup._executor
    executor._slice = 4096
    executor._adapt(4096, 1.0)
    assert executor._slice == 2048
    executor._adapt(2048, 1.0)
    executor._adapt(1024, 1.0)
    assert executor._slice == cuda_executor.LEAST
    executor._adapt(1024, 1e-4)
    assert executor._slice == 2 * cuda_executor.LEAST
    executor._adapt(32, 1e-4)  # an epoch's last slice says nothing
    assert executor._slice == 2 * cuda_executor.LEAST


def test_a_world_lives_on_it():
    assert choose("cuda", 64) == "cuda"
    worlds = []
    for device in ("cuda", "cpu"):
        params = {"language": "forth", "programs": 64, "measure_every": 1000}
        world = ProgramSoup(Spec("soup", params, seed=3, device=device))
        world.reset()
        assert world.device == device
        for _ in range(2):
            world.step()
        worlds.append(world)
    ours, cpu = (world.views({"world": ViewRequest()})["world"] for world in worlds)
    np.testing.assert_array_equal(ours.data, cpu.data)
    arrays, expected = (world.get_arrays("world") for world in worlds)
    np.testing.assert_array_equal(arrays["programs"], expected["programs"])
    np.testing.assert_array_equal(arrays["counters"], expected["counters"])


def test_the_bench_lives_epochs_of_a_fresh_soup(monkeypatch):
    soups = []

    def make(*arguments, **options):
        soups.append(Soup(*arguments, **options))
        return soups[-1]

    monkeypatch.setattr(soup_cuda, "Soup", make)
    monkeypatch.setattr(soup_cuda, "RENEW", 2)
    work = soup_cuda.epochs(4)
    first = soups[0].soup.copy()
    assert work() == 1.0
    assert (soups[0].soup != first).any()
    work()
    assert soups[0].epoch == 0
    np.testing.assert_array_equal(soups[0].soup, first)


def test_the_bench_s_limit_is_a_copy_of_the_soup(monkeypatch):
    arrays = []
    make = cuda.to_device
    monkeypatch.setattr(cuda, "to_device", lambda array: arrays.append(array) or make(array))
    assert soup_cuda.copies(4)() == soup_cuda.COPIES
    assert arrays[0].nbytes == 16 * 64


def test_the_command_line_lives_a_soup_on_it(capsys):
    from engine.commands.soup import app

    run = TINY["subleq"]
    options = "run --lang subleq --programs 64 --epochs 3 --log-every 1 --device cuda --json"
    app([*options.split(), "--seed", str(run["seed"])], standalone_mode=False)
    log = json.loads(capsys.readouterr().out)["log"]
    assert [row["soup_sha256"] for row in log] == [row["sha256"] for row in run["log"][:3]]
