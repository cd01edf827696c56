"""primordia soup: the reference's figures, files that go on, and what is refused."""

import base64
import json
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.commands import soup as verb
from engine.commands import soup_files
from engine.commands.soup import app, read_rate
from engine.core import checkpoint, device
from engine.core.errors import BadInput, Cancelled, UserError
from engine.core.spec import Spec
from engine.soup.language import language
from engine.systems.soup import ProgramSoup

FOLDER = Path(__file__).parents[1] / "data/soup"
TINY = {run["lang"]: run for run in json.loads((FOLDER / "tiny_64.json").read_text())}
RESUME = json.loads((FOLDER / "resume_64.json").read_text())
MODES = [
    run
    for run in json.loads((FOLDER / "modes_1024.json").read_text())
    if run["lang"] == "bff_noheads"
]
SEEDED = next(
    run for run in json.loads((FOLDER / "soups_8192.json").read_text()) if run["case"] == "seeded"
)
OPTIONS = {
    "cyclic": ("--pairing", "cyclic"),
    "fixed_shuffle": ("--pairing", "fixed"),
    "grid2d": ("--pairing", "grid:32x32"),
    "zero_init": ("--zero",),
    "no_mutation": ("--mutation", 0),
    "high_mutation": ("--mutation", "10737418/2^30"),
    "reset": ("--reset", 10),
    "not_multiple_of_64": (),
    "selfrep": ("--scores",),
}


@pytest.fixture
def soup(capsys):
    """Run a verb; gives its JSON, or the text without --json."""

    def run(*arguments):
        app([str(one) for one in arguments], prog_name="primordia soup", standalone_mode=False)
        out = capsys.readouterr().out
        return json.loads(out) if "--json" in arguments else out

    yield run
    device.set_threads(0)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "0000000008.dat"
    path.write_bytes(base64.b64decode(RESUME["checkpoint"]))
    return path


TINY_RUN = ("run", "--programs", 64, "--seed", 1234, "--epochs", 8)


def hashes(found):
    return {row["epoch"]: row["soup_sha256"] for row in found["log"]}


def golden(run):
    return {row["epoch"]: row["sha256"] for row in run["log"]}


def compare(found, log, programs):
    """Hold every logged row against the reference's."""
    assert list(found) == ["log"]
    for row, expected in zip(found["log"], log, strict=True):
        assert (row["epoch"], row["soup_sha256"]) == (expected["epoch"], expected["sha256"])
        assert row["ops"] == expected["ops"]
        assert row["brotli_bytes"] == expected["brotli_bytes"]
        assert row["h0"] == pytest.approx(expected["h0"], abs=1e-6)
        bits = 8 * row["brotli_bytes"] / (64 * programs)
        assert row["higher_entropy"] == pytest.approx(expected["h0"] - bits, abs=1e-6)
        if "scores" in expected:
            assert row["replicators"] == expected["scores"]["replicators"]
            assert row["best_score"] == expected["scores"]["best"]


@pytest.mark.parametrize("name", ["bff_noheads", "bff_noheads_4bit"])
def test_a_run_is_the_reference_s(soup, name):
    found = soup(*TINY_RUN, "--lang", name, "--log-every", 1, "--json")
    compare(found, TINY[name]["log"], 64)


@pytest.mark.parametrize("run", MODES, ids=lambda run: run["case"])
def test_options_mean_what_the_reference_means(soup, run):
    line = ("run", "--programs", run["num"], "--seed", 1234, "--log-every", 8, "--epochs", 33)
    compare(soup(*line, *OPTIONS[run["case"]], "--json"), run["log"], run["num"])


def test_a_planted_program_takes_over_as_in_the_reference(soup):
    line = ("run", "--programs", 8192, "--seed", 9, "--log-every", 8, "--epochs", 57)
    found = soup(*line, "--program", "hex:" + SEEDED["initial"], "--json")
    compare(found, SEEDED["log"][:8], 8192)
    assert found["log"][-2]["higher_entropy"] < 1 < found["log"][-1]["higher_entropy"]


