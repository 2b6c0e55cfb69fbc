"""Measures whose change speaks against their direction; nothing is said of them before a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluation.analysis.direction_guard import Contradiction, find_contradictions
from evaluation.model import ALL_SITES

if TYPE_CHECKING:
    from evaluation.programme import Results

FIRST_AND_LAST = "baseline_end"


def find_contradicting(results: Results, site: str) -> dict[str, Contradiction]:
    """What speaks against a measure (``instrument.scale``) at one site, or in the programme.

    One scale of each questionnaire is looked at: subscales would outvote the others.
    """
    pairs = results.pairs.get(FIRST_AND_LAST)
    if pairs is None:
        return {}
    used = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
    if site != ALL_SITES:
        used = used[used["site"] == site]
    main = {
        f"{name}.{instrument.primary_scale}": instrument.scale(instrument.primary_scale)
        for name, instrument in results.instruments.items()
        if instrument.primary_scale is not None and not instrument.about_child
    }
    measures = used["instrument"].astype(str) + "." + used["scale"].astype(str)
    chosen = measures.isin(main)
    if not chosen.any():
        return {}
    changes = used[chosen].assign(
        measure=measures[chosen],
        person=used["site"].astype(str) + "/" + used["participant"].astype(str),
    )
    found = find_contradictions(
        changes[["person", "cluster", "measure", "before", "after"]],
        {measure: main[measure].better for measure in changes["measure"].unique()},
        labels={measure: scale.label for measure, scale in main.items()},
        level=results.settings.level,
    )
    return {contradiction.measure: contradiction for contradiction in found}
