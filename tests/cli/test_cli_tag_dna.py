"""Genes in DNA by the real program: FASTA in and runs out, or a text a line; one clear line for what cannot be."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEQTOOL, Run, records
from made_genes import Made
from processes import SECONDS, kill_halfway

FIELDS = ["name", "label", "start", "end", "strand", "score"]


def dna(length: int, seed: int = 1) -> str:
    """Random letters, with the words that genes need strewn in."""
    chance = np.random.default_rng(seed)
    words = [*"ACGT" * 8, "ATG", "TAA", "TAG", "GTAAG", "CAG", "CAT", "TTA", "CTA", "CTTAC", "CTG"]
    return "".join(words[place] for place in chance.integers(0, len(words), length))[:length]


def fasta(sequences: dict[str, str], width: int = 60) -> str:
    lines = []
    for name, letters in sequences.items():
        lines += [f">{name}", *(letters[start : start + width] for start in range(0, len(letters), width))]
    return "".join(line + "\n" for line in lines)


SEQUENCES = {"chr1 the first": dna(900, 1), "chr2": dna(500, 2), "empty": "", "chr3": dna(40, 3)}
TEXT = fasta(SEQUENCES)


@pytest.fixture(scope="module")
def model(make_genes: Callable[..., Made]) -> Path:
    """An untrained tagger of genes that prefers no class, so that it finds them anywhere."""
    return make_genes().path


@pytest.fixture(scope="module")
def expected(model: Path) -> list[dict[str, Any]]:
    """What the engine finds in SEQUENCES, as records."""
    from seqtool.engine.genes.tagger import RegionTagger
    from seqtool.modelfolder.manifest import open_folder

    tagger = RegionTagger(open_folder(model))
    return [
        {"name": header.split()[0], **run, "score": round(run["score"], 4)}
        for header, letters in SEQUENCES.items()
        for run in tagger.runs([letters.encode()])
    ]


@pytest.fixture
def tag(run: Run, model: Path, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """tag("x.fa", ...) gives the records of a run that ends well; x.fa has TEXT."""
    (tmp_path / "x.fa").write_text(TEXT)

    def call(*arguments: str | Path, **settings: Any) -> list[dict[str, Any]]:
        result = run("tag", "-m", model, *arguments, **settings)
        assert (result.returncode, result.stderr) == (0, b""), result.stderr
        return records(result.stdout)

    return call


Tag = Callable[..., "list[dict[str, Any]]"]


def test_runs_of_fasta(tag: Tag, expected: list[dict[str, Any]]) -> None:
    found = tag("x.fa")
    assert found == expected and all(list(record) == FIELDS for record in found)
    assert {record["label"] for record in found} == {"exon", "intron", "utr", "intergenic"}
    assert {record["strand"] for record in found} == {"+", "-", "."}
    for header, letters in SEQUENCES.items():
        place = 0
        for record in found:
            if record["name"] == header.split()[0]:
                assert record["start"] == place < record["end"] and 0 <= record["score"] <= 1
                place = record["end"]
        assert place == len(letters)


@pytest.mark.parametrize(
    ("ending", "packer"),
    [
        (".fasta", bytes),
        (".fna", bytes),
        (".fa.gz", gzip.compress),
        (".fna.bz2", bz2.compress),
        (".fa.xz", lzma.compress),
    ],
)
def test_endings(tag: Tag, expected: Any, tmp_path: Path, ending: str, packer: Callable[[bytes], bytes]) -> None:
    (tmp_path / f"y{ending}").write_bytes(packer(TEXT.encode()))
    assert tag(f"y{ending}") == expected


def test_standard_input(tag: Tag, expected: Any) -> None:
    assert tag("--input", "fasta", stdin=TEXT) == expected
    assert tag("--input", "fasta", "-", stdin=TEXT.replace("\n", "\r\n")) == expected
    assert tag("--input", "fasta", stdin=TEXT.rstrip("\n")) == expected


def test_as_editors_write_it(tag: Tag, expected: Any, tmp_path: Path) -> None:
    """With a byte order mark, blanks before each line, a tab in the headers."""
    odd = "\ufeff" + "".join(f"  {line}\r\n" for line in TEXT.replace(" the", "\tthe").split("\n"))
    (tmp_path / "odd.fa").write_bytes(odd.encode())
    assert tag("odd.fa") == tag("--input", "fasta", stdin=odd) == expected


def test_other_names_are_looked_into(tag: Tag, expected: Any, tmp_path: Path) -> None:
    """A file whose ending says nothing, and that begins with > ."""
    (tmp_path / "genome").write_text(TEXT)
    assert tag("genome") == expected
    assert tag("--input", "fasta", "genome") == expected


@pytest.mark.parametrize("options", ["", "--input fasta"])
def test_a_pipe_by_name_is_read_from_its_first_byte(
    tag: Tag, expected: Any, model: Path, tmp_path: Path, options: str
) -> None:
    """As a shell's <(zcat genome.fa.gz) is: it is not looked into, so that nothing is lost; as standard
    input, it is lines of text where nothing else is said, and headers are none."""
    assert tag("--input", "fasta") == []  # x.fa is there now
    program = " ".join(map(shlex.quote, [*SEQTOOL, "tag", "-m", str(model)]))
    command = f"{program} {options} <(cat x.fa)"
    result = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=SECONDS)
    if options:
        assert (result.returncode, result.stderr) == (0, b"")
        assert records(result.stdout) == expected
    else:
        assert result.returncode == 1 and b"--input fasta reads whole sequences" in result.stderr
        lines = TEXT.split("\n")[:-1]
        assert [record["text"] for record in records(result.stdout)] == lines
        assert ["error" in record for record in records(result.stdout)] == [line.startswith(">") for line in lines]


def test_several_files(tag: Tag, expected: Any, tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text(fasta({"chr1": SEQUENCES["chr1 the first"]}, 1 << 20))
    (tmp_path / "b.fa.gz").write_bytes(gzip.compress(fasta({"chr2": SEQUENCES["chr2"], "empty": ""}, 7).encode()))
    rest = fasta({"chr3": SEQUENCES["chr3"]})
    assert tag("a.fa", "b.fa.gz", "--input", "fasta", "-", stdin=rest) == expected
    assert tag("a.fa", "a.fa") == 2 * [record for record in expected if record["name"] == "chr1"]


@pytest.mark.parametrize(
    "options", [["--batch-size", "1"], ["--threads", "1"], ["--threads", "3", "--batch-size", "7"]]
)
def test_speed_changes_nothing(tag: Tag, expected: Any, options: list[str]) -> None:
    assert tag("x.fa", *options) == expected


def test_regions_alone(tag: Tag, expected: Any) -> None:
    assert tag("x.fa", "--regions") == [record for record in expected if record["label"] != "intergenic"]


def test_labels(tag: Tag, expected: Any) -> None:
    def of(*labels: str) -> list[dict[str, Any]]:
        return [record for record in expected if record["label"] in labels]

    assert tag("x.fa", "--labels", "exon") == of("exon")
    assert tag("x.fa", "--labels", "exon, intron") == of("exon", "intron")
    assert tag("x.fa", "--labels", "intergenic") == of("intergenic")
    assert tag("x.fa", "--labels", "utr", "--regions") == of("utr")
    assert tag("x.fa", "--labels", "intergenic", "--regions") == []


def test_tables(run: Run, model: Path, tag: Tag, expected: Any) -> None:
    assert tag("x.fa")  # writes the file
    columns = "name,start,end,label,score,strand"
    for kind, mark in (("tsv", "\t"), ("csv", ",")):
        result = run("tag", "-m", model, "x.fa", "--format", kind, "--columns", columns)
        assert (result.returncode, result.stderr) == (0, b"")
        lines = result.stdout.decode().replace("\r\n", "\n").split("\n")
        assert lines[0] == columns.replace(",", mark) and lines[-1] == ""
        rows = [[str(record[column]) for column in columns.split(",")] for record in expected]
        found = [line.split(mark) for line in lines[1:-1]]
        assert [row[:4] + row[5:] for row in found] == [row[:4] + row[5:] for row in rows]
        assert [float(row[4]) for row in found] == [float(row[4]) for row in rows]
    whole = run("tag", "-m", model, "x.fa", "--format", "tsv").stdout.decode().split("\n")
    assert whole[0].split("\t") == FIELDS and len(whole) == len(expected) + 2


def test_bed(run: Run, model: Path, tag: Tag, expected: Any) -> None:
    """Its first columns: places count from 0, ends excluded."""
    assert tag("x.fa", "--precision", "2") == [
        {**record, "score": pytest.approx(record["score"], abs=0.0051)} for record in expected
    ]
    assert all(len(str(record["score"])) <= 4 for record in tag("x.fa", "--precision", "2"))
    exact = tag("x.fa", "--precision", "9")
    assert [round(record["score"], 4) for record in exact] == pytest.approx([r["score"] for r in expected], abs=1.01e-4)
    assert any(record["score"] != round(record["score"], 4) for record in exact)
    assert {record["score"] for record in tag("x.fa", "--precision", "0")} <= {0, 1}


def test_source(tag: Tag, expected: Any) -> None:
    """The file, and the line of the record's header."""
    found = tag("x.fa", "--source")
    lines = {line[1:].split()[0]: number for number, line in enumerate(TEXT.split("\n"), 1) if line.startswith(">")}
    assert [(record["file"], record["line"]) for record in found] == [("x.fa", lines[r["name"]]) for r in expected]
    assert [{key: record[key] for key in FIELDS} for record in found] == expected
    assert all(record["file"] == "-" for record in tag("--input", "fasta", "--source", stdin=TEXT))


