"""``primordia soup``: live a soup of programs, and look at single programs, without a window."""

from __future__ import annotations

import hashlib
import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from engine.commands import soup_files, soup_programs
from engine.commands.soup_programs import AsJson, Lang
from engine.core import device
from engine.core.errors import BadInput, Cancelled
from engine.core.system import Poll
from engine.soup import editing, scoring
from engine.soup.cuda import choose
from engine.soup.epoch import Soup, check_programs
from engine.soup.language import Language, language
from engine.soup.metrics import measure
from engine.soup.pairing import read_pairing
from engine.soup.parameters import SoupParams
from engine.soup.saved import Opened
from engine.soup.streams import MUTATION_UNIT

__all__ = ["app", "read_rate"]

DEFAULT_PROGRAMS = 131_072

app = typer.Typer(
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def overview(context: typer.Context) -> None:
    """Soups of programs without any fitness (Computational Life, arXiv 2406.19108)."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("run")
def run(
    epochs: Annotated[
        int,
        typer.Option(
            "--epochs", metavar="E", min=1, help="Completed epochs to live up to, from the birth."
        ),
    ],
    lang: Lang = None,
    programs: Annotated[
        int | None,
        typer.Option(
            "--programs",
            metavar="N",
            help="How many, an even number.",
            show_default=str(DEFAULT_PROGRAMS),
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="S",
            min=0,
            max=2**64 - 1,
            help="Seed of all random streams.",
            show_default="0",
        ),
    ] = None,
    load: Annotated[
        Path | None,
        typer.Option(
            "--load",
            metavar="F",
            help="Go on from a file; .dat, the reference's, holds neither seed nor options.",
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="F", help="Write the last epoch; .dat is the reference's format."
        ),
    ] = None,
    log_every: Annotated[
        int,
        typer.Option(
            "--log-every", metavar="I", min=1, help="Log epochs 1, 1+I, 1+2I, ... and the last."
        ),
    ] = 64,
    mutation: Annotated[
        str | None,
        typer.Option(
            "--mutation",
            metavar="M/2^30",
            help="Chance of each byte in an epoch: 262144, 262144/2^30 or 1/4096, say.",
            show_default="262144",
        ),
    ] = None,
    pairing: Annotated[
        str | None,
        typer.Option(
            "--pairing",
            metavar="P",
            help="shuffle, cyclic, fixed, grid:WxH, or a file of lines: left right.",
            show_default="shuffle",
        ),
    ] = None,
    zero: Annotated[bool, typer.Option("--zero", help="Begin with zeros.")] = False,
    reset: Annotated[
        int, typer.Option("--reset", metavar="R", min=0, help="Fill afresh every R epochs.")
    ] = 0,
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            metavar="TEXT|hex:..",
            help="Written over the first bytes at the birth; replicator is the language's own.",
        ),
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Test all programs for replication when logging.")
    ] = False,
    threads: Annotated[
        int, typer.Option("--threads", metavar="T", min=0, max=1024, help="0: all cores.")
    ] = 0,
    computing: Annotated[
        str,
        typer.Option("--device", metavar="D", help="auto, cpu or cuda; it changes no byte."),
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Live a soup and log its entropies; what follows from the same options is always the same."""
    if threads:
        device.set_threads(threads)
    opened = soup_files.load(load) if load is not None else None
    known = _known(opened, load, lang, mutation, pairing)
    count = programs if programs is not None else DEFAULT_PROGRAMS
    count = len(opened.soup) if opened is not None else count
    check_programs(count)
    if programs is not None and programs != count:
        raise BadInput(
            f"holds {count:,} programs, not {programs:,}",
            path=load,
            remedy="Leave --programs out",
        )
    spoken = language(lang or known.language)
    width = _grid_width(pairing)
    if pairing is None:
        width = known.grid_width
        pairing = f"grid:{width}x{count // width}" if width else known.pairing
    # Tokens of a file are only followed where they can be saved again.
    tracers = known.tracers and save is not None and not soup_files.is_reference(save)
    initial = _initial(spoken, program, load)
    soup = Soup(
        spoken,
        count,
        seed if seed is not None else (opened.seed or 0) if opened is not None else 0,
        mutation=read_rate(mutation)
        if mutation is not None
        else round(known.mutation * MUTATION_UNIT),
        pairing=read_pairing(pairing, count),
        limit=known.step_limit,
        zero=zero or known.zero,
        reset_every=reset or known.reset_every,
        tracers=tracers,
        initial=initial,
        device=choose(computing, count, tracers),
    )
    if opened is not None:
        soup.restore(opened.soup, opened.epoch, opened.resets, tokens=opened.tokens)
        if opened.epoch > epochs:
            raise BadInput(
                f"is at epoch {opened.epoch:,} already",
                path=load,
                remedy="Ask for more --epochs; they count from the soup's birth",
            )
    if initial:
        known = known.model_copy(update={"plant": spoken.spell(initial)})
    if save is not None:
        soup_files.check_target(save, soup, known, width)
    log = []
    with _interruptible() as poll:
        try:
            for row in _log(soup, epochs, log_every, scores, poll):
                log.append(row)
                if not as_json:
                    typer.echo(_line(row))
        finally:  # an interrupted run is saved, too, as of its last completed epoch
            try:
                if as_json:  # first: a disk that is full shall not take the log along
                    typer.echo(json.dumps({"log": log}))
            finally:
                if save is not None:
                    soup_files.save(save, soup, known, width)


def _known(
    opened: Opened | None,
    path: Path | None,
    lang: str | None,
    mutation: str | None,
    pairing: str | None,
) -> SoupParams:
    """Return what a file says of its soup, but for what the command line says; warn on stderr."""
    if opened is None or path is None:
        return SoupParams()
    replaced = {"language": lang, "mutation": mutation, "pairing": pairing, "grid_width": pairing}
    known, warnings = soup_files.parameters(
        opened, path, {name for name, value in replaced.items() if value is not None}
    )
    for warning in warnings:
        typer.echo(f"primordia: {path}: {warning}", err=True)
    return known


def _log(soup: Soup, epochs: int, every: int, scores: bool, poll: Poll) -> Iterator[dict[str, Any]]:
    """Live up to an epoch; gives a row for each logged one, and always for the last."""
    if soup.epoch == epochs:
        yield _row(soup, scores, poll)
    while soup.epoch < epochs:
        soup.step(poll)
        if (soup.epoch - 1) % every == 0 or soup.epoch == epochs:
            yield _row(soup, scores, poll)


def _row(soup: Soup, scores: bool, poll: Poll) -> dict[str, Any]:
    found = measure(soup.soup)
    row: dict[str, Any] = {
        "epoch": soup.epoch,
        "ops": soup.ops,
        "h0": found.h0,
        "brotli_bytes": found.brotli_bytes,
        "higher_entropy": found.high_order,
        "soup_sha256": hashlib.sha256(soup.soup.tobytes()).hexdigest(),
    }
    if scores:
        given = scoring.scores(
            soup.language, soup.soup, seed=soup.seed, epoch=max(soup.epoch - 1, 0), poll=poll
        )
        row["replicators"] = int((given >= scoring.THRESHOLD).sum())
        row["best_score"] = int(given.max())
    return row


def _line(row: dict[str, Any]) -> str:
    text = (
        f"epoch {row['epoch']:>7,}  ops {row['ops']:>15,}  h0 {row['h0']:.4f}  "
        f"brotli {row['brotli_bytes']:>10,}  high-order {row['higher_entropy']:7.4f}"
    )
    if "replicators" in row:
        text += f"  replicators {row['replicators']:,} (best score {row['best_score']})"
    return text


def _initial(spoken: Language, text: str | None, load: Path | None) -> bytes:
    if text is None:
        return b""
    if load is not None:
        raise BadInput(
            "a program is written into the first soup, not into a loaded one",
            remedy="Leave out --program or --load",
        )
    return editing.read(text, spoken)


def read_rate(text: str) -> int:
    """Understand a mutation rate: 262144, 262144/2^30, 1/4096 or 0.01; gives parts of 2**30."""
    whole = re.fullmatch(r"[0-9]{1,12}", text)
    ratio = re.fullmatch(r"([0-9]{1,12})\s*/\s*(?:2\^([0-9]{1,2})|([0-9]{1,12}))", text)
    parts = -1.0
    if whole:
        parts = int(text)
    elif ratio:
        below = 2 ** int(ratio[2]) if ratio[2] else int(ratio[3])
        parts = int(ratio[1]) * MUTATION_UNIT / below if below else -1
    elif re.fullmatch(r"([0-9]{1,12}|[0-9]*\.[0-9]+)(e-?[0-9]{1,2})?", text):
        parts = float(text) * MUTATION_UNIT
    if not 0 <= parts <= MUTATION_UNIT:
        raise BadInput(
            f"{text!r} is no mutation rate",
            remedy="Use parts of 2^30 from 0 to 1073741824, such as 262144, or 1/4096 or 0.01",
        )
    if parts and not round(parts):
        raise BadInput(
            f"the mutation rate {text!r} is below the least one, 1/2^30",
            remedy="Use 0 for no mutation, or a larger rate",
        )
    return round(parts)


def _grid_width(pairing: str | None) -> int:
    size = re.fullmatch(r"grid:([0-9]{1,8})[x×][0-9]{1,8}", pairing or "")
    return int(size[1]) if size else 0


@contextmanager
def _interruptible() -> Iterator[Poll]:
    """Give a poll that raises `Cancelled` after Ctrl-C or a request to end.

    So no epoch is cut within its end, and what was lived is saved.
    """
    stopped = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        del number, frame
        if stopped:
            raise KeyboardInterrupt
        stopped = True

    def poll() -> None:
        if stopped:
            raise Cancelled

    former: dict[int, Any] = {}
    with suppress(ValueError):  # not the main thread: whoever called us has the signals
        for number in (signal.SIGINT, signal.SIGTERM):
            former[number] = signal.signal(number, handle)
    try:
        yield poll
    finally:
        for caught, handler in former.items():
            signal.signal(caught, handler)


app.command("trace")(soup_programs.trace)
app.command("replicates")(soup_programs.replicates)
app.command("languages")(soup_programs.list_languages)
