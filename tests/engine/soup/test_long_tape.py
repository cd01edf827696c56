"""The long tape against a slow rewriting of its rules, and its unfinished epochs."""

import hashlib

import numpy as np
import pytest

from engine.soup.long_tape import SIZE, LongTape, run_thread, start_of

MASK = 2**64 - 1


def mix(s: int) -> int:
    z = (s + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def seed_of(user: int, x: int) -> int:
    return mix(mix(user) ^ mix(x))


def slow_thread(tape: bytearray, start: int, limit: int, reach: int = 1024) -> int:
    """The rules, written plainly."""
    size = len(tape)
    pc = head0 = head1 = start
    ops = 0
    for _ in range(limit):
        op = chr(tape[pc])
        ops += op in "<>{}+-.,[]"
        if op in "<>":
            head0 = (head0 + (1 if op == ">" else -1)) % size
        elif op in "{}":
            head1 = (head1 + (1 if op == "}" else -1)) % size
        elif op in "+-":
            tape[head0] = (tape[head0] + (1 if op == "+" else -1)) % 256
        elif op == ".":
            tape[head1] = tape[head0]
        elif op == ",":
            tape[head0] = tape[head1]
        elif (op == "[" and tape[head0] == 0) or (op == "]" and tape[head0] != 0):
            way, depth, left = (1 if op == "[" else -1), 1, reach
            at = pc
            while depth and left:
                at, left = (at + way) % size, left - 1
                depth += {op: 1, "[]"[op == "["]: -1}.get(chr(tape[at]), 0)
            if depth:
                return ops
            pc = at
        pc = (pc + 1) % size
    return ops


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_threads_do_what_the_rules_say(share: float) -> None:
    rng = np.random.default_rng(4)
    commands = np.frombuffer(b"<>{}+-.,[]", np.uint8)
    for _ in range(60):
        tape = rng.integers(0, 256, 3000, np.uint8)
        hit = rng.random(3000) < share
        tape[hit] = rng.choice(commands, int(hit.sum()))
        slow, start = bytearray(tape.tobytes()), int(rng.integers(3000))
        ops = slow_thread(slow, start, 500)
        assert run_thread(tape, start, 500) == ops
        assert tape.tobytes() == bytes(slow)


def test_a_bracket_searches_1024_bytes() -> None:
    for distance, halts in ((1024, False), (1025, True)):
        tape = np.full(4000, 65, np.uint8)
        tape[3500], tape[(3500 + distance) % 4000] = 0x5B, 0x5D
        tape[3499] = 0
        # [ at 3500 looks at head0 = 3500, itself: move the head back onto the zero first
        tape[3498], tape[3497] = 0x3E, 0x3E
        ops = run_thread(tape, 3497, 2000)
        assert ops == 3  # two moves and the bracket, whether it jumps or halts
        tape[3500 + 1] = 0x2B  # skipped by the jump
        tape[(3500 + distance + 1) % 4000] = 0x2B
        assert run_thread(tape, 3497, 2000) == (3 if halts else 4)


def test_first_tape_and_first_epoch_by_the_rules() -> None:
    world = LongTape(7, mutation=2**24, limit=40)
    fill = SIZE * seed_of(7, 0)
    slow = bytearray(mix((fill + i) & MASK) & 255 for i in range(SIZE))
    assert world.tape.tobytes() == bytes(slow)
    world.step()
    base = 2 * SIZE * seed_of(7, 0)
    for i in range(SIZE):
        drawn = mix((base + i) & MASK)
        if (drawn >> 8) & (2**30 - 1) < 2**24:
            slow[i] = drawn & 255
    ops = sum(slow_thread(slow, mix(seed_of(7, k)) % SIZE, 40) for k in range(1024))
    assert world.tape.tobytes() == bytes(slow)
    assert (world.ops, world.epoch) == (ops, 1)
    assert start_of(np.uint64(mix(7)), np.uint64(1024 + 3)) == mix(seed_of(7, 1027)) % SIZE


def test_an_interrupted_epoch_shows_nothing_and_ends_the_same() -> None:
    whole, halting = LongTape(3), LongTape(3)
    whole.step()
    before = halting.tape.copy()

    def poll() -> None:
        raise InterruptedError

    ended = 0
    while not halting.epoch and ended < 1000:
        try:
            halting.step(poll)
        except InterruptedError:
            ended += 1
            halting.limit = 10  # counts from the next epoch only
            assert np.array_equal(halting.tape, before)
    assert ended > 3
    assert np.array_equal(halting.tape, whole.tape)
    assert halting.ops == whole.ops


def test_eight_epochs_stay_what_they_were() -> None:
    world = LongTape(0)
    for _ in range(8):
        world.step()
    assert world.ops == 413989
    assert hashlib.sha256(world.tape.tobytes()).hexdigest()[:12] == "4fc4fbf88b1d"