def test_prefix(tag: Tag, expected: Any) -> None:
    found = tag("x.fa", "--prefix", "g_")
    assert [list(record) for record in found] == [["name", *(f"g_{field}" for field in FIELDS[1:])]] * len(found)
    assert [record["g_end"] for record in found] == [record["end"] for record in expected]


def test_either_case_and_letters_that_are_none(tag: Tag, expected: Any) -> None:
    assert (
        tag("--input", "fasta", stdin=fasta({name: letters.lower() for name, letters in SEQUENCES.items()})) == expected
    )
    odd = {name: letters.replace("TAG", "tnR") for name, letters in SEQUENCES.items()}
    masked = {name: letters.replace("TAG", "TNN") for name, letters in SEQUENCES.items()}
    found = tag("--input", "fasta", stdin=fasta(odd))
    assert found == tag("--input", "fasta", stdin=fasta(masked)) != expected
    (nothing,) = {record["end"] for record in tag("--input", "fasta", stdin=">n\n" + "N" * 50 + "\n")[-1:]}
    assert nothing == 50


def test_nothing_in_nothing_out(tag: Tag, tmp_path: Path) -> None:
    for text in ("", ">a\n>b\n\n"):
        assert tag("--input", "fasta", stdin=text) == []
    for text in ("", ";only a comment\n\n", ">a"):
        (tmp_path / "none.fa").write_text(text)
        assert tag("none.fa") == []


