"""Result tables as files: tidy types, full precision, nothing that a spreadsheet would execute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evaluation.ingest.files.cells import could_be_formula

COUNT_COLUMNS = frozenset(
    {
        "session_number", "n_answered", "n_items", "n", "n_couples", "n_excluded", "recovered",
        "improved", "unchanged", "deteriorated", "harmed", "crossed_not_reliable",
        "tied_with_cutoff", "clinical_at_start", "not_eligible", "not_yet_due", "window_open",
        "missed", "done", "cases_at_start", "reliable_improvement", "reliable_recovery", "k",
        "k_dropped", "n_both", "both_better", "discordant", "both_worse", "both_unchanged",
        "opposite", "n_before", "n_after", "n_scores", "maintained", "gain_lost", "late_gain",
        "worse_at_follow_up", "never", "lost_and_worse", "n_resamples",
        "n_kept", "n_lost", "couples_kept", "couples_lost", "waves", "patterns", "other_n",
        "other_couples", "other_lost", "n_unknown", "n_took_up", "n_measured",
        "reliably_improved", "both", "only_mother", "only_father", "only_one", "neither",
        "only_before", "only_after",
        "not_judged", "n_gap", "n_completers", "n_completer_couples", "n_lost_couples",
        "n_waiting", "n_not_asked", "m", "smallest_cell",
    }
)  # fmt: skip


def neutralise(text: str) -> str:
    """Text that no spreadsheet program takes for a formula; reading takes the ``'`` off again."""
    return "'" + text if could_be_formula(text) else text


def tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Counts as whole numbers, dates as ISO text, texts harmless, blanks empty."""
    result = {}
    for name in table.columns:
        column = table[name]
        if name in COUNT_COLUMNS and not _holds_text(column):
            result[name] = pd.to_numeric(column).astype("Int64")
        elif pd.api.types.is_datetime64_any_dtype(column):
            result[name] = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_numeric_dtype(column):
            result[name] = column
        else:
            result[name] = column.map(_harmless, na_action="ignore")
    return pd.DataFrame(result, index=table.index)


def _holds_text(column: pd.Series) -> bool:
    return any(isinstance(value, str) for value in column)


def _harmless(value: object) -> object:
    return neutralise(value) if isinstance(value, str) else value


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV in full precision.

    Every text stands in quotation marks: some programs end a row at a lone carriage return, or
    split at semicolons, and would take what follows for a cell of its own. Numbers stand bare.
    """
    clean = tidy(table)
    columns = [_written(clean[name]) for name in clean.columns]
    if len(columns) == 1:  # a blank line would be no row
        columns = [[field or '""' for field in columns[0]]]
    rows = zip(*columns, strict=True)
    lines = [",".join(_heading(str(name)) for name in clean.columns), *map(",".join, rows)]
    # What is no character in any encoding has been no text in the file it came from either.
    return ("\n".join(lines) + "\n").encode("utf-8", errors="replace")


def _written(column: pd.Series) -> list[str]:
    """Each cell of a column as it stands in the file."""
    blank = column.isna().tolist()
    return ["" if gone else _field(v) for v, gone in zip(column.tolist(), blank, strict=True)]


def _field(value: object) -> str:
    return _quoted(value) if isinstance(value, str) and value else str(value)


def _heading(name: str) -> str:
    return name if name.replace("_", "").replace(" ", "").isalnum() else _quoted(neutralise(name))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A table as a UTF-8 CSV file."""
    path.write_bytes(csv_bytes(table))
