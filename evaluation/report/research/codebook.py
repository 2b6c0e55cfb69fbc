"""What every scale, question and column of an export is, and where each number comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.analysis.change_inputs import PREFERENCE, Source, describe_cutoff, find_sources
from evaluation.analysis.change_inputs import find_cutoffs as cutoffs_to_be_had
from evaluation.config import Settings
from evaluation.model import ChangeRule
from evaluation.report.formulas import FORMULAS, citation_text
from evaluation.report.research.column_meanings import meaning_of
from instruments.definition import Instrument, Scale

SCALE_COLUMNS = (
    "instrument", "instrument_name", "version", "scale", "label", "items", "reversed_items",
    "components", "rule", "lowest", "highest", "better", "may_be_headline", "needs",
    "missing_method", "max_missing", "missing_evidence", "missing_source", "own_proration",
    "key_evidence", "key_source", "level", "reliability_used", "reliability_kind",
    "reliability_origin", "reliability_evidence", "reliability_source", "sd_used", "sd_origin",
    "sd_source", "functional_mean", "functional_sd", "functional_origin", "functional_source",
    "clinical_mean", "clinical_sd", "clinical_origin", "clinical_source", "cutoff_rule",
    "cutoff_origin", "cutoff_evidence", "cutoff_source", "instrument_source", "licence", "notes",
)  # fmt: skip
ITEM_COLUMNS = (
    "instrument", "version", "item", "position", "scale", "lowest", "highest", "reversed",
    "counts_as", "answers", "wording", "key_evidence", "key_source",
)  # fmt: skip
FACT_COLUMNS = (
    "instrument", "scale", "kind", "name", "value", "sd", "n", "text", "only", "evidence", "source",
)  # fmt: skip
COLUMN_COLUMNS = ("table", "column", "meaning", "formula", "source")
OWN = "own"
# Two different scores: enough for every number that comes from the sample to be there.
_SAMPLE = np.array([0.0, 1.0])
_PRORATED_SHARE = "up to 20 % of the questions"


def scales_table(
    used: Iterable[str], instruments: Mapping[str, Instrument], settings: Settings
) -> pd.DataFrame:
    """codebook.csv: a row for each scale, with the numbers that this analysis took for it.

    ``sd_origin`` and ``clinical_origin`` are ``own`` where each group's own scores are taken; the
    number is then empty, since it differs from group to group. ``cutoff_rule`` is a printed
    boundary, or the cut-offs of Jacobson and Truax in the order in which they are taken.
    """
    rows = [
        _described(instrument, scale, settings) | _in_use(instrument, scale, settings)
        for instrument in (instruments[name] for name in used)
        for scale in instrument.scales
    ]
    return pd.DataFrame(rows, columns=list(SCALE_COLUMNS))


def _described(instrument: Instrument, scale: Scale, settings: Settings) -> dict[str, Any]:
    own = settings.scoring.prorate and scale.missing.method == "strict" and bool(scale.items)
    return {
        "instrument": instrument.id,
        "instrument_name": instrument.name,
        "version": instrument.version,
        "scale": scale.id,
        "label": scale.label,
        "items": _numbers(scale.items),
        "reversed_items": _numbers(scale.reversed_items),
        "components": ", ".join(scale.components),
        "rule": scale.rule,
        "lowest": scale.score_range[0],
        "highest": scale.score_range[1],
        "better": scale.better,
        "may_be_headline": "yes" if scale.may_be_headline else "no",
        "needs": scale.needs,
        "missing_method": scale.missing.method,
        "max_missing": scale.missing.max_missing,
        "missing_evidence": scale.missing.evidence,
        "missing_source": scale.missing.citation,
        "own_proration": _PRORATED_SHARE if own and scale.rule != "lookup" else "",
        "key_evidence": scale.evidence,
        "key_source": scale.citation,
        "level": settings.level,
        "instrument_source": instrument.citation,
        "licence": licence_text(instrument),
        "notes": " ".join(instrument.notes),
    }


def _in_use(instrument: Instrument, scale: Scale, settings: Settings) -> dict[str, Any]:
    """What reliable change rests on; nothing where neither direction is better."""
    if scale.better == "neither":
        return {}
    rule = settings.measures.get(f"{instrument.id}.{scale.id}", ChangeRule())
    used = sources_in_use(scale, rule)
    row: dict[str, Any] = {}
    if "reliability" in used:
        source = used["reliability"]
        row |= {"reliability_used": source.values[0], "reliability_kind": source.text}
        row |= {"reliability_evidence": source.evidence}
        row |= _origin("reliability", source)
    if "sd" in used:
        known = used["sd"].origin != OWN
        row |= _origin("sd", used["sd"]) | ({"sd_used": used["sd"].values[0]} if known else {})
    for name in ("functional", "clinical"):
        if name in used:
            row |= _origin(name, used[name])
            if used[name].origin != OWN:
                row |= {f"{name}_mean": used[name].values[0], f"{name}_sd": used[name].values[1]}
    boundary = cutoff_in_use(scale, rule, used)
    return row | {
        "cutoff_rule": boundary.text,
        "cutoff_origin": boundary.origin,
        "cutoff_evidence": boundary.evidence,
        "cutoff_source": boundary.citation,
    }


def sources_in_use(scale: Scale, rule: ChangeRule) -> dict[str, Source]:
    """Where the numbers of reliable change come from; those of origin ``own`` have no value yet."""
    return find_sources(_SAMPLE, scale=scale, rule=rule)


def cutoff_in_use(scale: Scale, rule: ChangeRule, used: Mapping[str, Source]) -> Source:
    """The boundary in use: printed, the kind that the rule file names, or the kinds in turn."""
    if rule.cutoff in ("a", "b", "c"):
        return Source((), "rule file", text=rule.cutoff)
    printed = cutoffs_to_be_had(used, scale=scale, rule=rule).get("published")
    if printed is not None:
        return describe_cutoff(printed, rule=rule)
    return Source((), "computed", text=", ".join(kind for kind in PREFERENCE if len(kind) == 1))


def _origin(name: str, source: Source) -> dict[str, str]:
    return {f"{name}_origin": source.origin, f"{name}_source": source.citation}


def items_table(used: Iterable[str], instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    """codebook_items.csv: a row for each question and each scale that it feeds."""
    rows = [
        row
        for instrument in (instruments[name] for name in used)
        for scale in instrument.scales
        for row in _items(instrument, scale)
    ]
    return pd.DataFrame(rows, columns=list(ITEM_COLUMNS))


def _items(instrument: Instrument, scale: Scale) -> Iterator[dict[str, Any]]:
    positions = {item.number: place for place, item in enumerate(instrument.items, start=1)}
    for number in scale.items:
        item = instrument.item(number)
        answers = range(item.minimum, item.maximum + 1)
        yield {
            "instrument": instrument.id,
            "version": instrument.version,
            "item": number,
            "position": positions[number],
            "scale": scale.id,
            "lowest": item.minimum,
            "highest": item.maximum,
            "reversed": "yes" if number in scale.reversed_items else "no",
            "counts_as": "; ".join(
                f"{answer}: {score}" for answer, score in zip(answers, item.scores, strict=False)
            ),
            "answers": "; ".join(
                f"{answer}: {label}" for answer, label in zip(answers, item.labels, strict=False)
            ),
            "wording": item.hint,
            "key_evidence": scale.evidence,
            "key_source": scale.citation,
        }


def facts_table(used: Iterable[str], instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    """codebook_sources.csv: every published number that a definition holds, used here or not."""
    rows = [
        {"instrument": instrument.id, "scale": scale.id} | fact
        for instrument in (instruments[name] for name in used)
        for scale in instrument.scales
        for fact in _facts(scale)
    ]
    return pd.DataFrame(rows, columns=list(FACT_COLUMNS))


def _facts(scale: Scale) -> Iterator[dict[str, Any]]:
    yield _fact(
        "scoring key", scale.rule, scale, text=f"reversed: {_numbers(scale.reversed_items)}"
    )
    yield _fact("missing answers", scale.missing.method, scale.missing, scale.missing.max_missing)
    for bands in scale.bands:
        text = "; ".join(f"{band.label} from {band.low:g}" for band in bands.bands)
        yield _fact("bands", bands.name, bands, text=" ".join([text, bands.note]).strip())
    for cutoff in scale.cutoffs:
        yield _fact(
            "cut-off", cutoff.purpose, cutoff, cutoff.value, text=cutoff.text, only=cutoff.only
        )
    for norm in scale.norms:
        yield _fact(f"norm, {norm.group}", norm.population, norm, norm.mean) | {
            "sd": norm.sd, "n": norm.n, "only": norm.only,
        }  # fmt: skip
    for entry in scale.reliability:
        yield _fact("reliability", entry.kind, entry, entry.value) | {"n": entry.n}
    if scale.manual_sd is not None:
        yield _fact("SD that goes with the reliability", "", scale.manual_sd, scale.manual_sd.value)
    for change in scale.reliable_change:
        yield _fact("reliable change, published", change.note, change, change.value)


def _fact(
    kind: str, name: str, source: Any, value: float | None = None, *, text: str = "", only: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind, "name": name, "value": value, "text": text, "only": only,
        "evidence": source.evidence, "source": source.citation,
    }  # fmt: skip


def columns_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """codebook_columns.csv: every column of every table that is in the export."""
    known = {(one.table, column): one for one in FORMULAS for column in one.columns}
    rows = []
    for table, content in tables.items():
        for column in content.columns:
            entry = known.get((table, str(column)))
            rows.append(
                {
                    "table": table,
                    "column": column,
                    "meaning": entry.meaning if entry else meaning_of(table, str(column)),
                    "formula": entry.formula if entry else "",
                    "source": citation_text(entry) if entry else "",
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMN_COLUMNS))


def licence_text(instrument: Instrument) -> str:
    """On what terms a questionnaire may be used."""
    licence = instrument.licence
    return licence if isinstance(licence, str) else licence.citation


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)
