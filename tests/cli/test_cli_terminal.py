"""What a terminal of 80 columns shows: tables, progress, texts in colour, and nothing that it would obey."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Run, records
from processes import COLUMNS, SEQTOOL, Terminal, on_terminal, wait_until

COLOUR = re.compile("\x1b\\[(?:0|1|2|31|32)m")
HOSTILE = "\x1b]0;title\x07 \x1b[2J \x9b31m \u202eevil\u202c \x08\x7f \0 \x0b\x0c \x1bc good\n"


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_pretty_lets_no_control_sequence_through(tiny_model: Path, environment: dict[str, str]) -> None:
    lines = HOSTILE + "plain words\n" + "\n"
    status, shown, told = on_terminal(
        ["classify", "-m", str(tiny_model), "--pretty", "--input", "text"], lines.encode(), **environment
    )
    assert (status, told) == (0, "")
    assert ("\x1b" in shown) == (not environment)
    left = COLOUR.sub("", shown)
    assert len(left.split("\r\n")) == 4
    assert not [letter for letter in left if letter not in "\r\n\t " and not letter.isprintable()]
    assert "plain" in left and "evil" in left


def test_pretty_lets_none_through_out_of_bad_records(tiny_model: Path) -> None:
    lines = '{"text": 1, "\\u001b[31m": 2}\n{"\\u001b[31m": "x"}\n{"text": "a", "\\u001b[2J": 1, "\\u001b[2J": 2}\n'
    status, shown, _ = on_terminal(["classify", "-m", str(tiny_model), "--pretty"], lines.encode(), "out err")
    assert status == 1
    assert "\x1b" not in shown.replace("\r\n", "")


def test_pretty_leaves_letters_alone(tiny_model: Path, tmp_path: Path) -> None:
    """Wide spaces, no-break spaces and joined emoji are no control sequences."""
    text = "a\u00a0b\u3000c 👩‍👩‍👧 e\u0301 नमस्ते\n"
    result = subprocess.run(
        [*SEQTOOL, "classify", "-m", str(tiny_model), "--pretty"], input=text.encode(), capture_output=True
    )
    shown = re.sub(r"\([+-]\d\.\d\d\)", "", result.stdout.decode())
    assert shown.endswith("  " + text)


def test_pretty_in_a_pipe_has_no_colour(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "--pretty", stdin=b"hello world\n\n", env={"TERM": "xterm"})
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"\x1b" not in result.stdout and result.stdout.count(b"\n") == 2


SHIPPED = {"SEQTOOL_MODELS": str(ROOT / "models")}
GOLDEN = ROOT / "tests" / "golden"
STYLE = re.compile("\x1b\\[[0-9;]*m")
WAITS = "reading lines from the terminal; Ctrl-D ends them, Ctrl-C stops"


@pytest.mark.parametrize("command", ["classify", "tag"])
def test_pretty_as_in_a_pipe_but_for_the_colours(command: str) -> None:
    """What the golden pair says; in colour, an entity has no brackets and a word no weight."""
    texts = (GOLDEN / command / "pretty.txt").read_bytes()
    wanted = (GOLDEN / command / "pretty.out").read_text(encoding="utf-8").replace("\n", "\r\n")
    arguments = [command, *{"classify": ["-m", "sentiment-en"], "tag": []}[command], "--pretty", "--input", "text"]
    assert on_terminal(arguments, texts, **SHIPPED, NO_COLOR="1") == (0, wanted, "")
    status, shown, told = on_terminal(arguments, texts, **SHIPPED)
    assert (status, told) == (0, "") and STYLE.search(shown)
    plain = re.sub(r"\([+-]\d\.\d\d\)", "", wanted).replace("[", "").replace("]", "")
    assert STYLE.sub("", shown) == plain


def test_a_person_at_the_terminal_is_told_what_it_waits_for(tiny_model: Path) -> None:
    status, shown, rest = on_terminal(["classify", "-m", str(tiny_model)], b"hello\n\x04", "in err")
    assert status == 0 and rest.startswith('{"text": "hello"') and rest.count("\n") == 1
    assert sorted(shown.replace("^D\b\b", "").split("\r\n")) == ["", "hello", f"seqtool classify: {WAITS}"]
    status, shown, quiet = on_terminal(["classify", "-m", str(tiny_model), "-q"], b"hello\n\x04", "in err")
    assert "Ctrl" not in shown and quiet == rest


def test_ctrl_c_stops_at_once_and_says_nothing(tiny_model: Path) -> None:
    with Terminal("classify", "-m", tiny_model, streams="in out err") as terminal:
        terminal.read_until(WAITS)
        terminal.type(b"hello\n")
        terminal.read_until("stars")
        before = terminal.read_until("}\r\n")
        terminal.type(b"\x03")
        status, shown, _ = terminal.end()
    assert (status, shown) == (-signal.SIGINT, before + "^C")


def test_a_short_run_shows_no_progress(tiny_model: Path) -> None:
    status, shown, rest = on_terminal(["classify", "-m", str(tiny_model)], b"hello\n", "err")
    assert (status, shown) == (0, "")
    assert rest.count("\n") == 1


def test_a_long_run_shows_how_far_it_is(tiny_model: Path, tmp_path: Path) -> None:
    """After two seconds a line that is taken away at the end; quietly, none."""
    folders = [tmp_path / name for name in ("told", "quiet", "plain")]
    running = []
    for folder, option, environment in zip(folders, ([], ["-q"], []), ({}, {}, {"NO_COLOR": "1"})):
        arguments = ["classify", "-m", tiny_model, "-o", f"{folder}.jsonl", *option]
        running.append(Terminal(*arguments, streams="err", **environment))
    with running[0] as told, running[1] as quiet, running[2] as plain:

        def all_shown() -> bool:
            for terminal in running:
                terminal.send(b"hello\n")
            return all("records" in terminal.shown() for terminal in (told, plain))

        wait_until(all_shown)
        (_, line, _), nothing, (_, colourless, _) = (terminal.end() for terminal in (told, quiet, plain))
    assert nothing == (0, "", "")
    assert re.search(r"classify .* [\d,]+ records [\d,]+/s", STYLE.sub("", line)) and STYLE.search(line)
    assert "\x1b[3" not in colourless
    assert line.endswith("\x1b[2K") and all(len(part) <= COLUMNS for part in STYLE.sub("", line).split("\r"))


def table(arguments: list[str], **environment: str) -> list[str]:
    """The lines of a table on a terminal, which has the room and neither colours nor braces."""
    status, shown, told = on_terminal(arguments, b"", **environment, NO_COLOR="1")
    assert (status, told) == (0, "") and "\x1b[3" not in shown and "{" not in shown
    lines = [line.rstrip() for line in STYLE.sub("", shown).split("\r\n")]
    assert lines.pop() == "" and max(map(len, lines)) <= COLUMNS
    return lines


def test_models_list_is_a_table(run: Run) -> None:
    head, *lines = table(["models", "list"], **SHIPPED)
    assert head.split() == ["name", "task", "languages", "size", "licence", "path"]
    text = re.sub(r"\s", "", "".join(lines))
    rows = records(run("models", "list", env=SHIPPED).stdout)
    assert len(rows) >= 6
    for row in rows:
        assert any(line.startswith(row["name"]) for line in lines)
        assert row["task"] in text and f"{row['size'] / 1e6:.1f}MB" in text
    assert table(["models", "list"], **SHIPPED, TERM="dumb") == [head, *lines]


def test_evaluate_classify_is_a_table(run: Run, tiny_model: Path) -> None:
    arguments = ["evaluate", "classify", "-m", str(tiny_model), str(ROOT / "examples" / "labelled.csv")]
    arguments += ["--label-column", "stars"]
    lines = table(arguments)
    report = json.loads(run(*arguments).stdout)
    assert lines[0] == f"tiny: {report['rows']:,} rows"
    assert any(re.match(rf"accuracy +{report['accuracy']:.4f} +95 %: ", line) for line in lines)
    [row] = [row for row in report["labels"] if row["label"] == "positive"]
    scores = f"{row['precision']:.3f} +{row['recall']:.3f} +{row['f1']:.3f} +{row['count']}"
    assert any(re.match(rf"positive +{scores}", line) for line in lines)


def test_evaluate_tag_is_a_table(run: Run, tiny_tagger: Path) -> None:
    arguments = ["evaluate", "tag", "-m", str(tiny_tagger), str(ROOT / "examples" / "names.conll")]
    arguments += [f"--label={theirs}={ours}" for theirs, ours in (("PER", "person"), ("LOC", "place"), ("ORG", ""))]
    arguments += ["--label=MISC="]
    lines = table(arguments)
    report = json.loads(run(*arguments).stdout)
    assert lines[0] == f"tiny-tagger: {report['sentences']:,} sentences, {report['tokens']:,} tokens"
    assert any(re.match(rf"F1 +{report['f1']:.4f}", line) for line in lines)
    for name in ("known", "unknown"):
        assert any(re.match(rf"{name} +{report[f'{name}_words']['tokens']:,} ", line) for line in lines)
