"""Codes of people that may be one code in several spellings: ``WL-001``, `` WL 001``, ``wl001``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.ingest.choices import Question
from evaluation.ingest.rows import ParsedRows

_SEPARATORS = re.compile(r"[\s\-_./]+")
# A dash between two digits may be what keeps two numbers apart: 1-11 is not 11-1.
_NEEDLESS = re.compile(r"(?<![0-9])-|-(?![0-9])")
_EXAMPLES = 3


def code_key(code: str) -> str:
    """The code without case, blanks and punctuation, as far as that cannot merge two numbers."""
    text = unicodedata.normalize("NFKC", code).upper().strip()
    return _NEEDLESS.sub("", _SEPARATORS.sub("-", text).strip("-"))


def unify(parts: Sequence[ParsedRows], *, same: bool | None) -> Question | None:
    """One spelling for each code if a person says so; a question where it has to be asked.

    While it is open, the rows of such codes wait: as two people they would have no pair, as one
    they might be two.
    """
    if same:
        for part in parts:
            for name in ("participant", "couple"):
                part.rows[name] = _unified(part.rows[name])
        return None
    if same is False:
        return None
    spellings = _spellings(parts)
    unclear = {key: found for key, found in spellings.items() if len(found) > 1}
    if not unclear:
        return None
    n = 0
    first: tuple[str, str] | None = None
    for part in parts:
        own = _keys(part.rows["participant"])
        waiting = pd.Series(list(zip(part.rows["site"], own, strict=True))).isin(unclear)
        held = waiting.to_numpy(dtype=bool) & (part.rows["participant"] != "").to_numpy()
        if held.any() and first is None:
            row = part.rows.iloc[int(np.flatnonzero(held)[0])]
            first = (row["file"], row["sheet"])
        part.refused |= held
        n += int(held.sum())
    file, sheet = first or ("", "")
    examples = "; ".join(
        " and ".join(f"'{spelling}'" for spelling in found)
        for found in list(unclear.values())[:_EXAMPLES]
    )
    more = f" ({len(unclear)} such codes in all)" if len(unclear) > _EXAMPLES else ""
    return Question(
        kind="codes",
        subject=(),
        text=f"Some codes differ only in case, blanks or punctuation: {examples}{more}. "
        "Is each of these one person?",
        choices=(
            ("same", "One person: write them all alike"),
            ("different", "Different people: keep every spelling"),
        ),
        proposal="same",
        file=file,
        sheet=sheet,
        n=n,
    )


def _keys(codes: pd.Series) -> pd.Series:
    keys = {code: code_key(code) for code in set(codes)}
    return codes.map(keys)


def _unified(codes: pd.Series) -> pd.Series:
    return _keys(codes).astype(object)


def _spellings(parts: Sequence[ParsedRows]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for part in parts:
        rows = part.rows.loc[part.rows["participant"] != "", ["site", "participant"]]
        for site, code in rows.drop_duplicates().itertuples(index=False):
            found.setdefault((site, code_key(code)), {})[code] = None
    return {key: list(codes) for key, codes in found.items()}
