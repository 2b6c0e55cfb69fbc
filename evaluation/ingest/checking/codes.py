"""Codes of people that may be one code in several spellings: ``WL-001``, `` WL 001``, ``wl001``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.ingest.columns.choices import Question
from evaluation.ingest.parsed_rows import ParsedRows

_SEPARATORS = re.compile(r"[\s\-_./]+")
# A dash between two digits may be what keeps two numbers apart: 1-11 is not 11-1.
_NEEDLESS = re.compile(r"(?<![0-9])-|-(?![0-9])")
_WHOLE = re.compile(r"^(\d+)\.0$")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_EXAMPLES = 3


def code_key(code: str) -> str:
    """The code without case, blanks and punctuation, as far as that cannot merge two numbers."""
    text = unicodedata.normalize("NFKC", code).upper().strip()
    return _NEEDLESS.sub("", _SEPARATORS.sub("-", text).strip("-"))


def bare_key(code: str) -> str:
    """The code's key without leading zeros, which spreadsheet programs take away: 007 is 7."""
    return _LEADING_ZEROS.sub("", _plain_key(code))


def _plain_key(code: str) -> str:
    """The code's key; a whole number that was written as 1.0 is 1."""
    return code_key(_WHOLE.sub(r"\1", code.strip()))


def unify(parts: Sequence[ParsedRows], *, same: bool | None) -> Question | None:
    """One spelling for each code if a person says so; a question where it has to be asked.

    While it is open, the rows of such codes wait: as two people they would have no pair, as one
    they might be two.
    """
    if same is False:
        return None
    if same:
        for name in ("participant", "couple"):
            keys = _keys(parts, name)
            for part in parts:
                codes = zip(part.rows["site"], part.rows[name], strict=True)
                part.rows[name] = pd.Series([keys.get(code, "") for code in codes], dtype=object)
        return None
    unclear = _spellings(_keys(parts, "participant"))
    if not unclear:
        return None
    n = 0
    held_codes = {(site, code) for (site, _), found in unclear.items() for code in found}
    first: tuple[str, str] | None = None
    for part in parts:
        codes = zip(part.rows["site"], part.rows["participant"], strict=True)
        held = np.array([code in held_codes for code in codes], dtype=bool)
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
    zeros = any(len({_plain_key(code) for code in found}) > 1 for found in unclear.values())
    how = f"case, blanks{', punctuation or leading zeros' if zeros else ' or punctuation'}"
    more = f" ({len(unclear)} such codes in all)" if len(unclear) > _EXAMPLES else ""
    return Question(
        kind="codes",
        subject=(),
        text=f"Some codes differ only in {how}: {examples}{more}. Is each of these one person?",
        choices=(
            ("same", "One person: write them all alike"),
            ("different", "Different people: keep every spelling"),
        ),
        proposal="same",
        file=file,
        sheet=sheet,
        n=n,
    )


def _keys(parts: Sequence[ParsedRows], name: str) -> dict[tuple[str, str], str]:
    """For each site and code the spelling of all codes that may be one.

    Codes that differ in leading zeros are two people where both have one point in time.
    """
    plain, bare = (
        {code: key(code) for code in {c for part in parts for c in part.rows[name].unique()}}
        for key in (_plain_key, bare_key)
    )
    pairs = pd.concat([part.rows[["site", name]] for part in parts]).drop_duplicates()
    found = [(site, code) for site, code in pairs.itertuples(index=False) if code]
    waves: dict[tuple[str, str], dict[str, set[str]]] = {}
    for site, code in found:
        waves.setdefault((site, bare[code]), {})[plain[code]] = set()
    several = {code for site, code in found if len(waves[site, bare[code]]) > 1}
    # An indicator stands beside a questionnaire of the same time; that tells no people apart.
    dated = [p.rows for p in parts if "wave" in p.rows and "indicator" not in p.rows]
    for rows in dated if several else []:
        used = rows.loc[rows[name].isin(several), ["site", name, "wave"]].drop_duplicates()
        for site, code, wave in used.itertuples(index=False):
            waves[site, bare[code]][plain[code]] |= {wave} - {""}
    keys = {}
    for site, code in found:
        alike = waves[site, bare[code]]
        apart = sum(map(len, alike.values())) > len(set().union(*alike.values()))
        keys[site, code] = plain[code] if apart else max(alike, key=len)
    return keys


def _spellings(keys: dict[tuple[str, str], str]) -> dict[tuple[str, str], list[str]]:
    """The codes that are spelled in several ways."""
    found: dict[tuple[str, str], list[str]] = {}
    for (site, code), key in keys.items():
        found.setdefault((site, key), []).append(code)
    return {key: codes for key, codes in found.items() if len(codes) > 1}
