"""The whole analysis: a dataset in, every result table out, all sharing the same people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import pandas as pd

from evaluation.added_value import ADDED_VALUE
from evaluation.analysis.attrition import cascade, wave_states
from evaluation.analysis.change import ReliableChange
from evaluation.analysis.pairing import effective_waves
from evaluation.analysis.people import build_people
from evaluation.config import Settings, SettingsError
from evaluation.model import Dataset, rows_of_sites
from evaluation.scores import effective_instruments, score_dataset
from evaluation.tables.change import Cell, change_tables
from evaluation.tables.effects import effects_tables
from evaluation.tables.groups import Group, find_groups, paired_contrasts
from evaluation.tables.talking_therapies import talking_therapies_outcomes
from instruments.definition import Instrument
from instruments.sdq import SDQ_ADDED_VALUE


@dataclass(frozen=True)
class Results:
    """Every table of one analysis, and what it was worked out with.

    ``added_value`` are the rows of scores.csv that come from two questionnaires (SDQ); they are
    neither paired nor counted as questionnaires. ``talking_therapies`` is the table of nhs_tt.csv
    with ``n_couples``; it is empty unless PHQ-9 and GAD-7 are both there. ``precision`` are the
    exact standard errors of ``effects``, row by row. What takes longer (sites, couples, waves,
    maintenance, robustness) is worked out by :mod:`evaluation.tables.on_demand` when asked for,
    from ``groups``, ``waves`` and ``pairs``.
    """

    scores: pd.DataFrame
    added_value: pd.DataFrame
    effects: pd.DataFrame
    reliable_change: pd.DataFrame
    talking_therapies: pd.DataFrame
    change_details: dict[Cell, ReliableChange]
    attrition: pd.DataFrame
    states: pd.DataFrame
    people: pd.DataFrame
    instruments: dict[str, Instrument]
    data_lock: dt.date
    settings: Settings
    synthetic: bool
    n_after_lock: int
    precision: pd.DataFrame
    participants: pd.DataFrame
    service_use: pd.DataFrame
    indicators: pd.DataFrame

    @cached_property
    def site_names(self) -> tuple[str, ...]:
        """The sites that anything is known of, by name."""
        names = {*self.people["site"].unique(), *self.scores["site"].unique()}
        return tuple(sorted(names, key=str.casefold))

    @cached_property
    def waves(self) -> pd.DataFrame:
        """One score for each person, scale and wave, as every pair uses it."""
        return waves_in_use(self.scores, self.states, self.settings)

    @cached_property
    def pairs(self) -> dict[str, pd.DataFrame]:
        """The pairs of each contrast."""
        return paired_contrasts(self.waves, self.participants)

    @cached_property
    def groups(self) -> list[Group]:
        """Everybody and each site, on every scale and contrast; without subgroups."""
        return find_groups(self.pairs, self.participants, self.instruments)

    def of_sites(self, sites: Collection[str]) -> Results:
        """The results of these sites (by name), with nothing about any other or about all.

        Each number is the one of the whole analysis, so two people with different rights never
        see different numbers of one site.
        """
        tables = {
            part.name: rows_of_sites(value, sites)
            for part in fields(self)
            if isinstance(value := getattr(self, part.name), pd.DataFrame)
        }
        details = {cell: found for cell, found in self.change_details.items() if cell[0] in sites}
        chosen = replace(self, **tables, change_details=details, n_after_lock=0)
        pairs = {name: rows_of_sites(table, sites) for name, table in self.pairs.items()}
        groups = [group for group in self.groups if group.site in sites]
        # A site keeps the measures that only others used, as rows that say so.
        vars(chosen).update(waves=rows_of_sites(self.waves, sites), pairs=pairs, groups=groups)
        return chosen


def analyse(
    dataset: Dataset,
    settings: Settings,
    *,
    data_lock: dt.date | None = None,
    extra_instruments: Sequence[Instrument] = (),
) -> Results:
    """Score, pair, estimate and follow up; ``data_lock`` defaults to the latest date there is."""
    lock = data_lock or latest_date(dataset)
    dataset, n_after_lock = before_lock(dataset, lock)
    instruments = effective_instruments(settings.scoring, extra_instruments)
    check_measures(settings, instruments)
    scores = score_dataset(dataset, instruments, prorate=settings.scoring.prorate)
    is_added_value = scores["instrument"] == ADDED_VALUE
    scores, added_value = scores[~is_added_value], scores[is_added_value]
    people = build_people(
        dataset, scores, primary=settings.primary_measure if settings.primary else None
    )
    timing: dict[str, Any] = {
        "data_lock": lock,
        "follow_up": settings.follow_up or None,
        "expected_weeks": settings.expected_weeks,
    }
    states = wave_states(people, **timing)
    waves = waves_in_use(scores, states, settings)
    pairs = paired_contrasts(waves, dataset.participants)
    groups = find_groups(pairs, dataset.participants, instruments, settings.subgroups)
    effects, precision = effects_tables(groups, level=settings.level)
    change, details = change_tables(groups, settings)
    found = Results(
        scores=scores,
        added_value=added_value,
        effects=effects,
        reliable_change=change,
        talking_therapies=talking_therapies_outcomes(pairs, dataset.service_use),
        change_details=details,
        attrition=cascade(people, level=settings.level, states=states, **timing),
        states=states,
        people=people,
        instruments=instruments | {ADDED_VALUE: SDQ_ADDED_VALUE},
        data_lock=lock,
        settings=settings,
        synthetic=dataset.synthetic,
        n_after_lock=n_after_lock,
        precision=precision,
        participants=dataset.participants,
        service_use=dataset.service_use,
        indicators=dataset.indicators,
    )
    vars(found).update(waves=waves, pairs=pairs)
    return found


def check_measures(settings: Settings, instruments: dict[str, Instrument]) -> None:
    """Every measure that the rule file names exists, and no boundary points the wrong way.

    ``SettingsError`` names the first that does not.
    """
    published = [result.measure for result in settings.published]
    for measure in (*settings.measures, *settings.primary.values(), *published):
        name, _, scale_id = measure.partition(".")
        if name not in instruments or scale_id not in [s.id for s in instruments[name].scales]:
            raise SettingsError(f"The rule file names '{measure}', which is no measure known here.")
    for measure, rule in settings.measures.items():
        name, _, scale_id = measure.partition(".")
        clinical_is_low = instruments[name].scale(scale_id).better == "higher"
        if (
            rule.cutoff
            and rule.cutoff[0] in "<>"
            and clinical_is_low != rule.cutoff.startswith("<")
        ):
            raise SettingsError(
                f"'cutoff: {rule.cutoff}' of {measure} would call the better end of the scale "
                "clinical; turn the sign round."
            )


def latest_date(dataset: Dataset) -> dt.date:
    """The last date that the data hold; today if they hold none."""
    dates = [dataset.records["completed_on"]]
    dates += [dataset.service_use[name] for name in ("referred_on", "started_on", "ended_on")]
    known = pd.to_datetime(pd.concat(dates)).dropna()
    return dt.date.today() if known.empty else known.max().date()


def before_lock(dataset: Dataset, lock: dt.date) -> tuple[Dataset, int]:
    """The dataset without questionnaires dated after the lock, and how many those were."""
    late = pd.to_datetime(dataset.records["completed_on"]) > pd.Timestamp(lock)
    if not late.any():
        return dataset, 0
    return dataset.of_records(dataset.records[~late]), int(late.sum())


def waves_in_use(scores: pd.DataFrame, states: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """One score for each person, scale and wave, as far as the rule file lets it count."""
    waves = effective_waves(scores)
    return within_window(waves, states) if settings.exclude_outside_window else waves


def within_window(waves: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Scores without those given too early or too late for their wave, if the rule file says so."""
    outside = states[states["early"] | states["late"]]
    keys = ["site", "participant", "wave"]
    dropped = pd.MultiIndex.from_frame(waves[keys]).isin(pd.MultiIndex.from_frame(outside[keys]))
    return waves[~dropped]
