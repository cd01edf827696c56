"""A trace as text, one line for each step, for notes and for comparing by diff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from engine.core.programs import Alphabet, Trace

__all__ = ["trace_lines"]


def trace_lines(trace: Trace, alphabet: Alphabet) -> Iterator[str]:
    """Write a trace: the tape in hex, then step, operations, registers, instruction, accesses."""
    yield f"# {alphabet.language}, {trace.steps} steps"
    yield f"# start {bytes(trace.start).hex()}"
    yield f"# end   {bytes(trace.tape(trace.steps)).hex()}"
    yield f"# ended: {trace.halted or 'at the limit of steps'}"
    yield "\t".join(("step", "operations", *trace.registers, "byte", "does", "reads", "writes"))
    reads: dict[int, list[str]] = defaultdict(list)
    writes: dict[int, list[str]] = defaultdict(list)
    for step, at in zip(trace.read_step, trace.read_at, strict=True):
        reads[int(step)].append(str(int(at)))
    changes = zip(trace.write_step, trace.write_at, trace.write_old, trace.write_new, strict=True)
    for step, at, old, new in changes:
        writes[int(step)].append(f"{int(at)}:{int(old):02x}>{int(new):02x}")
    column = trace.registers.index(trace.pointers[0]) if trace.pointers else None
    tape = trace.start.copy()
    done, operations = 0, 0
    for step in range(trace.steps):
        byte, does = "", ""
        if column is not None and 0 <= trace.states[step, column] < len(tape):
            code = int(tape[trace.states[step, column]])
            byte, does = f"{code:02x} {alphabet.glyphs[code]}".strip(), alphabet.names[code]
        registers = trace.spelt(step).values()
        accesses = " ".join(reads[step]), " ".join(writes[step])
        yield "\t".join((str(step), str(operations), *registers, byte, does, *accesses))
        operations += int(trace.counted[step])
        while done < len(trace.write_step) and trace.write_step[done] == step:
            tape[trace.write_at[done]] = trace.write_new[done]
            done += 1