@pytest.mark.parametrize(("every", "epochs"), [(3, [1, 4, 7, 8]), (7, [1, 8]), (64, [1, 8])])
def test_logged_are_first_every_kth_and_last(soup, every, epochs):
    found = soup(*TINY_RUN, "--log-every", every, "--threads", 2, "--json")
    assert list(hashes(found)) == epochs
    assert hashes(found).items() <= golden(TINY["bff_noheads"]).items()


def test_for_people_there_is_a_line_for_each_epoch(soup):
    lines = soup(*TINY_RUN, "--log-every", 4).splitlines()
    assert [re.search(r"epoch +(\d+)", line)[1] for line in lines] == ["1", "5", "8"]


def test_a_file_of_the_reference_goes_on(soup, saved, tmp_path):
    out = tmp_path / "end.dat"
    line = ("run", "--load", saved, "--seed", 1234, "--log-every", 1, "--json")
    compare(soup(*line, "--epochs", 16), RESUME["log"], 64)
    assert hashes(soup(*line, "--epochs", 12, "--save", out)) == {
        row["epoch"]: row["sha256"] for row in RESUME["log"][:3]
    }
    again = soup("run", "--load", out, "--seed", 1234, "--epochs", 16, "--log-every", 1, "--json")
    assert again["log"][0]["epoch"] == 13
    assert hashes(again)[16] == golden(RESUME)[16]


def test_our_own_file_knows_what_it_needs_to_go_on(soup, tmp_path):
    path = tmp_path / "half.safetensors"
    options = ("--lang", "bff_noheads_4bit", "--mutation", "1/64", "--pairing", "grid:8x8")
    base = ("run", "--programs", 64, "--seed", 5, *options, "--json")
    whole = soup(*base, "--epochs", 6)
    soup(*base, "--epochs", 3, "--save", path)
    assert checkpoint.read(path).step == 3
    found = soup("run", "--load", path, "--epochs", 6, "--json")
    assert found["log"][-1]["soup_sha256"] == whole["log"][-1]["soup_sha256"]
    assert found["log"][-1]["ops"] < whole["log"][-1]["ops"]  # counted from the load on


@pytest.fixture
def strange(saved, monkeypatch):
    """Let the file say other things of its soup."""
    opened = soup_files.load(saved)

    def say(**params):
        monkeypatch.setattr(soup_files, "load", lambda path: replace(opened, params=params))

    return say


def test_a_file_with_strange_parameters_goes_on_and_says_so(strange, saved, tmp_path, capsys):
    """What cannot be used is as if it were not there; the rest is kept from file to file."""
    strange(grid_width="wide", mutation=0.9, pairing="zzz", step_limit=100, zero=3)
    path = tmp_path / "end.safetensors"
    line = ["run", "--load", saved, "--epochs", 12, "--json", "--save", path]
    app([str(one) for one in line], standalone_mode=False)
    told = capsys.readouterr()
    assert list(hashes(json.loads(told.out))) == [12]
    words = told.err.splitlines()
    assert all(line.startswith(f"primordia: {saved}: ") for line in words)
    for name in ("grid_width = 'wide'", "mutation = 0.9", "pairing = 'zzz'", "zero = 3"):
        assert sum(name in line for line in words) == 1
    assert len(words) == 4
    assert checkpoint.read(path).params["step_limit"] == 100


def test_what_the_command_line_says_needs_no_warning(strange, saved, capsys):
    strange(language="nope", grid_width=7, mutation=0.9, programs=64)
    line = f"run --load {saved} --epochs 9 --lang bff --mutation 0 --pairing cyclic --json"
    app(line.split(), standalone_mode=False)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("params", [{"language": "nope"}, {"language": 7}])
def test_a_soup_of_an_unknown_language_is_refused(strange, soup, saved, params):
    """In another language the same bytes are other programs."""
    strange(**params)
    with pytest.raises(BadInput, match=r"language .*, which is not known here.*--lang: "):
        soup("run", "--load", saved, "--epochs", 12)
    assert soup("run", "--load", saved, "--epochs", 12, "--lang", "forth", "--json")["log"]