def test_odd_names(tag: Tag) -> None:
    stdin = ">gi|1|é\ttab \x1b[31m x\nACGT\n>\nACGT\n>\xff\nACGT\n".encode("latin-1", "replace").replace(
        b"\xe9", "é".encode()
    )
    names = [record["name"] for record in tag("--input", "fasta", stdin=stdin)]
    assert list(dict.fromkeys(names)) == ["gi|1|é", "", "\ufffd"]


# -- a text a line ----------------------------------------------------------------------------


def test_text_lines(tag: Tag, model: Path) -> None:
    import seqtool

    texts = [dna(300, 4), dna(100, 5).lower(), "", "   ", "not DNA, é 😀"]
    found = tag(stdin="".join(text + "\n" for text in texts))
    assert [list(record) for record in found] == [["text", "entities"]] * len(texts)
    assert [record["text"] for record in found] == texts
    for text, record in zip(texts, found):
        assert "".join(entity["text"] for entity in record["entities"]) == text.strip() if not text.strip() else text
        assert all(list(entity) == ["text", *FIELDS[1:]] for entity in record["entities"])
        assert all(entity["text"] == text[entity["start"] : entity["end"]] for entity in record["entities"])
    assert found[2]["entities"] == found[3]["entities"] == []
    assert found == list(seqtool.load(str(model))(texts))
    alone = tag("--regions", stdin=texts[0])[0]["entities"]
    assert alone == [entity for entity in found[0]["entities"] if entity["label"] != "intergenic"]
    exons = tag("--labels", "exon", stdin=texts[0])[0]["entities"]
    assert exons == [entity for entity in found[0]["entities"] if entity["label"] == "exon"]


