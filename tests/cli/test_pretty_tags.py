"""Tags for eyes: a line on a terminal, and the page that grows while records stream."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from seqtool.cli.writers.entity_page import EntityPageFile
from seqtool.cli.writers.pretty_tags import BASIC_GROUNDS, GROUNDS, STYLES, PrettyTags, marked
from seqtool.errors import BadRecord, OutputError
from seqtool.plots.entities import Span
from seqtool.records.record import Record

LABELS = ["person", "place", "money"]
COLOUR = re.compile("\x1b\\[[0-9;]*m")
HOSTILE = [
    "\x1b]0;title\x07 \x1b[2J \x9b31m \u202eevil\u202c \x08\x7f \x00 \x0b\x0c \x1bc good",
    "<script>'\"&",
    "a\nb\r\nc\rd\u2028e\u0085f\tg",
    "\u0301\u0308 lone marks",
    "\ud800",
    "مرحبا 👨\u200d👩\u200d👧",
]


@pytest.fixture(params=["xterm-256color", "xterm"])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is a terminal, of many colours or of eight."""
    monkeypatch.setattr("seqtool.cli.writers.pretty.terminal_output", lambda: True)
    monkeypatch.setenv("TERM", request.param)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORTERM", raising=False)


def entity(start: int | None, end: int | None, label: str, score: float = 0.9) -> dict[str, Any]:
    return {"text": "", "label": label, "start": start, "end": end, "score": score}


def line(item: Any, **answer: Any) -> str:
    shown = PrettyTags(LABELS).line(Record("-", 1, item=item, answer=answer)).decode("utf-8")
    assert shown.endswith("\n")
    return shown[:-1]


ADA = "Ada Lovelace went to Rome"
TWO = [entity(0, 12, "person"), entity(21, 25, "place")]


def test_without_colour_entities_are_in_brackets() -> None:
    assert line((ADA, None, None), entities=TWO) == "[Ada Lovelace person] went to [Rome place]"
    assert line(ADA, entities=TWO) == "[Ada Lovelace person] went to [Rome place]"
    assert line((ADA, None, None), tokens=ADA.split(), tags=["O"] * 5, entities=[]) == ADA
    assert line(("", None, None), tokens=[], tags=[], entities=[]) == ""