def test_parameters_that_contradict_each_other_change_no_language(strange, saved, capsys):
    strange(grid_width=128, language="forth", step_limit=9, programs=64)
    line = f"run --load {saved} --epochs 12 --json"
    app(line.split(), standalone_mode=False)
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "grid_width = 128" in told.err
    strange(language="forth", step_limit=9)
    app(line.split(), standalone_mode=False)
    assert capsys.readouterr().out == told.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_saved_and_goes_on(soup, monkeypatch, tmp_path, capsys, number):
    path = tmp_path / "end.dat"
    whole = soup(*TINY_RUN, "--json")
    measure = verb.measure

    def interrupting(programs):
        signal.raise_signal(number)
        return measure(programs)

    monkeypatch.setattr(verb, "measure", interrupting)
    with pytest.raises(Cancelled):
        soup(*TINY_RUN, "--log-every", 3, "--save", path, "--json")
    monkeypatch.undo()
    assert list(hashes(json.loads(capsys.readouterr().out))) == [1]
    assert soup_files.load(path).epoch == 1
    found = soup("run", "--load", path, "--seed", 1234, "--epochs", 8, "--json")
    assert found["log"][-1]["soup_sha256"] == whole["log"][-1]["soup_sha256"]


def test_a_goal_is_checked_without_making_a_world(soup, monkeypatch, tmp_path):
    """Making one is as much work as being born."""
    made = []

    class Watched(ProgramSoup):
        def start(self):
            made.append(self.spec)
            super().start()

    monkeypatch.setattr("engine.systems.soup.ProgramSoup", Watched)
    check = soup_files.check_target
    monkeypatch.setattr(
        soup_files, "check_target", lambda *rest: (check(*rest), made.append("checked"))
    )
    soup(*TINY_RUN, "--save", tmp_path / "end.safetensors")
    assert [one if one == "checked" else one.slug for one in made] == ["checked", "soup"]


def test_a_log_is_not_lost_with_the_file(monkeypatch, tmp_path, capsys):
    def fail(*rest):
        raise UserError("cannot be written: the disk is full")

    monkeypatch.setattr(soup_files, "save", fail)
    line = [*TINY_RUN, "--save", tmp_path / "end.dat", "--json"]
    with pytest.raises(UserError, match="disk is full"):
        app([str(one) for one in line], standalone_mode=False)
    assert list(hashes(json.loads(capsys.readouterr().out))) == [1, 8]


def test_tokens_and_what_is_shown_go_on_from_file_to_file(soup, tmp_path):
    spec = Spec("soup", {"programs": 64, "tracers": True, "colour": "age"}, seed=5, device="cpu")
    world = ProgramSoup(spec)
    paths = [tmp_path / name for name in ("a.safetensors", "b.safetensors", "c.dat")]
    for _ in range(3):
        world.step()
    checkpoint.save(world, paths[0], "world")
    for path in paths[1:]:
        soup("run", "--load", paths[0], "--epochs", 8, "--save", path)
    for _ in range(5):
        world.step()
    ours, theirs = checkpoint.read(paths[1]), world.state("world")
    assert ours.params["tracers"]
    assert ours.params["colour"] == "age"
    for name in ("world/programs", "world/tokens"):
        np.testing.assert_array_equal(ours.arrays[name], theirs[name])
    np.testing.assert_array_equal(soup_files.load(paths[2]).soup, world.soup)
    with pytest.raises(BadInput, match="tokens"):
        saved_soup_with_cut_tokens(world, tmp_path / "cut.safetensors")


def saved_soup_with_cut_tokens(world, path):
    arrays = world.get_arrays
    world.get_arrays = lambda part: {**arrays(part), "tokens": np.zeros((2, 9, 64), np.uint32)}
    checkpoint.save(world, path, "world")
    return soup_files.load(path)


