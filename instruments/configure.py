"""Keys and tables that are not public, put into a questionnaire as the rule file supplies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from instruments.definition import ITEM_RULES, Instrument, Scale, Table

SUPPLIED_KEY_CITATION = "key supplied in the rule file"
VERIFIED_CITATION = "checked against the form"


def configure(
    instrument: Instrument,
    *,
    reversed_items: tuple[int, ...] | None = None,
    keyed: bool = False,
    table: Mapping[str, Table] | None = None,
    verified: bool = False,
) -> Instrument:
    """The questionnaire as a rule file says it is to be scored.

    Parameters
    ----------
    instrument : Instrument
    reversed_items : tuple of int, optional
        A supplied key: these items, and no others, are reversed, in every scale they feed.
    keyed : bool
        The answers come already keyed, so nothing is reversed.
    table : mapping of scale id to ((raw, converted), ...), optional
        Conversion tables that are not public. A score corrected for idealism takes the percentile
        tables of its two components, each under the component's id.
    verified : bool
        The site has checked the key against the form; it no longer counts as unverified, and
        scales that were only waiting for this are scored.

    Raises
    ------
    ValueError
        Key and ``keyed`` given together, an item or a scale that does not exist, a table that
        nothing uses or that lists a raw score twice, a percentile outside 0 to 100.

    Examples
    --------
    >>> from instruments.registry import get
    >>> raw = get("enrich_couple_scales_35")
    >>> raw.scale("communication").needs
    'key'
    >>> configure(raw, reversed_items=(11, 14)).scale("communication").reversed_items
    (11, 14)
    >>> configure(raw, keyed=True).scale("communication").needs
    ''
    >>> configure(get("das_7"), verified=True).scale("total").needs
    ''
    """
    if keyed and reversed_items is not None:
        raise ValueError("keyed=True: answers that are keyed already take no reversed_items")
    key = () if keyed else reversed_items
    for number in key or ():
        instrument.item(number)
    scales = instrument.scales
    if key is not None:
        scales = tuple(_with_key(scale, key) for scale in scales)
    if verified:
        scales = tuple(_verified(scale) for scale in scales)
    if table:
        scales = _with_tables(instrument, scales, table)
    return replace(instrument, scales=scales)


def _with_key(scale: Scale, key: tuple[int, ...]) -> Scale:
    """The scale with that key; only scales of items have one."""
    if scale.rule not in ITEM_RULES:
        return scale
    turned = tuple(number for number in scale.items if number in key)
    keyed = replace(scale, reversed_items=turned, needs="" if scale.needs == "key" else scale.needs)
    # A key does not vouch for the rest of a form that was put down from memory.
    if scale.needs == "verification":
        return keyed
    return _with_evidence(keyed, SUPPLIED_KEY_CITATION)


def _verified(scale: Scale) -> Scale:
    """The scale after somebody has compared it with the form."""
    needs = "" if scale.needs == "verification" else scale.needs
    return _with_evidence(replace(scale, needs=needs), VERIFIED_CITATION)


def _with_evidence(scale: Scale, citation: str) -> Scale:
    """The scale, no longer unverified; a scale that never was keeps its own citation."""
    if scale.evidence != "unverified":
        return scale
    return replace(scale, evidence="single source", citation=citation)


def _with_tables(
    instrument: Instrument, scales: tuple[Scale, ...], table: Mapping[str, Table]
) -> tuple[Scale, ...]:
    takers = {
        scale.id: scale.components if scale.rule == "corrected_for_idealism" else (scale.id,)
        for scale in scales
        if scale.rule in ("corrected_for_idealism", "lookup")
    }
    allowed = sorted({name for names in takers.values() for name in names})
    for name, rows in table.items():
        if name not in allowed:
            wanted = ", ".join(allowed) or "no table"
            raise ValueError(f"table[{name!r}]: {instrument.id} takes {wanted}")
        if len({raw for raw, _ in rows}) != len(rows):
            raise ValueError(f"table[{name!r}]: a raw score is listed twice")
    unverified = {scale.id for scale in scales if scale.evidence == "unverified"}
    return tuple(
        _with_table(scale, takers[scale.id], table, unverified)
        if set(takers.get(scale.id, ())) & set(table)
        else scale
        for scale in scales
    )


def _with_table(
    scale: Scale, names: tuple[str, ...], table: Mapping[str, Table], unverified: set[str]
) -> Scale:
    absent = [name for name in names if name not in table]
    if absent:
        raise ValueError(f"table: {scale.id} also needs {', '.join(absent)}")
    needs = "" if scale.needs == "table" else scale.needs
    tables = tuple(tuple(sorted(table[name])) for name in names)
    if scale.rule == "lookup":
        return replace(scale, table=tables[0], needs=needs)
    for name, rows in zip(names, tables, strict=True):
        if any(not 0 <= percentile <= 100 for _, percentile in rows):
            raise ValueError(f"table[{name!r}]: percentiles must lie between 0 and 100")
    # What is worked out from raw scores is no better established than they are.
    evidence = "unverified" if unverified & set(names) else scale.evidence
    return replace(scale, tables=tables, needs=needs, evidence=evidence)