def test_jsonl_and_csv(tag: Tag) -> None:
    text = dna(200, 6)
    (plain,) = tag(stdin=text)
    (record,) = tag(stdin=json.dumps({"id": 7, "text": text, "more": [1]}))
    assert record == {"id": 7, "text": text, "more": [1], "entities": plain["entities"]}
    (record,) = tag("--field", "dna.seq", stdin=json.dumps({"dna": {"seq": text}}))
    assert record["entities"] == plain["entities"]
    (record,) = tag("--input", "csv", "--field", "seq", stdin=f"id,seq\n1,{text}\n")
    assert record == {"id": "1", "seq": text, "entities": plain["entities"]}


def test_a_bad_record_among_texts(run: Run, model: Path) -> None:
    result = run(
        "tag", "-m", model, stdin=b'{"text": "ACGT"}\nnonsense\n{"text": 3}\n{"text": "ACGT", "entities": []}\n'
    )
    found = records(result.stdout)
    assert result.returncode == 1 and b"Traceback" not in result.stderr
    assert [record.get("error", {}).get("kind") for record in found] == [None, "json", "type", "clash"]


def test_a_binary_file(run: Run, model: Path, tmp_path: Path) -> None:
    """As lines it is bad records, as FASTA nothing that could begin."""
    (tmp_path / "x.bin").write_bytes(bytes(range(128, 256)) * 30 + b"\n" + bytes(range(256)) * 3)
    result = run("tag", "-m", model, "x.bin")
    assert result.returncode == 1 and b"Traceback" not in result.stderr and b"not UTF-8" in result.stderr
    result = run("tag", "-m", model, "--input", "fasta", "x.bin")
    assert (result.returncode, result.stdout) == (2, b"") and b"x.bin:1: is not FASTA" in result.stderr


# -- output files, pipes ----------------------------------------------------------------------


def test_an_output_file(tag: Tag, expected: Any, tmp_path: Path) -> None:
    assert tag("x.fa", "-o", "out.jsonl") == []
    assert records((tmp_path / "out.jsonl").read_bytes()) == expected
    assert sorted(os.listdir(tmp_path)) == ["out.jsonl", "x.fa"]


@pytest.mark.parametrize("options", [["--regions"], ["--format", "tsv"]], ids=str)
def test_killed_and_resumed(run: Run, model: Path, tmp_path: Path, options: list[str]) -> None:
    arguments = ["tag", "-m", str(model), "--input", "fasta", "-o", "out", *options]
    block = fasta({f"r{number}": dna(120, number % 50) for number in range(1100)})  # more than a window
    text = kill_halfway(arguments, tmp_path, block.encode()).decode() + block
    (tmp_path / "many.fa").write_text(text)
    unbroken = run(*arguments[:5], "many.fa", *options)
    assert unbroken.returncode == 0
    refused = run(*arguments, stdin=text)
    assert refused.returncode == 2 and b"--resume" in refused.stderr
    other = run(*arguments, "--resume", stdin=text.replace("r0", "other"))
    assert other.returncode == 2 and b"another input" in other.stderr
    result = run(*arguments, "--resume", stdin=text)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert (tmp_path / "out").read_bytes() == unbroken.stdout


def test_a_reader_that_has_enough(model: Path, tmp_path: Path) -> None:
    """seqtool tag ... | head -1"""
    (tmp_path / "many.fa").write_text(fasta({f"r{number}": dna(500, number % 50) for number in range(400)}))
    command = [*SEQTOOL, "tag", "-m", str(model), "--threads", "1", "many.fa"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.wait(SECONDS) == -signal.SIGPIPE and process.stderr.read() == b""
    assert (first["name"], first["start"]) == ("r0", 0)


def test_a_stopped_run(model: Path, tmp_path: Path) -> None:
    """Ctrl-C: what is finished has been written, and nothing is said."""
    command = [*SEQTOOL, "tag", "-m", str(model), "--input", "fasta"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(fasta({f"r{number}": dna(300, number) for number in range(60)}).encode())
        process.stdin.flush()
        json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == -signal.SIGINT and process.stderr.read() == b""
