"""Columns of our codes as columns of codes of SDMX, each different text turned once."""

from __future__ import annotations

import polars as pl

from libminsheng.vocabulary.sdmx import code_id

__all__ = ["code_column"]


def code_column(texts: pl.Series, blank: str | None = None) -> pl.Series:
    """A column of texts as codes of SDMX; where there is none, `blank`.

    >>> code_column(pl.Series(["f", "女", None]), "_T").to_list()
    ['f', '$5973$', '_T']
    """
    known = texts.drop_nulls().unique().to_list()
    codes = [code_id(text) for text in known]
    if codes != known:
        texts = texts.replace_strict(known, codes, return_dtype=pl.String)
    return texts if blank is None else texts.fill_null(blank)
