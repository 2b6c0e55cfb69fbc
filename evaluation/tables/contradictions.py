"""Measures whose change speaks against their direction; nothing is said of them before a look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.analysis.direction_guard import Contradiction, find_contradictions
from evaluation.model import ALL_SITES

if TYPE_CHECKING:
    from evaluation.programme import Results
    from instruments.definition import Scale

FIRST_AND_LAST = "baseline_end"
# A site's name (or ``ALL``) and a measure of which somebody said: it is coded as the form says.
Looked = Collection[tuple[str, str]]
NOBODY_LOOKED: Looked = frozenset()


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What is not said of one site, or of the programme, by the id of the questionnaire.

    ``doubts``: why, for its own people together. ``sites``: the sites in doubt that are part of
    the programme; empty for one site. ``settled``: questionnaires of which it is told after all,
    because somebody has looked. All scores of a questionnaire rest on the same answers, so a
    doubt about its main score is one about all of them.
    """

    doubts: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()

    def doubt(self, measure: str) -> str:
        """What speaks against a measure (``instrument.scale``); empty if nothing does."""
        return self.doubts.get(_questionnaire(measure), "")

    def was_looked_at(self, measure: str) -> bool:
        """Whether something spoke against a measure and somebody has looked."""
        return _questionnaire(measure) in self.settled

    def sites_of(self, measure: str) -> tuple[str, ...]:
        """The sites whose part in a measure of the programme is in doubt."""
        return self.sites.get(_questionnaire(measure), ())


def find_contradicting(results: Results, site: str) -> dict[str, Contradiction]:
    """What speaks against a measure (``instrument.scale``) at one site, or in the programme.

    One scale of each questionnaire is looked at: subscales would outvote the others.
    """
    return _found(_changes(results, site), results)


def find_contradicting_sites(results: Results) -> dict[str, dict[str, Contradiction]]:
    """The same of every site in which something is found, in the order of their names."""
    by_site = _changes(results, ALL_SITES).groupby("site", sort=False, observed=True)
    found = {str(site): _found(changes, results) for site, changes in by_site}
    return {site: found[site] for site in sorted(found, key=str.casefold) if found[site]}


def find_held_back(
    results: Results, site: str = ALL_SITES, *, looked: Looked = NOBODY_LOOKED
) -> HeldBack:
    """What is not said of a site, or of the programme (``ALL``), before somebody has looked.

    Parameters
    ----------
    results : Results
    site : str
        Name of a site, or ``ALL``.
    looked : collection of (str, str)
        Sites (or ``ALL``) and measures of which somebody has compared the answers with the form.
    """
    if site != ALL_SITES:
        return held_back(find_contradicting(results, site), site=site, looked=looked)
    everywhere = find_contradicting_sites(results)
    return held_back(find_contradicting(results, ALL_SITES), everywhere, looked=looked)


def held_back(
    found: Mapping[str, Contradiction],
    everywhere: Mapping[str, Mapping[str, Contradiction]] | None = None,
    *,
    site: str = ALL_SITES,
    looked: Looked = NOBODY_LOOKED,
) -> HeldBack:
    """What is left of contradictions that are found, after what was looked at.

    A doubt about the programme is settled as well by a look at each site that is in doubt.
    """
    elsewhere = everywhere or {}
    doubted = {m: tuple(n for n, one in elsewhere.items() if m in one)
               for m in dict.fromkeys(m for one in elsewhere.values() for m in one)}  # fmt: skip
    waiting = {
        measure: tuple(name for name in names if (name, measure) not in looked)
        for measure, names in doubted.items()
    }
    settled = {measure for measure, names in waiting.items() if not names}
    settled |= {measure for measure in found if (site, measure) in looked}
    doubts = {
        _questionnaire(measure): one.sentence
        for measure, one in found.items()
        if measure not in settled
    }
    sites = {_questionnaire(measure): names for measure, names in waiting.items() if names}
    told = {_questionnaire(measure) for measure in settled} - {*doubts, *sites}
    return HeldBack(doubts, sites, frozenset(told))


def sites_in_doubt(
    results: Results, sites: Collection[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """The sites at which a measure is in doubt, whoever has looked, by the measure's label."""
    main = _main_scales(results)
    found: dict[str, tuple[str, ...]] = {}
    for site, measures in find_contradicting_sites(results).items():
        for measure in measures if sites is None or site in sites else ():
            label = main[measure].label
            found[label] = (*found.get(label, ()), site)
    return found


def _questionnaire(measure: str) -> str:
    return measure.partition(".")[0]


def _main_scales(results: Results) -> dict[str, Scale]:
    return {
        f"{name}.{instrument.primary_scale}": instrument.scale(instrument.primary_scale)
        for name, instrument in results.instruments.items()
        if instrument.primary_scale is not None and not instrument.about_child
    }


def _changes(results: Results, site: str) -> pd.DataFrame:
    """Scores at the start and the end on the main scale of each questionnaire; ``ALL``: of all."""
    columns = ["site", "person", "cluster", "measure", "before", "after"]
    pairs = results.pairs.get(FIRST_AND_LAST)
    if pairs is None:
        return pd.DataFrame(columns=columns)
    if site != ALL_SITES:
        pairs = pairs[pairs["site"] == site]
    main = {name.partition(".")[0]: name for name in _main_scales(results)}
    scales = {name: measure.partition(".")[2] for name, measure in main.items()}
    chosen = (pairs["excluded"] == "") & ~pairs["practitioner"]
    chosen &= pairs["scale"] == pairs["instrument"].map(scales)
    used = pairs[chosen]
    return used.assign(
        measure=used["instrument"].map(main).astype(str),
        person=used["site"].astype(str) + "/" + used["participant"].astype(str),
    )[columns]


def _found(changes: pd.DataFrame, results: Results) -> dict[str, Contradiction]:
    if changes.empty:
        return {}
    main = _main_scales(results)
    found = find_contradictions(
        changes[["person", "cluster", "measure", "before", "after"]],
        {measure: main[measure].better for measure in changes["measure"].unique()},
        labels={measure: scale.label for measure, scale in main.items()},
        level=results.settings.level,
    )
    return {contradiction.measure: contradiction for contradiction in found}
