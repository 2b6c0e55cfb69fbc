"""The scales of a local questionnaire: from checked keys to Scale objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, cast

from evaluation.ingest.definitions.marked_yaml import DECIMAL, Checker, Table
from instruments.definition import (
    Band,
    BandSet,
    Better,
    Cutoff,
    Evidence,
    Item,
    Missing,
    Norm,
    Reliability,
    Rule,
    Scale,
)

SLUG = re.compile(r"[a-z][a-z0-9_]*")
RULES = ("sum", "mean", "percent")
DIRECTIONS = ("higher", "lower", "neither")
SCALE_KEYS = (
    "id", "label", "items", "reversed", "rule", "better", "missing", "reliability",
    "reliability_kind", "reliability_source", "cutoff", "cutoff_source", "norm", "bands",
    "bands_source",
)  # fmt: skip
REQUIRED_KEYS = {
    "id": "total",
    "items": "[1, 2, 3]",
    "better": "higher', 'better: lower' or 'better: neither",
}
MISSING_KEYS = ("method", "max_missing", "source")
NORM_KEYS = ("mean", "sd", "source", "n", "population", "group")
BAND_KEYS = ("id", "label", "from")
SITE_KEY = "defined by the site"
SITE_CHOICE = "chosen by the site"
NO_SOURCE = "no source is given"
_CUTOFF = re.compile(rf"(<=|>=|<|>)\s*({DECIMAL.pattern})")

Items = Mapping[int, Item | None]
Range = tuple[float, float]
Comparison = Literal["<=", "<", ">=", ">"]


@dataclass
class Scales:
    """The scales that are right, what a person should know of them, and the line of each id."""

    found: list[Scale] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def read_scales(check: Checker, table: Table, items: Items | None, *, where: str) -> Scales:
    """Every scale of a definition; ``items`` is ``None`` where they are not known."""
    scales = Scales()
    for entry in check.tables(
        table, "scales", example="{id: total, items: [1, 2], better: higher}"
    ):
        scale_id = _read_id(check, entry, scales, where)
        scale = _read_scale(check, entry, items, scale_id)
        if scale is not None:
            scales.found.append(scale)
            scales.notes += _notes_on(scale)
    return scales


def _read_id(check: Checker, entry: Table, scales: Scales, where: str) -> str:
    found = check.text(entry, "id")
    line = entry.lines.get("id", entry.line)
    if found and not SLUG.fullmatch(found):
        fix = "Allowed: small letters, digits and '_', beginning with a letter."
        check.refuse(line, f"'id: {found}' cannot be used for a scale.", fix, value=found)
    if found in scales.lines:
        message = f"Scale '{found}' is given twice in {where}."
        check.refuse(line, message, "Give each scale an id of its own.", value=found)
    if found:
        scales.lines.setdefault(found, line)
    return found


def _notes_on(scale: Scale) -> list[str]:
    return [
        f"{scale.label}: the norm names no source, so it is shown and not used."
        for norm in scale.norms
        if norm.evidence == "unverified"
    ]


def _read_scale(check: Checker, entry: Table, items: Items | None, scale_id: str) -> Scale | None:
    before = len(check.mistakes)
    where = f"scale '{scale_id}'" if scale_id else "a scale"
    check.check_keys(entry, SCALE_KEYS, required=REQUIRED_KEYS, where=where)
    label = check.text(entry, "label", scale_id)
    rule = check.choice(entry, "rule", RULES, "sum")
    better = check.choice(entry, "better", DIRECTIONS)
    members = _read_members(check, entry, items, where)
    turned = _read_reversed(check, entry, members, where)
    limits = _score_range(members, items, rule)
    missing = _read_missing(check, entry, members, items, where)
    reliability = _read_reliability(check, entry, where)
    cutoffs = _read_cutoff(check, entry, better, limits, where)
    norms = _read_norm(check, entry, limits, where)
    bands = _read_bands(check, entry, limits, where)
    if len(check.mistakes) > before or limits is None or not better or not scale_id:
        return None
    return Scale(
        id=scale_id,
        label=label,
        items=tuple(members),
        rule=cast(Rule, rule),
        score_range=limits,
        better=cast(Better, better),
        # The key of a site's own questionnaire is the site's own: nobody can know it better.
        evidence="single source",
        citation=SITE_KEY,
        reversed_items=turned,
        missing=missing,
        bands=bands,
        cutoffs=cutoffs,
        norms=norms,
        reliability=reliability,
    )


def _read_members(check: Checker, entry: Table, items: Items | None, where: str) -> dict[int, int]:
    """The items of a scale, each with its line."""
    members: dict[int, int] = {}
    for number, line in check.wholes(entry, "items", low=1, high=9999):
        if items is not None and number not in items:
            message = f"There is no item {number} for {where}."
            check.refuse(line, message, f"The items are {_listed(items)}.", value=str(number))
        elif number in members:
            message = f"Item {number} is listed twice in {where}."
            check.refuse(line, message, "Name it once.", value=str(number))
        else:
            members[number] = line
    return members


def _read_reversed(
    check: Checker, entry: Table, members: Mapping[int, int], where: str
) -> tuple[int, ...]:
    turned: list[int] = []
    for number, line in check.wholes(entry, "reversed", low=1, high=9999, may_be_empty=True):
        if members and number not in members:
            message = f"Item {number} is reversed, but is no item of {where}."
            fix = f"The items of {where} are {_listed(members)}."
            check.refuse(line, message, fix, value=str(number))
        elif number in turned:
            message = f"Item {number} is reversed twice in {where}."
            check.refuse(line, message, "Name it once.", value=str(number))
        turned.append(number)
    return tuple(turned)


def _score_range(members: Mapping[int, int], items: Items | None, rule: str) -> Range | None:
    """The lowest and the highest score there can be."""
    found = [(items or {}).get(number) for number in members]
    known = [item for item in found if item is not None]
    if not known or len(known) < len(found) or not rule:
        return None
    if rule == "percent":
        return 0.0, 100.0
    share = len(known) if rule == "mean" else 1
    return (
        sum(item.minimum for item in known) / share,
        sum(item.maximum for item in known) / share,
    )


def _read_missing(
    check: Checker, entry: Table, members: Mapping[int, int], items: Items | None, where: str
) -> Missing:
    table = check.table(entry, "missing", example="max_missing: 1, method: prorate")
    if table is None:
        return Missing()
    check.check_keys(
        table,
        MISSING_KEYS,
        required={"method": "strict', or 'method: prorate"},
        where=f"'missing' of {where}",
    )
    method = check.choice(table, "method", ("strict", "prorate"), "strict")
    listed = getattr(entry.entries.get("items"), "entries", None) or members
    most = len(listed) - 1 if listed else 9999
    allowed = check.whole(table, "max_missing", low=0, high=most) or 0
    source = check.text(table, "source", SITE_KEY)
    if method == "strict":
        if allowed:
            message = f"'method: strict' of {where} allows no missing answers."
            fix = "Write 'method: prorate', or leave out 'max_missing'."
            check.refuse(table.lines["max_missing"], message, fix)
        return Missing(citation=source, evidence="single source")
    if not allowed and "max_missing" not in table.entries:
        message = f"'method: prorate' of {where} does not say how many answers may be missing."
        check.refuse(table.lines["method"], message, "Add 'max_missing:' and a whole number.")
    limits = {(i.minimum, i.maximum) for n in members if (i := (items or {}).get(n)) is not None}
    if len(limits) > 1:
        message = f"'method: prorate' of {where} needs items that all allow the same answers."
        fix = "Write 'method: strict', or divide the scale."
        check.refuse(table.lines.get("method", table.line), message, fix)
    return Missing("prorate", allowed, citation=source, evidence="single source")


def _sourced(check: Checker, table: Table, key: str) -> tuple[str, Evidence]:
    """The source that a definition names for a number, and what it is worth."""
    source = check.text(table, key)
    return (source, "single source") if source else (NO_SOURCE, "unverified")


def _read_reliability(check: Checker, entry: Table, where: str) -> tuple[Reliability, ...]:
    _check_belongs(check, entry, "reliability", ("reliability_kind", "reliability_source"), where)
    value = check.number(entry, "reliability", low=0, high=1, between=True)
    kind = check.text(entry, "reliability_kind", "kind not stated")
    citation, evidence = _sourced(check, entry, "reliability_source")
    return () if value is None else (Reliability(kind, value, citation, evidence),)


def _check_belongs(
    check: Checker, entry: Table, owner: str, keys: tuple[str, ...], where: str
) -> None:
    """Keys that say more about another one are a slip where that one is not there."""
    for key in keys:
        if key in entry.entries and owner not in entry.entries:
            message = f"'{key}' of {where} has no '{owner}' to go with."
            check.refuse(entry.lines[key], message, f"Add '{owner}', or delete the line.")


def _read_cutoff(
    check: Checker, entry: Table, better: str, limits: Range | None, where: str
) -> tuple[Cutoff, ...]:
    """The boundary of the range of concern, which always lies at the worse end."""
    _check_belongs(check, entry, "cutoff", ("cutoff_source",), where)
    citation = check.text(entry, "cutoff_source", SITE_CHOICE)
    text = check.text(entry, "cutoff")
    if not text or not better:
        return ()
    line = entry.lines["cutoff"]
    if better == "neither":
        message = f"'cutoff: {text}' of {where} has no worse end, because neither end is better."
        check.refuse(line, message, "Give a direction, or delete the line.", value=text)
        return ()
    worse = ("<=", "<") if better == "higher" else (">=", ">")
    found = _CUTOFF.fullmatch(text if text[0] in "<>" else f"{worse[0]} {text}")
    fix = f'Allowed: a number, or a text such as "{worse[0]} 60"; {better} scores are better.'
    if found is None or found[1] not in worse:
        check.refuse(line, f"'cutoff: {text}' of {where} is not possible.", fix, value=text)
        return ()
    cutoff = Cutoff(float(found[2]), cast(Comparison, found[1]), citation, "single source")
    if limits is not None and not _divides(cutoff, limits):
        message = f"'cutoff: {text}' of {where} leaves nobody on one side."
        fix = f"The scores run from {limits[0]:g} to {limits[1]:g}."
        check.refuse(line, message, fix, value=text)
    return (cutoff,)


def _divides(cutoff: Cutoff, limits: Range) -> bool:
    """Whether there can be scores on both sides."""
    low, high = limits
    if cutoff.comparison in ("<=", ">"):
        return low <= cutoff.value < high
    return low < cutoff.value <= high


def _read_norm(check: Checker, entry: Table, limits: Range | None, where: str) -> tuple[Norm, ...]:
    table = check.table(entry, "norm", example="mean: 82, sd: 14, source: …")
    if table is None:
        return ()
    check.check_keys(
        table, NORM_KEYS, required={"mean": "50", "sd": "10"}, where=f"'norm' of {where}"
    )
    low, high = limits or (-1e9, 1e9)
    mean = check.number(table, "mean", low=low, high=high)
    sd = check.number(table, "sd", low=0, high=high - low, between=True)
    n = check.whole(table, "n", low=1, high=10_000_000)
    group = check.choice(table, "group", ("functional", "clinical"), "functional")
    population = check.text(table, "population", "as given in the definition")
    citation, evidence = _sourced(check, table, "source")
    if mean is None or sd is None:
        return ()
    kind = cast(Literal["functional", "clinical"], group)
    return (Norm(kind, population, n, mean, sd, citation, evidence),)


def _read_bands(
    check: Checker, entry: Table, limits: Range | None, where: str
) -> tuple[BandSet, ...]:
    _check_belongs(check, entry, "bands", ("bands_source",), where)
    before = len(check.mistakes)
    citation = check.text(entry, "bands_source", SITE_CHOICE)
    low, high = limits or (-1e9, 1e9)
    bands: list[Band] = []
    lines: list[int] = []
    for table in check.tables(entry, "bands", example="{id: low, label: Low, from: 0}"):
        check.check_keys(
            table, BAND_KEYS, required={"id": "low", "from": "0"}, where=f"a band of {where}"
        )
        band_id, start = check.text(table, "id"), check.number(table, "from", low=low, high=high)
        if band_id and not SLUG.fullmatch(band_id):
            fix = "Allowed: small letters, digits and '_', beginning with a letter."
            check.refuse(table.line, f"'id: {band_id}' cannot be used for a band.", fix)
        if band_id in [band.id for band in bands]:
            message = f"Band '{band_id}' is given twice in {where}."
            check.refuse(table.line, message, "Give each band an id of its own.", value=band_id)
        if start is not None and band_id:
            bands.append(Band(band_id, check.text(table, "label", band_id), start))
            lines.append(table.line)
    if not bands or limits is None:
        return ()
    if bands[0].low != low:
        message = f"The first band of {where} does not begin at the lowest score."
        check.refuse(lines[0], message, f"Write 'from: {low:g}'.", value=f"{bands[0].low:g}")
    for (first, second), line in zip(pairwise(bands), lines[1:], strict=True):
        if first.low >= second.low:
            message = f"Band '{second.id}' of {where} does not begin above '{first.id}'."
            check.refuse(line, message, "List the bands from the lowest to the highest score.")
    if len(check.mistakes) > before:
        return ()
    return (BandSet("bands", tuple(bands), citation, "single source"),)


def _listed(numbers: Mapping[int, object]) -> str:
    """Item numbers in words, without listing a long run of them."""
    known = sorted(numbers)
    if known == list(range(known[0], known[-1] + 1)) and len(known) > 2:
        return f"{known[0]} to {known[-1]}"
    return ", ".join(str(number) for number in known)
