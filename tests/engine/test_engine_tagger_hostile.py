"""A tagger's folder from a stranger, or a damaged one: a ModelError that names the file, never another exception."""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import Run, records
from hostile import Damage, broken, content, damages, odd, put, refusal, reseal, told_or_answered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from seqtool.answers import Item
from seqtool.engine.tagger import Tagger
from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import open_folder

TEXTS = ["Ada Lovelace met Zoë in London.", "", "word " * 700]
FILES = ["network.onnx", "words.onnx", "transitions.npy", "words.txt", "characters.txt", "lexicon.txt"]


@pytest.fixture
def folder(tiny_tagger: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_tagger, tmp_path / "model"))


def answer(folder: Path) -> list[dict[str, Any]]:
    engine = Tagger(open_folder(folder))
    return engine.answers([Item(text) for text in TEXTS], engine.asked(scores=True, offsets=True))


def test_the_folder_itself_is_good(folder: Path) -> None:
    assert len(answer(reseal(folder))) == 3


# -- files -----------------------------------------------------------------------------------------


def npy(array: Any, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=pickled)
    return file.getvalue()


def transitions_of(folder: Path) -> Any:
    return np.load(folder / "transitions.npy")


class Evil:
    """Unpickled, it would make a file."""

    def __reduce__(self) -> Any:
        return open, ("unpickled", "w")


TRANSITIONS: dict[str, Callable[[Any], bytes]] = {
    "one row less": lambda t: npy(t[:-1]),
    "one column more": lambda t: npy(np.pad(t, ((0, 0), (0, 1)))),
    "a vector": lambda t: npy(t.ravel()),
    "three axes": lambda t: npy(t[None]),
    "no axis": lambda t: npy(np.float32(0)),
    "empty": lambda t: npy(t[:0]),
    "float64": lambda t: npy(t.astype(np.float64)),
    "int32": lambda t: npy(t.astype(np.int32)),
    "big-endian": lambda t: npy(t.astype(">f4")),
    "strings": lambda t: npy(t.astype("U5")),
    "objects": lambda t: npy(np.array([[Evil()]]), pickled=True),
    "a pickle": lambda t: __import__("pickle").dumps(Evil()),
    "NaN": lambda t: npy(np.where(t == t[0, 0], np.float32("nan"), t)),
    "infinity": lambda t: npy(np.where(t == t[0, 0], np.float32("inf"), t)),
    "minus infinity": lambda t: npy(np.where(t == t[0, 0], -np.float32("inf"), t)),
    "cut short": lambda t: npy(t)[:-1],
    "cut in its head": lambda t: npy(t)[:20],
    "no bytes": lambda t: b"",
    "a foreign file": lambda t: b"PK\x03\x04" * 100,
    "a head that is code": lambda t: npy(t).replace(b"'descr': '<f4'", b"'descr': eval(''"),
    "a huge shape": lambda t: npy(t).replace(str(t.shape).encode(), b"(9**99, 9)")[: 128 + t.size * 4],
    "a long head": lambda t: b"\x93NUMPY\x02\x00" + (1 << 28).to_bytes(4, "little") + b" " * 5000,
    "a later version": lambda t: b"\x93NUMPY\x09" + npy(t)[7:],
}


def with_transitions(kind: str) -> Damage:
    def do(folder: Path) -> None:
        (folder / "transitions.npy").write_bytes(TRANSITIONS[kind](transitions_of(folder)))
        reseal(folder)

    return Damage(f"transitions.npy: {kind}", do, "transitions.npy: ")


def not_text(file: str) -> list[Damage]:
    rows = [
        ("no end of the last line", lambda data: data[:-1], "is cut short"),
        ("no UTF-8", lambda data: b"\xff" + data, "is not text in UTF-8"),
        ("half a letter", lambda data: data[:-1] + "é".encode()[:1] + b"\n", "is not text in UTF-8"),
        ("UTF-16", lambda data: data.decode().encode("utf-16"), "is not text in UTF-8"),
    ]
    return [content(file, name, change, f"{file}: {told}") for name, change, told in rows]


