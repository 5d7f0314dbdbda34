"""A translator trained on pairs of number words: from a file to a folder that answers as torch does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqtool
from seqtool.decoding.beam import Search
from seqtool.engine.translator import TranslateAsked, Translator
from seqtool.errors import OptionError
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TranslatorSettings
from seqtool.training.recipe import Run, TokenizerSettings
from seqtool.training.translate.recipe import (
    CleaningSettings,
    PairSettings,
    TranslateRecipe,
    TranslateTrainingSettings,
)
from seqtool.training.translate.training import TranslatorTraining

ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
FRENCH = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = random.Random(1)
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    lines = ["en\tfr\n"]
    for _ in range(400):
        numbers = chance.choices(range(10), k=chance.randint(1, 4))
        lines.append(f"{' '.join(ENGLISH[n] for n in numbers)}.\t{' '.join(FRENCH[n] for n in numbers[::-1])}.\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def recipe_of(file: Path, **training: Any) -> TranslateRecipe:
    settings = {"epochs": 2, "evaluations": 0.5, "storage": "int8", "learning_rate": 0.01, **training}
    return TranslateRecipe(
        data=(PairSettings(str(file), source_language="en", target_language="fr", both_ways=True, dev=0.1),),
        cleaning=CleaningSettings(script=0.0),
        tokenizer=TokenizerSettings(vocabulary_size=330, lower=False),
        network=TranslatorSettings(embedding_size=16, hidden_size=12, num_layers=1, decoder_size=24),
        training=TranslateTrainingSettings(**settings),
    )


def trained(file: Path, output: Path, **training: Any) -> TranslatorTraining:
    run = TranslatorTraining(recipe_of(file, **training), Run(output))
    run.prepare()
    for _ in run.steps():
        pass
    run.finish()
    return run


@pytest.fixture(scope="module")
def done(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> TranslatorTraining:
    return trained(pairs, tmp_path_factory.mktemp("models") / "numbers")


def test_the_folder_is_whole_and_says_what_it_is(done: TranslatorTraining) -> None:
    folder = open_folder(done.run.output)
    files = {"encoder.onnx", "step.onnx", "pieces.model", "README.md", "recipe.toml", "model.toml"}
    assert {path.name for path in done.run.output.iterdir()} == files
    assert folder.table("answer") == {"kind": "translation", "directions": ["en-fr", "fr-en"]}
    assert not done.work.exists()


def test_greedy_answers_are_those_of_torch(done: TranslatorTraining) -> None:
    """A beam of one, by the graphs, and torch's own loop on the weights as they are stored."""
    network = done.trainer.network.eval()
    engine = Translator(open_folder(done.run.output))
    sources = [done._dev[0].stretch(row, 0, int(length)).tolist() for row, length in enumerate(done._dev[0].lengths())]
    search = Search(beam=1, length_penalty=0.0)
    for source in sources[:20]:
        most = int(2.0 * len(source)) + 10
        ids = torch.tensor([source]).t()
        expected = network.greedy(ids, torch.tensor([len(source)]), engine.start_id, engine.end_id, most)[0]  # type: ignore[operator]
        [found] = engine.decode([source], search)
        assert found[0].ids == expected


def test_a_line_is_the_same_beside_any_others(done: TranslatorTraining) -> None:
    model = seqtool.load(str(done.run.output), threads=2, batch_size=3)
    texts = ["one two.", "nine.", "", "three four five. six seven.", "  zero  ", "one two."] * 3
    together = list(model(texts))
    alone = [answer for text in texts for answer in seqtool.load(str(done.run.output))([text])]
    assert together == alone
    assert together[2] == {"text": "", "translation": ""}
    assert together[4]["translation"].startswith("  ") and together[4]["translation"].endswith("  ")


def test_sentences_are_translated_one_by_one(done: TranslatorTraining) -> None:
    model = seqtool.load(str(done.run.output))
    [first], [second] = (list(model([text])) for text in ("Three four. ", "Five six."))
    [both] = model(["Three four.  Five six."])
    assert both["translation"] == f"{first['translation'].rstrip()}  {second['translation']}"


def test_directions_are_chosen_and_others_refused(done: TranslatorTraining) -> None:
    model = seqtool.load(str(done.run.output))
    assert model.direction(TranslateAsked(target_language="en")) == ("fr", "en")  # type: ignore[attr-defined]
    with pytest.raises(OptionError, match=r"no pair \?-hi; there is: en-fr, fr-en|no pair \?-hi; did you mean"):
        model(["one"], target_language="hi")


def test_a_killed_training_goes_on_to_the_same_weights(pairs: Path, tmp_path: Path, done: TranslatorTraining) -> None:
    settings = {"dropout": 0.2, "word_dropout": 0.1, "averaging": 0.9}
    whole = trained(pairs, tmp_path / "whole", **settings)
    first = TranslatorTraining(recipe_of(pairs, **settings), Run(tmp_path / "killed"))
    first.prepare()
    for number, _ in enumerate(first.steps()):
        if number == 3:
            first._save()
            break
    second = TranslatorTraining(recipe_of(pairs, **settings), Run(tmp_path / "killed", resume=True))
    second.prepare()
    assert second.trainer.progress.step == 4
    for _ in second.steps():
        pass
    for name, weight in whole.trainer.best.items():
        assert np.array_equal(weight.numpy(), second.trainer.best[name].numpy()), name
