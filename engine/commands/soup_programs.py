"""``primordia soup trace``, ``replicates`` and ``languages``: what one program does."""

from __future__ import annotations

import json
from typing import Annotated, Any

import numpy as np
import typer

from engine.core.programs import Trace
from engine.soup import editing, streams, tracing
from engine.soup.language import HALF, LIMIT, Language, language, languages

__all__ = ["DEFAULT_LANGUAGE", "AsJson", "Lang", "list_languages", "replicates", "trace"]

DEFAULT_LANGUAGE = "bff_noheads"

Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="L",
        help="Language; see `primordia soup languages`.",
        show_default=DEFAULT_LANGUAGE,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Code = Annotated[
    str, typer.Argument(metavar="PROGRAM", help="Program text, hex:... or replicator.")
]


def trace(
    program: Code,
    partner: Annotated[
        str | None,
        typer.Argument(metavar="PARTNER", help="The right half; noise if it is not given."),
    ] = None,
    lang: Lang = None,
    steps: Annotated[
        int, typer.Option("--steps", metavar="K", min=0, help="Steps at most.")
    ] = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Run a program on the left of another one and list every step."""
    spoken = language(lang or DEFAULT_LANGUAGE)
    left = editing.read(program, spoken)
    right = _noise() if partner is None else editing.read(partner, spoken)
    found = tracing.trace(spoken, tracing.tape(left, right), steps)
    end = found.tape(found.steps).tobytes()
    ops = int(found.counted.sum())
    if as_json:
        typer.echo(json.dumps(_as_json(spoken, found, end, ops), ensure_ascii=False))
        return
    for line in _listing(spoken, found):
        typer.echo(line)
    typer.echo(
        f"{found.steps:,} steps, {ops:,} operations; {found.halted or 'the limit was reached'}"
    )
    typer.echo(f"left   {spoken.spell(end[:HALF])}")
    typer.echo(f"right  {spoken.spell(end[HALF:])}")


def _noise() -> bytes:
    """Return a program of random bytes that is always the same."""
    noise = np.empty(HALF, np.uint8)
    streams.fill(noise, np.uint64(0), np.uint64(streams.stream(0, 0)))
    return noise.tobytes()


def _writes(found: Trace) -> dict[int, list[list[int]]]:
    """Return of each step its writes: address, old and new byte."""
    writes: dict[int, list[list[int]]] = {}
    columns = (found.write_step, found.write_at, found.write_old, found.write_new)
    for step, *write in zip(*(column.tolist() for column in columns), strict=True):
        writes.setdefault(step, []).append(write)
    return writes


def _as_json(spoken: Language, found: Trace, end: bytes, ops: int) -> dict[str, Any]:
    writes = _writes(found)
    states = found.states.tolist()
    rows = [
        {
            **dict(zip(found.registers, states[step], strict=True)),
            "counted": counted,
            "writes": writes.get(step, []),
        }
        for step, counted in enumerate(found.counted.tolist())
    ]
    return {
        "language": spoken.name,
        "start": found.start.tobytes().hex(),
        "end": end.hex(),
        "steps": found.steps,
        "ops": ops,
        "halted": found.halted,
        "final": dict(zip(found.registers, states[-1], strict=True)),
        "trace": rows,
    }


def _listing(spoken: Language, found: Trace) -> list[str]:
    """Write a line for every step: registers before it, instruction, writes."""
    alphabet = spoken.alphabet()
    writes = _writes(found)
    tape = found.start.copy()
    lines = ["step  " + "  ".join(name.rjust(5) for name in found.registers) + "  instruction"]
    for step, state in enumerate(found.states[:-1].tolist()):
        code = int(tape[state[0] % len(tape)])
        name = alphabet.names[code] or ("no-op" if not found.counted[step] else "")
        text = f"{step:>4}  " + "  ".join(f"{value:>5}" for value in state)
        text += f"  {code:02x} {alphabet.glyphs[code] or ' '} {name}"
        for at, old, new in writes.get(step, []):
            tape[at] = new
            text += f"  [{at}] {old:02x} -> {new:02x}"
        lines.append(text.rstrip())
    return lines


def replicates(
    program: Code,
    lang: Lang = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Seed of the noise.")] = 0,
    epoch: Annotated[
        int, typer.Option("--epoch", metavar="E", min=0, help="Epoch index of the noise.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Test whether a program copies itself: 13 runs against noise, five generations each."""
    spoken = language(lang or DEFAULT_LANGUAGE)
    code = editing.read(program, spoken)
    found = tracing.replication(spoken, code, seed=seed, epoch=epoch)
    if as_json:
        result = {
            "language": spoken.name,
            "program": code.ljust(HALF, b"\0").hex(),
            "score": found.score,
            "length": found.length,
            "threshold": found.threshold,
            "replicates": found.replicates,
            "generations": [row.tobytes().hex() for row in found.generations],
        }
        typer.echo(json.dumps(result))
        return
    verdict = "it replicates" if found.replicates else "it does not replicate"
    typer.echo(f"score {found.score} of {found.length}: {verdict} (from {found.threshold} on)")
    for number, row in enumerate(found.generations):
        typer.echo(f"  {number}: {spoken.spell(row.tobytes())}")


def list_languages(as_json: AsJson = False) -> None:
    """List the languages."""
    known = languages()
    if as_json:
        rows = [
            {
                "name": one.name,
                "title": one.title,
                "summary": one.summary,
                "opcodes": len(one.opcodes),
                "registers": one.registers,
                "replicator": one.spell(one.replicator),
            }
            for one in known.values()
        ]
        typer.echo(json.dumps({"languages": rows}, ensure_ascii=False))
        return
    width = max(map(len, known))
    for one in known.values():
        typer.echo(f"{one.name.ljust(width)}  {one.summary}")