def other_sizes(file: str, graph: str) -> list[Damage]:
    rows = [
        ("no lines", lambda data: b""),
        ("a line less", lambda data: b"".join(data.splitlines(keepends=True)[:-1])),
        ("a line more", lambda data: data + b"x\n"),
    ]
    return [content(file, name, change, f"{graph}: and the vocabulary do not belong together") for name, change in rows]


LEXICON = ["london", "london\t", "london\tx", "london\t1.5", "london\t1\t2", "", "\t\t"]
GARBAGE = {
    "nothing": b"",
    "line ends": b"\n" * 50,
    "a zip archive": b"PK\x03\x04" * 20,
    "ones": b"\xff" * 300,
    "every byte": bytes(range(256)),
}
CONTENTS = [
    *(with_transitions(kind) for kind in TRANSITIONS),
    *(row for file in ("words.txt", "characters.txt", "lexicon.txt") for row in not_text(file)),
    *other_sizes("words.txt", "network.onnx"),
    *other_sizes("characters.txt", "words.onnx"),
    *(
        content("lexicon.txt", repr(line), lambda data, line=line: data + f"{line}\n".encode(), "is no lexicon")
        for line in LEXICON
    ),
    *(content(graph, name, data) for graph in ("network.onnx", "words.onnx") for name, data in GARBAGE.items()),
]


@pytest.mark.parametrize("line", ["london\t-1", "london\t" + "9" * 60, "london\t99", "\t1", "london\t" + "9" * 6000])
def test_odd_bits_at_worst_change_answers(folder: Path, line: str) -> None:
    with open(folder / "lexicon.txt", "a", encoding="utf-8") as file:
        file.write(line + "\n")
    try:
        answer(reseal(folder))
    except ModelError as error:
        assert "lexicon.txt" in str(error)


# -- graphs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["network.onnx", "words.onnx"])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_are_told_or_give_wrong_answers(
    folder: Path, tiny_tagger: Path, name: str, flips: list[tuple[int, int]]
) -> None:
    data = bytearray((tiny_tagger / name).read_bytes())
    for place, mask in flips:
        data[place % len(data)] ^= mask
    (folder / name).write_bytes(data)
    reseal(folder)
    told_or_answered(answer, folder)


OTHERS: dict[str, dict[str, Any]] = {
    "another size of vectors": {"character_size": 8},
    "another hidden size": {"hidden_size": 8},
    "another cell": {"cell": "gru"},
    "another number of layers": {"num_layers": 2},
    "one direction": {"bidirectional": False},
    "other labels": {"labels": ("a", "b")},
    "another scheme": {"scheme": "iob2"},
    "no characters": {"character_encoder": "none"},
    "no lexicon": {"lexicon": False},
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_models_files(make_tagger: Callable[..., Path], folder: Path, other: str) -> None:
    """Each file is whole, but they do not belong together."""
    foreign = make_tagger(**{"lexicon": True, **OTHERS[other]})
    names = ["network.onnx", "words.onnx", "transitions.npy"]
    for name in names:
        data = (foreign / name).read_bytes() if (foreign / name).exists() else b""
        same_shape = {
            "network.onnx": False,
            "words.onnx": other != "another size of vectors",
            "transitions.npy": other not in ("other labels", "another scheme"),
        }[name]
        if same_shape or not data:
            continue
        copy = Path(shutil.copytree(folder, folder.parent / f"with-{name}"))
        (copy / name).write_bytes(data)
        reseal(copy)
        refusal(answer, copy)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_a_words_graph_of_another_kind_is_told_or_gives_wrong_answers(
    make_tagger: Callable[..., Path], folder: Path, kind: str
) -> None:
    shutil.copyfile(make_tagger(character_encoder=kind) / "words.onnx", folder / "words.onnx")
    try:
        answer(reseal(folder))
    except ModelError as error:
        assert "words.onnx" in str(error)


@pytest.mark.parametrize("name", ["network.onnx", "words.onnx"])
def test_one_graph_in_the_place_of_the_other(folder: Path, name: str) -> None:
    other = {"network.onnx": "words.onnx", "words.onnx": "network.onnx"}[name]
    shutil.copyfile(folder / other, folder / name)
    assert ".onnx: " in refusal(answer, reseal(folder))


def without_shape(folder: Path, file: str, value: str, dims: int | None) -> None:
    """The declared shape of a graph's input or output gone, or of another number of axes."""
    model = onnx.load(folder / file)
    [found] = [item for item in (*model.graph.input, *model.graph.output) if item.name == value]
    kind = found.type.tensor_type
    kind.ClearField("shape")
    for place in range(dims or 0):
        kind.shape.dim.add().dim_param = f"d{place}"
    (folder / file).write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("file", "value"),
    [
        ("network.onnx", "emissions"),
        ("network.onnx", "words"),
        ("network.onnx", "ids"),
        ("network.onnx", "lengths"),
        ("network.onnx", "initial_hidden"),
        ("words.onnx", "vectors"),
        ("words.onnx", "characters"),
        ("words.onnx", "inside"),
    ],
)
@pytest.mark.parametrize("dims", [None, 0, 1, 2, 3, 4])
def test_declared_shapes_that_are_not_ours(folder: Path, file: str, value: str, dims: int | None) -> None:
    without_shape(folder, file, value, dims)
    told_or_answered(answer, reseal(folder))


