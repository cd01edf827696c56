"""primordia soup: the reference's figures, files that go on, and what is refused."""

import base64
import json
import re
from pathlib import Path

import pytest

from engine.commands.soup import app, read_rate
from engine.core import checkpoint, device
from engine.core.errors import BadInput
from engine.soup.language import language

FOLDER = Path(__file__).parents[1] / "data/soup"
TINY = {run["lang"]: run for run in json.loads((FOLDER / "tiny_64.json").read_text())}
RESUME = json.loads((FOLDER / "resume_64.json").read_text())


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


@pytest.mark.parametrize("name", ["bff_noheads", "bff_noheads_4bit"])
def test_a_run_is_the_reference_s(soup, name):
    found = soup(*TINY_RUN, "--lang", name, "--log-every", 1, "--json")
    assert hashes(found) == golden(TINY[name])
    for row, expected in zip(found["log"], TINY[name]["log"], strict=True):
        assert row["ops"] == expected["ops"]
        assert row["brotli_bytes"] == expected["brotli_bytes"]
        assert row["h0"] == pytest.approx(expected["h0"], abs=1e-6)
        bits = 8 * row["brotli_bytes"] / (64 * 64)
        assert row["higher_entropy"] == pytest.approx(expected["h0"] - bits, abs=1e-6)


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
    line = ("run", "--load", saved, "--seed", 1234, "--log-every", 1, "--json", "--save", out)
    assert hashes(soup(*line, "--epochs", 12)) == dict(list(golden(RESUME).items())[:3])
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
    [("0", 0), ("262144", 2**18), ("262144/2^30", 2**18), ("1/4096", 2**18), ("0.5", 2**29)],
)
def test_rates(text, rate):
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["", "-1", "1/0", "2.0", "1073741825", "nan", "1e9"])
def test_bad_rates(text):
    with pytest.raises(BadInput, match="no mutation rate"):
        read_rate(text)


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
