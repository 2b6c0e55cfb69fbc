"""spread_used.csv: who clearly changed by the spread of this group, and by that of the manual.

The points that a change needs are proportional to the spread they are worked out with, so this
shows how much of a result hangs on that choice.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evaluation.analysis.sd_comparison import compare_sds
from evaluation.config import Settings
from evaluation.model import CHANGE_COLUMNS, ChangeRule
from evaluation.tables.groups import Group, ordered, whole_groups

_PLACE = ("site", "instrument", "scale", "contrast")
SPREAD_COLUMNS = (
    *_PLACE, "sd_kind", "in_use",
    *(name for name in CHANGE_COLUMNS if name not in (*_PLACE, "method", "in_use")),
)  # fmt: skip


def spread_used_table(groups: Iterable[Group], settings: Settings) -> pd.DataFrame:
    """The rule in use for each group with its own spread and with the manual's.

    ``sd_kind`` is ``own``, ``manual`` or ``rule file``; ``in_use`` marks the one the results are
    made with. A scale without direction has one row.
    """
    rows: list[dict[str, object]] = []
    for group in whole_groups(groups):
        found = compare_sds(
            group.before,
            group.after,
            scale=group.scale,
            rule=settings.measures.get(group.measure, ChangeRule()),
            level=settings.level,
        )
        rows += [row | group.place for row in found]
    return ordered(rows, SPREAD_COLUMNS)