def test_first_states_without_a_size(make_tagger: Callable[..., Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(make_tagger(character_encoder="lstm"), tmp_path / "model"))
    for value in ("initial_hidden", "initial_cell"):
        without_shape(folder, "words.onnx", value, 3)
    assert "words.onnx: " in refusal(answer, reseal(folder))


def words_graph(folder: Path, nodes: list[Any], constants: dict[str, Any], shape: list[Any]) -> None:
    """A words.onnx that has our table and our inputs, and computes something else."""
    ours = onnx.load(folder / "words.onnx")
    tables = [item for item in ours.graph.initializer if item.name.startswith("characters.table.weight")]
    graph = helper.make_graph(
        nodes,
        "g",
        list(ours.graph.input),
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)],
        [*tables, *(numpy_helper.from_array(value, name) for name, value in constants.items())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "words.onnx").write_bytes(model.SerializeToString())


@pytest.mark.parametrize("shape", [(5, 6), (1, 6), (0, 6), (6,), (1, 1), (2, 3, 6)], ids=str)
def test_vectors_of_another_shape(folder: Path, shape: tuple[int, ...]) -> None:
    """Told, or taken for those of all words; never another exception."""
    nodes = [helper.make_node("Identity", ["given"], ["vectors"])]
    words_graph(folder, nodes, {"given": np.zeros(shape, np.float32)}, ["batch", 6])
    told_or_answered(answer, reseal(folder))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("part", ["output.bias", "characters.convolution.bias"])
@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_weights_that_are_no_numbers_never_reach_the_output(
    run: Run, make_tagger: Callable[..., Path], tmp_path: Path, value: float, part: str, kind: str
) -> None:
    folder = Path(shutil.copytree(make_tagger(kind=kind), tmp_path / "model"))
    file = folder / ("words.onnx" if part.startswith("characters") else "network.onnx")
    model = onnx.load(file)
    [bias] = [item for item in model.graph.initializer if item.name == part]
    values = numpy_helper.to_array(bias).copy()
    values[1] = value
    bias.raw_data = values.tobytes()
    file.write_bytes(model.SerializeToString())
    reseal(folder)
    done = run("tag", "-m", folder, "--scores", stdin="Ada met Zoë\n")
    assert done.returncode in (0, 2), done.stderr
    assert b"fault in seqtool" not in done.stderr and b"Traceback" not in done.stderr, done.stderr
    assert b"Warning" not in done.stderr, done.stderr
    for word in (b"NaN", b"nan", b"Infinity"):
        assert word not in done.stdout
    assert done.returncode == 2 or len(records(done.stdout)) == 1


