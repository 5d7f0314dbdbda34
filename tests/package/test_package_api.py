"""The Python API: the same answers as the command's, from any iterable."""

from __future__ import annotations

import itertools
import json
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import records

import seqtool
from seqtool.errors import ModelError

TEXTS = ["The fan works like a charm", "", "  ", "Broken 👍🏽 \u2028 x", 'quotes "here"', "café\ttab", "bad " * 300]


@pytest.mark.parametrize("options", [{}, {"scores": True}, {"top": 2}, {"explain": True}, {"precision": 2}])
def test_the_same_records_as_the_command(run: Any, tiny_model: Path, options: dict[str, Any]) -> None:
    flags = [part for name, value in options.items() for part in (f"--{name}", *([] if value is True else [value]))]
    done = run("classify", "-m", tiny_model, *flags, stdin="".join(text + "\n" for text in TEXTS))
    assert done.returncode == 0
    model = seqtool.load(str(tiny_model))
    found = list(model(TEXTS, **options))
    # Byte for byte: the same names in the same order, the same numbers.
    assert [json.dumps(row, ensure_ascii=False) for row in found] == [
        json.dumps(row, ensure_ascii=False) for row in records(done.stdout)
    ]


@pytest.mark.parametrize("kind", ["single", "multiple", "rating"])
def test_the_same_for_every_kind(run: Any, make_model: Any, kind: str) -> None:
    labels = ("1", "2.5", "10") if kind == "rating" else ("b", "a")
    folder = make_model(kind=kind, labels=labels)
    done = run("classify", "-m", folder, "--scores", stdin="".join(text + "\n" for text in TEXTS))
    assert list(seqtool.load(str(folder))(TEXTS, scores=True)) == records(done.stdout)


def test_speed_settings_change_nothing(tiny_model: Path) -> None:
    expected = list(seqtool.load(str(tiny_model))(TEXTS, scores=True, precision=17))
    for threads, batch_size in ((1, 1), (2, 3), (None, 1000)):
        model = seqtool.load(str(tiny_model), threads=threads, batch_size=batch_size)
        assert list(model(TEXTS, scores=True, precision=17)) == expected


def test_any_iterable(tiny_model: Path, tmp_path: Path) -> None:
    model = seqtool.load(str(tiny_model))
    expected = list(model(TEXTS))
    assert list(model(tuple(TEXTS))) == expected
    assert list(model(text for text in TEXTS)) == expected
    assert list(model(iter(TEXTS))) == expected
    assert list(model(dict.fromkeys(TEXTS))) == expected
    assert list(model([])) == []
    (tmp_path / "f.txt").write_text("a\nb\n")
    with open(tmp_path / "f.txt") as file:
        assert [row["text"] for row in model(file)] == ["a\n", "b\n"]


def test_an_endless_input_is_read_in_windows(tiny_model: Path) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for number in itertools.count():
            read = number + 1
            yield f"text {number}"

    answers = seqtool.load(str(tiny_model))(endless())
    assert read == 0
    first = list(itertools.islice(answers, 5))
    assert [row["text"] for row in first] == [f"text {number}" for number in range(5)]
    assert 5 <= read <= 1024
    rest = list(itertools.islice(answers, 1500))
    assert [row["text"] for row in rest] == [f"text {number}" for number in range(5, 1505)]
    assert read <= 2048


def test_a_single_string_is_refused_at_once(tiny_model: Path) -> None:
    with pytest.raises(TypeError, match=r"model\(\[text\]\)"):
        seqtool.load(str(tiny_model))("one text")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "text 1 is NoneType"),
        (["a", "b", 3.5], "text 2 is float"),
        ([b"a"], "text 0 is bytes"),
        ([*["a"] * 1500, None], "text 1500 is NoneType"),
    ],
)
def test_what_is_no_string_is_named_by_its_place(tiny_model: Path, texts: list[Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        list(seqtool.load(str(tiny_model))(texts))


def test_a_lone_surrogate_is_named_by_its_place(tiny_model: Path) -> None:
    with pytest.raises((TypeError, ValueError), match=r"text 1 .*surrogate"):
        list(seqtool.load(str(tiny_model))(["fine", "a\ud800b"]))


@pytest.mark.parametrize("name", ["no-such-model", "./no-such-folder", ""])
def test_no_such_model(name: str) -> None:
    with pytest.raises(ModelError):
        seqtool.load(name)


def test_only_what_is_needed_is_imported(run: Any, tiny_model: Path, tmp_path: Path) -> None:
    code = f"""
import sys, seqtool
assert "numpy" not in sys.modules and "onnxruntime" not in sys.modules
list(seqtool.load({str(tiny_model)!r})(["a"]))
print(sorted({{"torch", "onnx", "gensim", "sklearn", "scipy", "pandas", "click", "rich"}} & set(sys.modules)))
"""
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns of it
def test_a_child_process_answers_too(tiny_model: Path) -> None:
    """Threads do not survive a fork; the child makes its own."""
    model = seqtool.load(str(tiny_model), threads=2, batch_size=1)
    texts = ["good film", "bad film", "a fan"]
    wanted = list(model(texts))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"same" if list(model(texts)) == wanted else b"other")
        os._exit(0)
    assert select.select([read], [], [], 60)[0] and os.read(read, 5) == b"same"
    os.waitpid(child, 0)


def test_explaining_a_long_text_is_bounded(tiny_model: Path) -> None:
    """What is left out and read again grows with the text, not with its square."""
    model = seqtool.load(str(tiny_model))
    read = []
    whole = model.probabilities
    model.probabilities = lambda texts: read.extend(map(len, texts)) or whole(texts)  # type: ignore
    text = "good " * 20_000
    [answer] = model.answers([text], model.asked(explain=True))
    assert sum(read) < 3_000_000
    assert "".join(text[w["start"] : w["end"]] + " " for w in answer["explanation"]) == text
