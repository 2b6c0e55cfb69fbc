"""The register of formulas: how every number in the result tables is worked out, and its source."""

from __future__ import annotations

import pandas as pd

from evaluation.report.formula_texts import change, individual, lost, programme, service
from evaluation.report.formula_texts.entry import NOTATION, Citation, Formula
from evaluation.report.reasons import reason_text

__all__ = [
    "FORMULAS", "FORMULA_COLUMNS", "LABEL_COLUMNS", "NOTATION", "Citation", "Formula",
    "citation_text", "formula_of", "formulas_table",
]  # fmt: skip

FORMULAS: tuple[Formula, ...] = (
    *change.EFFECTS,
    *individual.RELIABLE_CHANGE,
    *individual.SPREAD_USED,
    *programme.ATTRITION,
    *programme.SITES,
    *programme.SITE_ESTIMATES,
    *programme.COUPLES,
    *programme.WAVES,
    *programme.MAINTENANCE,
    *change.ROBUSTNESS,
    *change.SUBGROUPS,
    *individual.EARLY_HELP,
    *individual.MEANINGFUL_CHANGE,
    *individual.PAYMENT,
    *individual.NHS_TT,
    *lost.LOST_VS_KEPT,
    *lost.SENSITIVITY,
    *lost.DROPOUT,
    *lost.MISSING_AT_RANDOM,
    *lost.DIFFERENTIAL_ATTRITION,
    *lost.MISSING_PATTERNS,
    *lost.REPORTER_GAP,
    *lost.EVIDENCE,
    *service.SERVICE_USE,
    *service.DOSE,
    *service.COSTS,
    *service.INDICATORS,
    *service.TRAINING,
    *service.TRAINING_CHANGE,
    *service.SESSION_COURSE,
    *service.STAND_INS,
    *service.PERIODS,
)
FORMULA_COLUMNS = (
    "table", "column", "name", "formula", "meaning", "when_empty", "reason_codes", "citation",
    "doi",
)  # fmt: skip
# Columns that say what a row is about; they are not worked out.
LABEL_COLUMNS = frozenset(
    {
        "site", "subgroup", "instrument", "scale", "contrast", "reason", "unit", "row", "trait",
        "level", "reference", "adjusted", "step", "outcome", "in_use", "cutoff_type", "sd_kind",
        "evidence", "source", "characteristic", "kind", "term", "by", "group", "wave", "pattern",
        "aspect", "detail", "finding", "threshold", "verified", "sentence", "measure", "better",
        "indicator", "session_number", "note",
    }
)  # fmt: skip
_BY_COLUMN = {(entry.table, column): entry for entry in FORMULAS for column in entry.columns}


def formula_of(table: str, column: str) -> Formula:
    """The entry of one column; ``ValueError`` where there is none.

    Examples
    --------
    >>> formula_of("effects", "d_rm").formula
    'd_z sqrt(2 (1 - r))'
    """
    found = _BY_COLUMN.get((table, column))
    if found is None:
        raise ValueError(f"table={table!r}, column={column!r}: no formula is registered")
    return found


def citation_text(entry: Formula) -> str:
    """Where a formula was published, with its DOI where one is held."""
    texts = [f"{one.text}, doi:{one.doi}" if one.doi else one.text for one in entry.citations]
    return "; ".join(texts)


def formulas_table() -> pd.DataFrame:
    """formulas.csv: a row for each column of each result table, after one for the notation.

    Examples
    --------
    >>> table = formulas_table()
    >>> table.loc[table["column"] == "d_rm", ["table", "formula"]].to_numpy().tolist()
    [['effects', 'd_z sqrt(2 (1 - r))']]
    """
    rows: list[dict[str, str]] = [{"name": "Notation", "formula": NOTATION}]
    rows += [
        {
            "table": entry.table,
            "column": column,
            "name": entry.name,
            "formula": entry.formula,
            "meaning": entry.meaning,
            "when_empty": reason_text(";".join(entry.undefined)),
            "reason_codes": ";".join(entry.undefined),
            "citation": "; ".join(one.text for one in entry.citations),
            "doi": "; ".join(one.doi for one in entry.citations if one.doi),
        }
        for entry in FORMULAS
        for column in entry.columns
    ]
    return pd.DataFrame(rows, columns=list(FORMULA_COLUMNS)).fillna("")