# -- model.toml ------------------------------------------------------------------------------------


ODD: list[Any] = [None, True, -1, 0, 1 << 40, 1.5, "x", "", [], {}, [1], ["x"], [[]]]
KEYS = {
    "network": ["cell", "bidirectional", "hidden_size", "num_layers"],
    "answer": ["kind", "scheme"],
    "tokenizer": ["kind", "words", "characters"],
    "lexicon": ["file", "lists"],
    "": ["labels", "network", "answer", "tokenizer", "lexicon"],
}


# What is no fault: bioes is the scheme where none is said, the model does read both ways.
FINE = {("network", "bidirectional", "True"), ("answer", "scheme", "None")}
VALUES = [
    put("answer", "kind", "regions"),
    put("answer", "kind", "labels"),
    put("answer", "scheme", "iob2"),
    put("answer", "scheme", "ioe"),
    put("network", "cell", "gru"),
    put("network", "cell", "none"),
    put("network", "bidirectional", False),
    put("network", "hidden_size", 8),
    put("network", "num_layers", 2),
    put("network", "character_encoder", "none"),
    put("tokenizer", "words", "characters.txt", "network.onnx: "),
    put("tokenizer", "words", "transitions.npy", "transitions.npy: "),
    put("tokenizer", "words", "../words.txt"),
    put("tokenizer", "characters", "words.txt", "words.onnx: "),
    put("tokenizer", "kind", "pieces"),
    put("lexicon", "file", "transitions.npy", "transitions.npy: "),
    put("lexicon", "file", "words.txt", "words.txt: "),
    put("lexicon", "lists", ["a"]),
    put("lexicon", "lists", ["a", "b", "c"]),
    put("lexicon", "lists", ["a"] * 33),
    put("", "labels", ["person", "place"]),
    put("", "labels", ["person", "place", "time", "more"]),
    put("", "labels", ["person", "place", 3]),
    put("", "labels", ["person", "place", ""]),
    put("", "task", "classify"),
]


@damages(*(broken(file) for file in FILES), CONTENTS, odd(KEYS, ODD, FINE), VALUES)
def test_a_damaged_folder_is_told(folder: Path, do: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    do(folder)
    assert told in refusal(answer, folder)
    assert not (folder.parent / "unpickled").exists()


WRONG = [
    put("", "labels", ["person", "person", "person"]),
    put("", "labels", ["O", "B-x", "-"]),
    put("", "labels", ["a\nb", "\t", "\x1b[31m"]),
    *(put("tokenizer", "lowercase", value) for value in ODD),
    *(put("network", "crf", value) for value in ODD if value is not True),
    *(put("network", "stride", value) for value in ODD[1:]),
    *(put("network", "embedding_size", value) for value in ODD),
]


@damages(WRONG)
def test_at_worst_wrong_answers(folder: Path, do: Any, told: str) -> None:
    do(folder)
    found = told_or_answered(answer, folder)
    if found is not None:
        first, empty, _ = found
        assert all(0.0 <= score <= 1.0 for score in first["scores"])
        assert empty["tags"] == []


@damages(
    [
        put("answer", "scheme", "ioe"),
        put("answer", "kind", "spans"),
        put("", "labels", ["1"]),
        put("tokenizer", "words", "no-such.txt"),
        put("lexicon", "lists", ["a"]),
        put("network", "hidden_size", 1 << 40),
    ]
)
def test_the_command_says_it_in_one_line(refused: Callable[..., str], folder: Path, do: Any, told: str) -> None:
    do(folder)
    for command in (["tag"], ["evaluate", "tag", Path(__file__).parents[2] / "examples" / "names.conll"]):
        told = refused(*command, "-m", folder)
        assert str(folder) in told or command[0] == "evaluate"
