"""How seqtool tag ends: bad records, a kill, a reader that goes away; and what is made for eyes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import SEQTOOL, Run, records
from processes import SECONDS, Process, kill_halfway
from tagging import tagged

# -- bad records -----------------------------------------------------------------------------------

GOOD = '{"text": "Ada met Zoë."}'.encode()
BAD: list[tuple[bytes, str, list[str]]] = [  # line, kind, the record's own fields that are kept
    (b'{"id": 1.10, "text": null}', "type", ["id", "text"]),
    (b'{"id": 2, "txt": "a"}', "field", ["id", "txt"]),
    (b'{"text": 5}', "type", ["text"]),
    (b'{"text": "a", "tags": []}', "clash", ["text", "tags"]),
    (b'{"tokens": "Ada met"}', "type", ["tokens"]),
    (b'{"tokens": ["Ada", 5]}', "type", ["tokens"]),
    (b'{"tokens": ["Ada", null]}', "type", ["tokens"]),
    (b'{"tokens": {"a": 1}}', "type", ["tokens"]),
    (b'{"tokens": ["Ada"], "offsets": []}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0, 3], [4, 5]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[3, 0]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[-1, 3]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0, 3, 4]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0.5, 3]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [["0", "3"]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[true, false]]}', "type", ["tokens", "offsets"]),
    (
        b'{"text": "Ada", "tokens": ["Ada"], "offsets": [[0, ' + b"9" * 4000 + b"]]}",
        "type",
        ["text", "tokens", "offsets"],
    ),
    (b'{"tokens": ["Ada"], "offsets": [[0, 1e400]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": 5}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": "ab"}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": {"ab": 1}}', "type", ["tokens", "offsets"]),
    (b'{"text": "Ada", "tokens": ["Ada"], "offsets": [[0, 4]]}', "type", ["text", "tokens", "offsets"]),
    (b'{"text": "\xff"}', "encoding", []),
    (b'{"text": ', "json", []),
    (b'["text"]', "not_object", []),
    (b'"text"', "not_object", []),
    (b'{"text": "a", "text": "b"}', "duplicate_key", []),
    (b'{"text": "a", "n": NaN}', "number", []),
    (b'{"tokens": ["\\ud800"]}', "surrogate", []),
    (b'{"tokens": ' + b"[" * 600 + b"]" * 600 + b"}", "depth", []),
    (b'{"text": "' + b"x" * 9000 + b'"}', "length", []),
]


def test_every_kind_of_bad_record(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    data = b"".join(GOOD + b"\n" + line + b"\n" for line, _, _ in BAD) + GOOD + b"\n"
    (tmp_path / "in.jsonl").write_bytes(data)
    done = run("tag", "-m", tiny_tagger, "in.jsonl", "--max-line-bytes", "8000")
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    out = records(done.stdout)
    assert len(out) == 2 * len(BAD) + 1
    assert {json.dumps(record) for record in out[::2]} == {json.dumps(out[0])} and len(out[0]["tags"]) == 4
    for number, (record, (line, kind, kept)) in enumerate(zip(out[1::2], BAD, strict=True)):
        error = record.pop("error", None)
        assert error is not None, line
        assert (error["kind"], error["file"], error["line"]) == (kind, "in.jsonl", 2 * number + 2), (line, error)
        assert list(record) == kept, line
    told = done.stderr.decode().splitlines()
    assert len(told) == 6 and told[-1] == f"seqtool tag: {len(BAD)} bad records"
    skipped = run("tag", "-m", tiny_tagger, "in.jsonl", "--max-line-bytes", "8000", "--on-error", "skip", "-q")
    assert (skipped.returncode, skipped.stderr) == (1, b"")
    assert skipped.stdout == done.stdout.split(b"\n")[0] + b"\n" + skipped.stdout.split(b"\n", 1)[1]
    assert len(records(skipped.stdout)) == len(BAD) + 1
    stopped = run("tag", "-m", tiny_tagger, "in.jsonl", "--on-error", "stop")
    assert stopped.returncode == 1 and len(records(stopped.stdout)) == 1 and b"in.jsonl:2: " in stopped.stderr


@pytest.mark.parametrize("form", ["conll", "conllu"])
def test_bad_records_among_columns(run: Run, tiny_tagger: Path, form: str) -> None:
    """A comment in their place, which breaks no line, and their neighbours as they are."""
    data = b"".join(GOOD + b"\n" + line + b"\n" for line, _, _ in BAD) + GOOD + b"\n"
    alone = tagged(run, tiny_tagger, "--format", form, stdin=GOOD)
    options = ["--format", form, "--max-line-bytes", "8000"]
    blocks = tagged(run, tiny_tagger, *options, stdin=data, status=1).decode().removesuffix("\n\n").split("\n\n")
    assert len(blocks) == 2 * len(BAD) + 1
    assert {block + "\n\n" for block in blocks[::2]} == {alone.decode()}
    for number, block in enumerate(blocks[1::2]):
        assert block.startswith(f"# error: -:{2 * number + 2}: ") and "\n" not in block
    skipped = tagged(run, tiny_tagger, *options, "--on-error", "skip", stdin=data, status=1)
    assert skipped == alone * (len(BAD) + 1)


def test_bad_sentences_of_columns(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    long = b"".join(b"word%d O\n" % number for number in range(300))
    (tmp_path / "a.conll").write_bytes(
        b"Ada O\nmet O\n\nK\xf6ln O\n\n" + long + b"\n\tO\n\nAda O\nmet O\n\n" + b"x" * 5000 + b"\tO\n\nAda O\nmet O"
    )
    out = records(tagged(run, tiny_tagger, "a.conll", "--max-line-bytes", "2000", status=1))
    kinds = [record["error"]["kind"] if "error" in record else record["tokens"] for record in out]
    good = ["Ada", "met"]
    assert kinds == [good, "encoding", "length", "row", good, "length", good]
    assert [record["error"]["line"] for record in out if "error" in record] == [4, 6, 307, 312]


def test_errors_pass_through_a_chain(run: Run, tiny_tagger: Path, tiny_labeller: Path) -> None:
    first = run("tag", "-m", tiny_tagger, stdin=GOOD + b'\n[]\n{"n": 1.10}\n')
    second = run("tag", "-m", tiny_labeller, "--prefix", "b_", stdin=first.stdout)
    assert (second.returncode, second.stderr) == (1, b"")
    assert second.stdout.split(b"\n")[1:] == first.stdout.split(b"\n")[1:] and b'"b_tags"' in second.stdout


# -- how it ends, and files ------------------------------------------------------------------------


def test_a_reader_that_goes_away(tiny_tagger: Path) -> None:
    script = 'yes "Ada met Zoë." | "$@" | head -1; echo "${PIPESTATUS[@]}"'
    command = [*SEQTOOL, "tag", "-m", str(tiny_tagger)]
    done = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, timeout=SECONDS)
    line, status, _ = done.stdout.decode().split("\n")
    assert json.loads(line)["tokens"] == ["Ada", "met", "Zoë", "."]
    assert status.split()[1] == "141" and done.stderr == b""


@pytest.mark.parametrize("options", [[], ["--format", "conll", "--on-error", "skip"]], ids=str)
def test_killed_and_resumed_to_the_same_bytes(run: Run, tiny_tagger: Path, tmp_path: Path, options: list[str]) -> None:
    rows = [b'{"id": %d, "text": "%s."}\n' % (number, b"Ada met " * (number % 5)) for number in range(10)]
    rows[1] = b"nonsense\n"
    rows[6] = b"[]\n"
    block = b"".join(rows)
    command = ["tag", "-m", tiny_tagger, "--input", "jsonl", *options]
    lines = kill_halfway([*command, "-o", "out"], tmp_path, block) + block
    wanted = run(*command, stdin=lines)
    again = run(*command, "-o", "out", stdin=lines)
    assert again.returncode == 2 and b"--resume" in again.stderr
    other = run(*command, "--labels", "person", "-o", "out", "--resume", stdin=lines)
    assert other.returncode == 2 and b"another labels" in other.stderr
    done = run(*command, "-o", "out", "--resume", stdin=lines)
    assert done.returncode == wanted.returncode == 1
    assert (tmp_path / "out").read_bytes() == wanted.stdout
    assert os.listdir(tmp_path) == ["out"]


def test_pretty(run: Run, tiny_tagger: Path, tiny_labeller: Path) -> None:
    """Not on a terminal: brackets, no colour, and nothing that a terminal would obey."""
    [record] = records(tagged(run, tiny_tagger, stdin="Ada met Zoë in London."))
    out = tagged(run, tiny_tagger, "--pretty", stdin="Ada met Zoë in London.").decode()
    expected, end = "", 0
    for entity in record["entities"]:
        expected += record["text"][end : entity["start"]] + f"[{entity['text']} {entity['label']}]"
        end = entity["end"]
    assert out == expected + record["text"][end:] + "\n"
    [record] = records(tagged(run, tiny_labeller, stdin="Ada met Zoë."))
    out = tagged(run, tiny_labeller, "--pretty", stdin="Ada met Zoë.").decode()
    assert re.findall(r"(\S+)/(\w+)", out) == list(zip(record["tokens"], record["tags"]))
    for model in (tiny_tagger, tiny_labeller):
        row = '{"tokens": ["\\u001b[2J", "\\u009b", "a\\nb", "\\u202e"]}\n'
        hostile = tagged(run, model, "--pretty", stdin=row + '{"text": "x"}\n')
        assert b"\x1b" not in hostile and "\x9b".encode() not in hostile and hostile.count(b"\n") == 2


@pytest.mark.parametrize("model", ["tiny_tagger", "tiny_labeller"])
def test_a_page(run: Run, request: pytest.FixtureRequest, tmp_path: Path, model: str) -> None:
    folder = request.getfixturevalue(model)
    data = "Ada <b>met</b> Zoë & Bob.\n\n<script>alert(1)</script>\n"
    shown = ["Ada", "&lt;", "met", "Zoë", "&amp;", "Bob", "script", "alert"]
    out = tagged(run, folder, "--html", "page.html", "--input", "text", stdin=data)
    assert out == tagged(run, folder, "--input", "text", stdin=data)  # the records come all the same
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html") and page.rstrip().endswith("</html>")
    assert "<script" not in page and "<b>" not in page
    assert all(word in page for word in shown)
    for record in records(out):
        for label in {entity["label"] for entity in record.get("entities", [])} or set(record["tags"]) - {"O"}:
            assert label in page
    assert os.listdir(tmp_path) == ["page.html"]


def test_a_page_is_whole_or_as_it_was(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ada met Zoë.\n", encoding="utf-8")
    assert run("tag", "-m", tiny_tagger, "--html", "p.html", "a.txt", "none.txt").returncode == 2
    assert not (tmp_path / "p.html").exists()
    (tmp_path / "p.html").write_text("old")
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(subprocess.run(["gzip", "-c", "a.txt"], cwd=tmp_path, capture_output=True, check=True).stdout[:-9])
    assert run("tag", "-m", tiny_tagger, "--html", "p.html", "a.txt", "cut.txt.gz").returncode == 2
    assert (tmp_path / "p.html").read_text() == "old"
    # A bad record is no reason to lose the page.
    done = run("tag", "-m", tiny_tagger, "--html", "p.html", stdin=b"Ada met Bob.\n\xff\nIn London.\n")
    assert done.returncode == 1
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "London" in page and page.rstrip().endswith("</html>")
    with Process("tag", "-m", tiny_tagger, "--html", "k.html", cwd=tmp_path) as process:
        process.send(b"Ada met Bob.\n")
        assert process.line()
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "cut.txt.gz", "p.html"]