@pytest.mark.parametrize("name, value", [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", None)])
def test_no_colour_where_none_is_wanted(
    terminal: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    assert "\x1b" not in line(ADA, entities=TWO) and "\x1b" not in line("x", tokens=["x"], tags=["X"])


def test_no_colour_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("seqtool.cli.writers.pretty.terminal_output", lambda: False)
    assert "\x1b" not in line(ADA, entities=TWO)


def test_colour_with_the_label_behind(terminal: None) -> None:
    shown = line((ADA, None, None), entities=TWO)
    assert COLOUR.sub("", shown) == "Ada Lovelace person went to Rome place"
    assert shown.startswith("\x1b[") and shown.endswith("\x1b[0m") and shown.count("\x1b[0m") == 2
    assert "Lovelace went" not in COLOUR.sub("", shown)
    first, second = re.findall(r"\x1b\[([0-9;]*)m(?:Ada|Rome)", shown)
    assert first != second
    assert line("Rome", entities=[entity(0, 4, "place")]).startswith(f"\x1b[{second}mRome")  # wherever it stands


def test_entities_that_touch_are_put_apart(terminal: None) -> None:
    shown = line("RomeParis", entities=[entity(0, 4, "place"), entity(4, 9, "place")])
    assert COLOUR.sub("", shown) == "Rome place Paris place"
    assert "\x1b[0m \x1b[" in shown


def test_many_labels_look_different(terminal: None) -> None:
    labels = [f"l{i}" for i in range(100)]
    writer = PrettyTags(labels)
    looks = []
    for label in [*labels, "unknown"]:
        record = Record("-", 1, item="x", answer={"entities": [entity(0, 1, label)]})
        shown = writer.line(record).decode()
        assert COLOUR.sub("", shown) == f"x {label}\n"
        looks.append(shown.split("x")[0])
    many = "256color" in os.environ["TERM"]
    different = len(GROUNDS if many else BASIC_GROUNDS) * len(STYLES)
    assert len(set(looks[:different])) == different
    assert not many or looks[-1] not in looks[:different]


def test_parts_of_speech(terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The  dog didn't."
    answer = {"tokens": ["The", "dog", "did", "n't", "."], "tags": ["DET", "NOUN", "AUX", "PART", "PUNCT"]}
    shown = line((text, None, None), **answer)
    assert COLOUR.sub("", shown) == "The/DET  dog/NOUN did/AUX n't/PART ./PUNCT"
    assert shown.startswith("The\x1b[2m/DET\x1b[0m  dog")
    monkeypatch.setenv("NO_COLOR", "1")
    assert line((text, None, None), **answer) == "The/DET  dog/NOUN did/AUX n't/PART ./PUNCT"
    # The record's own tokens are not in the answer.
    assert line((None, ["The", "dog"], None), tags=["DET", "NOUN"]) == "The/DET dog/NOUN"
    assert line(("The dogs", ["The", "dog"], None), tags=["DET", "NOUN"]) == "The/DET dog/NOUNs"
    assert line(("A cat", ["The", "dog"], None), tags=["DET", "NOUN"]) == "The/DET dog/NOUN"
    assert line(("", None, None), tokens=[], tags=[]) == ""


def test_tokens_alone() -> None:
    tags = ["B-person", "I-person", "O", "B-place", "B-place"]
    entities = [entity(None, None, label, score) for label, score in (("person", 0.5), ("place", 0.6), ("place", 0.7))]
    tokens = ["Ada", "Lovelace", "saw", "Rome", "Oslo"]
    wanted = "[Ada Lovelace person] saw [Rome place] [Oslo place]"
    assert line((None, tokens, None), tags=tags, entities=entities) == wanted
    assert line((None, tokens, None), tokens=tokens, tags=tags, entities=entities) == wanted
    found = marked({"tokens": tokens, "tags": tags, "entities": entities})
    assert [span.score for span in found.spans] == [0.5, 0.6, 0.7]
    # Places in a text that is not there are of no use.
    placed = [entity(10, 22, "person"), entity(30, 34, "place"), entity(34, 38, "place")]
    assert line((None, tokens, [(10, 13)] * 5), tags=tags, entities=placed) == wanted


def test_tokens_of_a_text_without_places_are_looked_for() -> None:
    tags, entities = ["B-person", "I-person", "O"], [entity(None, None, "person")]
    answer = {"tokens": ["Ada", "Lovelace", "!"], "tags": tags, "entities": entities}
    assert marked({"text": "Oh, Ada  Lovelace!", **answer}).spans == [Span(4, 17, "person", 0.9)]
    assert marked({"text": "Oh, Ada!", **answer}).text == "Ada Lovelace !"
    placed = {"text": "Ada Ada Lovelace!", "offsets": [[4, 7], [8, 16], [16, 17]], **answer}
    assert marked(placed).spans == [Span(4, 16, "person", 0.9)]


def test_entities_that_do_not_fit_are_not_marked() -> None:
    assert line("Rome", entities=[entity(0, 9, "place"), entity(-4, 4, "place"), entity(2, 1, "place")]) == "Rome"
    assert line("Rome now", entities=[entity(0, 4, "place"), entity(2, 6, "person")]) == "[Rome place] now"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_is_obeyed(terminal: None, text: str) -> None:
    middle = len(text) // 2
    entities = [entity(0, middle, text), entity(middle, len(text), "person")]
    tokens = [token for token in (text[:middle], text[middle:]) if token]
    for answer in (
        {"entities": entities},
        {"tokens": tokens, "tags": [text] * len(tokens)},
        {"tokens": [text], "tags": [f"B-{text}"], "entities": [entity(None, None, text)]},
    ):
        for item in ((text, None, None), (None, tokens, None)):
            shown = line(item, **answer)
            left = COLOUR.sub("", shown)
            assert "\n" not in left and "\r" not in left
            assert all(letter.isprintable() or letter in "\u200d" for letter in left), ascii(left)


def test_line_ends_are_shown() -> None:
    assert line("one\ntwo\r\nRome", entities=[entity(9, 13, "place")]) == "one ↵ two ↵ [Rome place]"
    assert line("New\nYork", entities=[entity(0, 8, "place")]) == "[New ↵ York place]"


def test_bad_records(terminal: None) -> None:
    writer = PrettyTags(LABELS)
    bad = Record("-", 1, error=BadRecord("json", "no \x1b[31mJSON\n"))
    assert writer.line(bad) == "error: no \ufffd[31mJSON\ufffd\n".encode()
    assert writer.line(Record("-", 1, arrived_bad=True)) == b"error: a bad record of an earlier command\n"
    writer.check(bad)
    writer.go_on(None)
    assert (writer.end(), writer.columns, writer.head(100)) == (b"", None, b"")


# -- the page ----------------------------------------------------------------------------------


def test_a_page_is_there_at_the_end_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    with EntityPageFile(path, title="A & B", labels=LABELS) as page:
        page.add({"text": ADA, "tokens": ADA.split(), "tags": [], "entities": TWO})
        page.add({"tokens": ["Rome"], "tags": ["B-place"], "entities": [entity(None, None, "place")]})
        assert not list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == [path]
    source = path.read_text(encoding="utf-8")
    assert source.startswith("<!DOCTYPE html>") and source.endswith("</html>\n")
    assert "<title>A &amp; B</title>" in source and source.count("<mark") == 5
    with EntityPageFile(path) as page:
        page.add({"text": "The dog", "tokens": ["The", "dog"], "tags": ["DET", "NOUN"], "scores": [0.5, 1.0]})
    again = path.read_text(encoding="utf-8")
    assert again.count("<ruby") == 2 and 'title="DET 0.50"' in again and "Lovelace" not in again


@pytest.mark.parametrize("before", [None, "old"])
def test_a_run_that_fails_leaves_all_as_it_was(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "page.html"
    if before is not None:
        path.write_text(before)
    with pytest.raises(ZeroDivisionError), EntityPageFile(path) as page:
        page.add({"text": ADA, "entities": TWO})
        raise ZeroDivisionError
    assert [file.read_text() for file in tmp_path.iterdir()] == ([before] if before else [])


def test_a_killed_run_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from seqtool.cli.writers.entity_page import EntityPageFile\n"
        "with EntityPageFile('page.html') as page:\n"
        "    page.add({'text': 'x' * 100000, 'entities': []})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path).returncode == -9
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [".", "none/page.html", "/proc/page.html", "file/page.html"])
def test_a_place_that_cannot_be_written_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    begun = False
    with pytest.raises(OutputError) as told, EntityPageFile(path):
        begun = True
    assert not begun
    assert str(told.value).startswith(f"{path}: ") and told.value.status == 2
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_is_no_file_is_written_straight(tmp_path: Path) -> None:
    with EntityPageFile("/dev/null") as page:
        page.add({"text": ADA, "entities": TWO})
    assert Path("/dev/null").is_char_device()
    if Path("/dev/full").exists():
        with pytest.raises(OutputError, match=r"^/dev/full: cannot be written: "), EntityPageFile("/dev/full") as page:
            page.add({"text": ADA, "entities": TWO})


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.html").symlink_to("folder/page.html")
    with EntityPageFile(tmp_path / "link.html") as page:
        page.add({"text": ADA, "entities": TWO})
    assert (tmp_path / "link.html").is_symlink() and "Lovelace" in (tmp_path / "folder" / "page.html").read_text()


def test_ten_thousand_records_are_streamed(tmp_path: Path) -> None:
    with EntityPageFile(tmp_path / "page.html", labels=LABELS) as page:
        page.add({"text": ADA, "entities": TWO})
        tracemalloc.start()
        for number in range(10_000):
            page.add({"text": f"{ADA} {number}", "entities": TWO})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 200_000
    source = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert source.count("<p dir=") == 10_001 and "10,001" in source and len(source) > 1_000_000
