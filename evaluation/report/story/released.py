"""The released tables that a report is made of, of one site or of all together.

Where another site decides what is hidden (all together beside a single hidden site, or the use of
support), the table of every site is released and only then the rows are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from evaluation import disclosure
from evaluation.disclosure.decision import Decision, decide, ensure_released
from evaluation.disclosure.evidence import release_evidence
from evaluation.disclosure.lost_and_kept import release_lost_vs_kept
from evaluation.disclosure.sensitivity import release_sensitivity
from evaluation.disclosure.service_use import release_service_use
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.evidence_wording import add_sentences
from evaluation.report.findings import SUPPRESSED
from evaluation.report.measures import headline_measure, main_contrast, rows_of, split, steps_in_use
from evaluation.report.wording import Row
from evaluation.tables.contradictions import NOBODY_LOOKED, HeldBack, Looked, find_held_back
from evaluation.tables.evidence import evidence_table
from evaluation.tables.lost_and_kept import lost_vs_kept_table
from evaluation.tables.sensitivity import sensitivity_table
from evaluation.tables.service_use import service_use_table
from evaluation.tables.sites import site_tables
from instruments.definition import Instrument, Scale

# One of the three assumed correlations is enough for a report.
SHOWN_RHO = "0.27"


@dataclass(frozen=True)
class Released:
    """What may be told of one site (``site``), or of all together (``ALL``).

    ``beside`` and ``attrition_beside`` hold every site for the report of the programme, else
    nothing. ``held`` is what nobody may be told before the answers were looked at. ``decision``:
    whether these tables may leave.
    """

    results: Results
    site: str
    effects: pd.DataFrame
    change: pd.DataFrame
    attrition: pd.DataFrame
    lost: pd.DataFrame
    evidence: pd.DataFrame
    service: dict[str, Row]
    beside: pd.DataFrame
    attrition_beside: pd.DataFrame
    held: HeldBack
    decision: Decision

    @property
    def whole(self) -> bool:
        """Whether it is about the programme."""
        return self.site == ALL_SITES

    @property
    def cascade(self) -> pd.DataFrame:
        """The steps of people that the site uses."""
        rows = self.attrition
        return steps_in_use(rows[rows["unit"] == "person"])

    @cached_property
    def measures(self) -> list[str]:
        """The main measure of each questionnaire in use, the headline measure first."""
        names = dict.fromkeys(self.effects["instrument"])
        mains = [m for m in (self._main_measure(name) for name in names) if m]
        first = headline_measure(self.results, self.site)
        mains.sort(key=lambda m: (m != first, self.scale(m)[1].label.casefold()))
        return mains

    def _main_measure(self, instrument: str) -> str | None:
        rows = self.effects[self.effects["instrument"] == instrument]
        named = self.results.settings.primary_measure("*" if self.whole else self.site)
        scales = list(dict.fromkeys(rows["scale"]))
        if named.startswith(f"{instrument}.") and named.partition(".")[2] in scales:
            return named
        primary = self.results.instruments[instrument].primary_scale
        chosen = primary if primary in scales else next(iter(scales), None)
        return None if chosen is None else f"{instrument}.{chosen}"

    @cached_property
    def headline(self) -> str | None:
        """The measure to speak of first: one of which numbers may be shown, if there is one."""
        measures = [m for m in self.measures if self.scale(m)[1].may_be_headline]
        shown = [m for m in measures if self.is_shown(m)]
        return next(iter((*shown, *measures)), None)

    def is_shown(self, measure: str) -> bool:
        """Whether any average of it may be told."""
        return bool(rows_of(self.effects, measure)["improvement"].notna().any())

    def scale(self, measure: str) -> tuple[Instrument, Scale]:
        """The questionnaire and the scale of a measure."""
        return split(measure, self.results.instruments)

    def doubt(self, measure: str) -> str:
        """Why nothing is said of a measure's change; empty where it may be told."""
        return self.held.doubt(measure)

    def sites_in_doubt(self) -> dict[str, tuple[str, ...]]:
        """The sites whose part is in doubt, by the label of the measure."""
        found = ((self.scale(m)[1].label, self.held.sites_of(m)) for m in self.measures)
        return {label: sites for label, sites in found if sites}

    def main_row(self, measure: str) -> Row | None:
        """The change to speak of: the first that is shown, else the first that anybody has."""
        rows = rows_of(self.effects, measure)
        shown = rows[rows["improvement"].notna()]
        if len(shown):
            return dict(shown.iloc[0].to_dict())
        hidden = rows[rows["reason"] == SUPPRESSED]
        return dict(hidden.iloc[0].to_dict()) if len(hidden) else main_contrast(rows)

    def change_row(self, effect: Row) -> Row | None:
        """The classes of change of the same people, by the rule in use."""
        rows = self.change
        for name in ("instrument", "scale", "contrast"):
            rows = rows[rows[name] == effect[name]]
        return dict(rows.iloc[0].to_dict()) if len(rows) else None

    def sensitivity(self, effect: Row) -> list[Row]:
        """The ways to allow for those lost, for one change that may be told."""
        if effect["reason"] == SUPPRESSED or not str(effect["contrast"]).startswith("baseline_"):
            return []
        results, measure = self.results, f"{effect['instrument']}.{effect['scale']}"
        # All together are hidden beside a single hidden site, so every site is needed for them.
        table = sensitivity_table(
            results, None if self.whole else [self.site],
            measure=measure, contrast=str(effect["contrast"]),
        )  # fmt: skip
        table = release_sensitivity(table, results.effects, results.settings.disclosure)
        return list(table[table["site"] == self.site].to_dict("records"))

    def average(self, effect: Row) -> Row | None:
        """The average in points over the sites that may be shown, of one measure and change."""
        effects, precision = self.results.effects, self.results.precision
        shown = ~disclosure.few_people(effects, self.results.settings.disclosure)
        chosen = effects["subgroup"] == ""
        for name in ("instrument", "scale", "contrast"):
            chosen &= effects[name] == effect[name]
        table, _ = site_tables(
            effects[chosen], precision[chosen.to_numpy()],
            level=self.results.settings.level, pooled=shown[chosen],
        )  # fmt: skip
        table = disclosure.release_sites(table, self.results.settings.disclosure)
        table = table[(table["unit"] == "points") & (table["method"] == "REML")]
        return dict(table.iloc[0].to_dict()) if len(table) else None


