"""The command that lists who is due: due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from evaluation.config import Settings
from evaluation.model import Dataset
from evaluation.programme import analyse
from evaluation.report import due_wording
from evaluation.report.worklist import worklist_csv, worklist_xlsx
from evaluation.tables.due import due_list, latest_modes
from instruments.definition import Instrument


def write_due(
    dataset: Dataset,
    settings: Settings,
    local: Sequence[Instrument],
    out: Path,
    *,
    data_lock: dt.date | None = None,
    today: dt.date | None = None,
) -> str:
    """Write the list as CSV, or as a workbook where the name ends so; tell what is in it.

    With a data lock what is dated later has not happened, and the list is for that day.
    """
    results = analyse(dataset, settings, data_lock=data_lock, extra_instruments=local)
    day = data_lock or today or dt.date.today()
    due = due_list(
        results.states,
        results.people,
        results.participants,
        today=day,
        modes=latest_modes(dataset.records),
    )
    if out.suffix.casefold() == ".xlsx":
        out.write_bytes(
            worklist_xlsx(due, day=day, data_lock=results.data_lock, synthetic=results.synthetic)
        )
    else:
        out.write_bytes(worklist_csv(due))
    lines = [due_wording.made_for_sentence(day, results.data_lock)]
    lines += due_wording.due_sentences(due, late_counts=not settings.exclude_outside_window)
    return "\n".join([*lines, f"Written to {out}: {len(due)} lines."])
