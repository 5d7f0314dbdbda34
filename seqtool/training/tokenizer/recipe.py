"""The recipe of a tokenizer: what a training can be told, as the TOML tables."""

from __future__ import annotations

from dataclasses import dataclass

from seqtool.training.recipe import CorpusSettings, RecipeHead, TokenizerSettings


@dataclass(frozen=True)
class TokenizerRecipe(RecipeHead):
    """The training of a tokenizer."""

    task: str = "tokenizer"
    corpus: tuple[CorpusSettings, ...] = ()
    tokenizer: TokenizerSettings = TokenizerSettings(lower=False)