def test_a_planted_program_is_saved_as_one(soup, tmp_path):
    path = tmp_path / "a.safetensors"
    soup(*TINY_RUN, "--program", "[[{.>]-]", "--save", path)
    assert checkpoint.read(path).params["plant"] == "[[{.>]-]"


def test_a_grid_goes_on_as_one(soup, saved, strange, capsys):
    strange(grid_width=16, programs=64, tracers=True)
    capsys.readouterr()
    app(f"run --load {saved} --epochs 12 --json".split(), standalone_mode=False)
    told = capsys.readouterr()
    assert not told.err
    line = ("run", "--load", saved, "--epochs", 12, "--json")
    assert soup(*line, "--pairing", "shuffle") != json.loads(told.out)
    assert soup(*line, "--pairing", "grid:16x4") == json.loads(told.out)


def test_our_own_file_holds_no_seed_of_64_bits(soup, tmp_path):
    line = ("run", "--programs", 64, "--epochs", 1, "--seed", 2**64 - 1, "--json", "--save")
    with pytest.raises(BadInput, match=r"hold the seed .*ends in \.dat"):
        soup(*line, tmp_path / "a.safetensors")
    assert soup(*line, tmp_path / "a.dat")["log"]


def test_nothing_is_left_to_do(soup, saved):
    found = soup("run", "--load", saved, "--epochs", 9, "--seed", 1234, "--json")
    assert list(hashes(found)) == [9]
    assert found["log"][0]["ops"] == 0


def test_a_planted_replicator_is_found(soup):
    code = "hex:" + language("bff_noheads").replicator.hex()
    line = ("run", "--programs", 64, "--epochs", 1, "--mutation", 0, "--scores", "--json")
    assert soup(*line)["log"][0]["replicators"] == 0
    assert soup(*line, "--program", code)["log"][0]["best_score"] > 48


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--programs", 63), "63 programs cannot be paired"),
        (("--programs", 0), "0 programs cannot be paired"),
        (("--lang", "cobol"), "no language 'cobol'"),
        (("--mutation", "often"), "'often' is no mutation rate"),
        (("--pairing", "grid:3x3"), "9 cells"),
        (("--programs", 64, "--program", "[x]"), "character 2"),
        (("--programs", 64, "--program", "hex:" + "00" * 65), "65 bytes"),
        (("--programs", 64, "--load", "missing.dat"), "no such file"),
        (("--programs", 64, "--save", "missing/end.dat"), "folder"),
    ],
)
def test_bad_options(soup, arguments, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        soup("run", "--epochs", 2, *arguments)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run --epochs 2 --programs 63", "Use an even number"),
        ("run --epochs 2 --programs 64 --lang cobol", "rsubleq4, subleq"),
        ("run --epochs 2 --programs 64 --program [x]", "character 2 of the program, 'x'"),
        ("run --epochs 2 --programs 64 --program hex:0g", "character 6 of the program, 'g'"),
        ("run --epochs 2 --programs 64 --pairing pairs.txt", "pairs.txt: line 2 names program 64"),
        ("run --epochs 2 --programs 128 --load 64.dat", "64.dat: holds 64 programs, not 128"),
        ("run --epochs 12 --load short.dat", "short.dat: is truncated"),
        ("run --epochs 12 --load cut.safetensors", "cut.safetensors"),
        ("run --epochs 2 --programs 64 --seed -1", "--seed"),
        ("run --epochs 0", "--epochs"),
        ("run --programs 64", "--epochs"),
        ("trace --lang forth 4", "a byte has two digits"),
        ("trace [] " + "0" * 65, "65 bytes, a program holds 64"),
        ("replicates hex:" + "00" * 65, "65 bytes, a program holds 64"),
        ("replicate []", "replicate"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    primordia, saved, monkeypatch, tmp_path, line, words
):
    monkeypatch.chdir(tmp_path)
    data = saved.read_bytes()
    Path("64.dat").write_bytes(data)
    Path("short.dat").write_bytes(data[:-1])
    Path("cut.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{")
    Path("pairs.txt").write_text("0 1\n1 64\n")
    done = primordia("soup", *line.split())
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert words in done.err


def test_the_verb_alone_explains_itself(primordia):
    done = primordia("soup")
    assert done.code == 0
    assert {"run", "trace", "replicates", "languages"} <= set(done.out.split())


def test_a_file_and_other_options(soup, saved, tmp_path):
    with pytest.raises(BadInput, match="holds 64 programs, not 128"):
        soup("run", "--load", saved, "--epochs", 12, "--programs", 128)
    with pytest.raises(BadInput, match="at epoch 9 already"):
        soup("run", "--load", saved, "--epochs", 8)
    with pytest.raises(BadInput, match="not into a loaded one"):
        soup("run", "--load", saved, "--epochs", 12, "--program", "[]")
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("0 1\n")
    line = ("run", "--programs", 4, "--epochs", 1, "--pairing", pairs)
    with pytest.raises(BadInput, match="no lists of interactions"):
        soup(*line, "--save", tmp_path / "a.safetensors")
    assert soup(*line, "--save", tmp_path / "a.dat", "--json")["log"]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("0", 0),
        ("262144", 2**18),
        ("262144/2^30", 2**18),
        ("1/4096", 2**18),
        ("0.5", 2**29),
        ("1e-5", 10737),
        ("1.0e-5", 10737),
        ("1/2^30", 1),
    ],
)
def test_rates(text, rate):
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["", "-1", "1/0", "2.0", "1073741825", "nan", "1e9"])
def test_bad_rates(text):
    with pytest.raises(BadInput, match="no mutation rate"):
        read_rate(text)