def released_tables(results: Results, site: str, *, looked: Looked = NOBODY_LOOKED) -> Released:
    """Everything that the report of a site, or of all sites (``ALL``), may be made of.

    ``looked`` names the sites and measures of which somebody has compared the answers.
    """
    rule = results.settings.disclosure
    whole = site == ALL_SITES
    only = None if whole else [site]

    def rows(table: pd.DataFrame) -> pd.DataFrame:
        return table if whole else table[table["site"] == site]

    effects = disclosure.release_effects(rows(results.effects), rule)
    effects = effects[effects["subgroup"] == ""]
    change = rows(results.reliable_change)
    change = disclosure.release_change(change[change["in_use"] == "yes"], results.effects, rule)
    attrition = disclosure.release_attrition(rows(results.attrition), rule)
    lost = lost_vs_kept_table(results, only=only)
    evidence = evidence_table(results, lost=lost, only=only)
    evidence = release_evidence(evidence, results.attrition, results.effects, rule)
    held = find_held_back(results, site, looked=looked)
    evidence = evidence[(evidence["site"] == site) & ~evidence["instrument"].isin(held.doubts)]
    repeated = (evidence["aspect"] == "selection_bias") & (evidence["detail"] != SHOWN_RHO)
    service = release_service_use(service_use_table(results), rule)
    lost = release_lost_vs_kept(lost, rule)

    def told(table: pd.DataFrame) -> pd.DataFrame:
        return table if whole else table[table["site"] == site]

    tables = {
        "effects": told(effects), "reliable_change": told(change), "attrition": told(attrition),
        "lost_vs_kept": told(lost), "evidence": evidence, "service_use": told(service),
    }  # fmt: skip
    ensure_released(tables, rule)
    return Released(
        results=results,
        site=site,
        effects=_in_use(effects[effects["site"] == site]),
        change=change[change["site"] == site],
        attrition=attrition[attrition["site"] == site],
        lost=lost[lost["site"] == site],
        evidence=add_sentences(evidence[~repeated], results.instruments),
        service={
            row["measure"]: row for row in service[service["site"] == site].to_dict("records")
        },
        beside=_in_use(effects[effects["site"] != ALL_SITES]) if whole else effects.iloc[:0],
        attrition_beside=attrition[attrition["site"] != ALL_SITES] if whole else attrition.iloc[:0],
        held=held,
        decision=decide({}, tables, rule),
    )


def _in_use(effects: pd.DataFrame) -> pd.DataFrame:
    """Changes that somebody has, be they shown or hidden."""
    n = pd.to_numeric(effects["n"])
    return effects[(n != 0) | (effects["reason"] == SUPPRESSED)]
