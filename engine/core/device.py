"""Which device computes, and how many threads do it: the only module that decides.

Fused kernels are numba functions that release the GIL; they share one pool of threads. A caller
works itself while the pool helps (`share`), so two callers at once, or a call made within a `poll`,
never wait for each other's queue. Torch is imported only when it is asked for.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

from engine.core.errors import DeviceError

__all__ = ["beside", "has_driver", "pick_device", "pool", "set_threads", "share", "threads"]

T = TypeVar("T")

_lock = threading.Lock()
_threads = 0
_pool: ThreadPoolExecutor | None = None


def _available() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def threads() -> int:
    """How many threads computing may use; all available cores, or what `set_threads` said."""
    return _threads or _available()


def set_threads(n: int) -> None:
    """Use `n` threads from now on, 0 for all available cores; calls under way keep theirs."""
    global _threads, _pool
    if n < 0:
        raise ValueError("the number of threads cannot be negative")
    with _lock:
        _threads = n
        old, _pool = _pool, None
    if old is not None:
        old.shutdown(wait=False)


def pool() -> ThreadPoolExecutor:
    """The pool of `threads()` workers for kernels without the GIL; never submit from within."""
    with _lock:
        return _open_pool()


def _open_pool() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(threads(), thread_name_prefix="primordia-kernel")
    return _pool


class _Stopped(Exception):
    """Ends a job under way because another one, or `poll`, raised."""


def share(
    jobs: Iterable[Callable[[Callable[[], None]], None]],
    poll: Callable[[], None] | None = None,
    workers: int = 0,
) -> None:
    """Run independent jobs on the calling thread and the pool together.

    Parameters
    ----------
    jobs : iterable of callables
        Taken one after the other by whichever thread is free. Each is called with a function
        `breathe`, which it calls every few milliseconds where it can be interrupted.
    poll : callable, optional
        Called on the calling thread between and within its jobs and while it waits, at least every
        20 ms if the jobs breathe. What it raises stops all jobs and is raised to the caller.
    workers : int
        Threads at most, the caller included; 0 means `threads()`.
    """
    queue = iter(jobs)
    lock = threading.Lock()
    stop = threading.Event()

    def take() -> Callable[[Callable[[], None]], None] | None:
        with lock:
            return None if stop.is_set() else next(queue, None)

    def check() -> None:
        if stop.is_set():
            raise _Stopped

    def breathe() -> None:
        check()
        if poll is not None:
            poll()

    def help_out() -> None:
        try:
            while (job := take()) is not None:
                job(check)
        except _Stopped:
            pass
        except BaseException:
            stop.set()
            raise

    helpers: list[Future[None]] = []
    stopped = False
    try:
        count = (workers or threads()) - 1
        if count:
            with _lock:  # `set_threads` must not close the pool between the two
                helpers += [_open_pool().submit(help_out) for _ in range(count)]
        while (job := take()) is not None:
            job(breathe)
            breathe()
        pending = [helper for helper in helpers if not helper.cancel()]
        while poll is not None and wait(pending, timeout=0.02).not_done:
            poll()
        wait(pending)
    except _Stopped:
        stopped = True
    finally:
        stop.set()
        running = [helper for helper in helpers if not helper.cancel()]
        wait(running)
    for helper in running:
        helper.result()
    assert not stopped, "a job was stopped without a cause"


def beside(work: Callable[[Callable[[], None]], T], poll: Callable[[], None] | None) -> T:
    """Do work on another thread and poll meanwhile: work whose parts take long and cannot poll.

    Parameters
    ----------
    work : callable
        Called with a function `breathe`, which it calls between its parts: it raises once `poll`
        raised.
    poll : callable, optional
        Called on the calling thread every 20 ms. What it raises is raised when the work has ended.
    """
    if poll is None:
        return work(lambda: None)
    stop = threading.Event()

    def breathe() -> None:
        if stop.is_set():
            raise _Stopped

    with ThreadPoolExecutor(1, "primordia-beside") as helper:
        result = helper.submit(work, breathe)
        try:
            while wait([result], timeout=0.02).not_done:
                poll()
        except BaseException:
            stop.set()
            raise
        return result.result()


def pick_device(name: str = "auto") -> str:
    """The device to compute on: "cpu" or "cuda".

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        "auto" takes CUDA where torch finds it; that imports torch if there is a driver.

    Raises
    ------
    DeviceError
        If CUDA is asked for and not there, or the name is unknown.
    """
    if name == "cpu":
        return "cpu"
    if name not in ("auto", "cuda"):
        raise DeviceError(f"unknown device {name!r}", remedy="Use auto, cpu or cuda")
    if name == "auto" and not has_driver():
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise DeviceError(
            "this computer has no CUDA device that torch can use",
            remedy="Use --device cpu, or install a driver and a CUDA build of torch",
        )
    return "cpu"


def has_driver() -> bool:
    """Tell whether a driver of a GPU is there; asking torch would cost seconds at every start."""
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32/nvcuda.dll").exists()
    return any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd"))