@pytest.mark.parametrize("text", ["5/2^99", "1e-12", "1/99999999999"])
def test_a_rate_that_would_be_none_is_refused(text):
    with pytest.raises(BadInput, match=re.escape("below the least one, 1/2^30")):
        read_rate(text)


def test_the_replicator_of_the_language_has_a_name(soup):
    code = "hex:" + language("forth").replicator.hex()
    run = (*TINY_RUN, "--lang", "forth", "--json", "--program")
    assert soup(*run, "replicator") == soup(*run, code)
    for verb_name in ("trace", "replicates"):
        line = (verb_name, "--lang", "forth", "--json")
        assert soup(*line, "replicator") == soup(*line, code)
    for line in ((*TINY_RUN, "--program", ""), ("trace", ""), ("trace", "[]", "")):
        with pytest.raises(BadInput, match="is empty"):
            soup(*line)


def test_a_trace_tells_every_step(soup):
    found = soup("trace", "[[{.>]-]", "hex:00", "--steps", 12, "--json")
    assert (found["steps"], found["ops"], found["halted"]) == (12, 12, "")
    assert found["trace"][3] == {
        "pc": 3, "head0": 0, "head1": 127, "counted": True, "writes": [[127, 0, 0x5B]],
    }  # fmt: skip
    assert found["end"].endswith("7b5b5b")
    assert found["start"].startswith("5b5b7b2e3e5d2d5d0000")


def test_a_trace_for_people(soup):
    lines = soup("trace", "[[{.>]-]").splitlines()
    assert "copy" in lines[4]
    assert re.search(r"[0-9,]+ steps, [0-9,]+ operations; ", lines[-3])
    assert lines[-1].startswith("right")


def test_what_replicates(soup):
    code = "hex:" + language("bff_noheads").replicator.hex()
    found = soup("replicates", code, "--json")
    assert found["score"] > 48
    assert found["replicates"]
    assert len(found["generations"]) == 6
    assert "it does not replicate" in soup("replicates", "+-")
    with pytest.raises(BadInput, match="is empty"):
        soup("replicates", "")


def test_languages_are_listed(soup):
    found = soup("languages", "--json")["languages"]
    assert len(found) == 13
    names = [one["name"] for one in found]
    assert {"bff_noheads", "subleq", "forth"} <= set(names)
    assert [line.split()[0] for line in soup("languages").splitlines()] == names
