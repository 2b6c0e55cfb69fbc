"""The whole analysis: a dataset in, every result table out, all sharing the same people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.added_value import ADDED_VALUE
from evaluation.analysis.attrition import cascade, wave_states
from evaluation.analysis.change import ReliableChange, jacobson_truax
from evaluation.analysis.effect import PairedEffect, paired_effect
from evaluation.analysis.pairing import contrasts_in, effective_waves, pair
from evaluation.analysis.people import build_people
from evaluation.analysis.talking_therapies import (
    ANXIETY,
    DEPRESSION,
    TALKING_THERAPIES_COLUMNS,
    pair_both_measures,
    talking_therapies_table,
)
from evaluation.config import Settings, SettingsError
from evaluation.model import (
    ALL_SITES,
    CHANGE_COLUMNS,
    EFFECT_COLUMNS,
    PRACTITIONER,
    ChangeRule,
    Dataset,
)
from evaluation.scores import effective_instruments, score_dataset
from instruments.definition import Instrument, Scale
from instruments.sdq import SDQ_ADDED_VALUE

PRACTITIONER_SUBGROUP = f"role={PRACTITIONER}"
# For these two questionnaires together: always the first, the others where anybody got so far.
TALKING_THERAPIES_CONTRASTS = ("baseline_end", "baseline_3m", "baseline_6m")
# site, instrument, scale, contrast
Cell = tuple[str, str, str, str]
# For somebody in the row a session was taken as the start or the end.
SESSION_STANDS_IN = "SESSION_STANDS_IN"
_EFFECT_FIELDS = [field.name for field in fields(PairedEffect)]


@dataclass(frozen=True)
class Results:
    """Every table of one analysis, and what it was worked out with.

    ``added_value`` are the rows of scores.csv that come from two questionnaires (SDQ); they are
    neither paired nor counted as questionnaires. ``talking_therapies`` is the table of nhs_tt.csv
    with ``n_couples``; it is empty unless PHQ-9 and GAD-7 are both there.
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
    _check_measures(settings, instruments)
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
    waves = effective_waves(scores)
    if settings.exclude_outside_window:
        waves = within_window(waves, states)
    pairs = paired_contrasts(waves, dataset.participants)
    effects, change, details = effect_tables(pairs, dataset.participants, instruments, settings)
    return Results(
        scores=scores,
        added_value=added_value,
        effects=effects,
        reliable_change=change,
        talking_therapies=talking_therapies_outcomes(pairs, dataset.service_use),
        change_details=details,
        attrition=cascade(people, level=settings.level, **timing),
        states=states,
        people=people,
        instruments=instruments | {ADDED_VALUE: SDQ_ADDED_VALUE},
        data_lock=lock,
        settings=settings,
        synthetic=dataset.synthetic,
        n_after_lock=n_after_lock,
    )


def _check_measures(settings: Settings, instruments: dict[str, Instrument]) -> None:
    """Every measure that the rule file names exists, and no boundary points the wrong way."""
    for measure in (*settings.measures, *settings.primary.values()):
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
    records = dataset.records[~late]

    def kept(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        chosen = {k: t[t.index.isin(records.index)] for k, t in tables.items()}
        return {k: t for k, t in chosen.items() if len(t)}

    trimmed = replace(
        dataset,
        records=records,
        answers=kept(dataset.answers),
        supplied=kept(dataset.supplied),
        reasons=dataset.reasons[dataset.reasons["record"].isin(records.index)],
    )
    return trimmed, int(late.sum())


def within_window(waves: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Scores without those given too early or too late for their wave, if the rule file says so."""
    outside = states[states["early"] | states["late"]]
    keys = ["site", "participant", "wave"]
    dropped = pd.MultiIndex.from_frame(waves[keys]).isin(pd.MultiIndex.from_frame(outside[keys]))
    return waves[~dropped]


def paired_contrasts(waves: pd.DataFrame, participants: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The pairs of each contrast, made once: every table below shares them."""
    roles = participants[["site", "participant", "role"]]
    return {
        f"{before}_{after}": pair(waves, roles, before=before, after=after)
        for before, after in (contrasts_in(waves["wave"]) if len(waves) else [])
    }


def talking_therapies_outcomes(
    pairs: dict[str, pd.DataFrame], service_use: pd.DataFrame
) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together, where anybody has both at the start."""
    start = pairs.get("baseline_end")
    if start is None or not {DEPRESSION, ANXIETY} <= set(start["instrument"]):
        return _ordered([], (*TALKING_THERAPIES_COLUMNS, "n_couples"))
    keys = ["site", "participant"]
    sessions = service_use[[*keys, "sessions_attended"]].drop_duplicates(keys)
    rows: list[dict] = []
    for contrast in TALKING_THERAPIES_CONTRASTS:
        both = pair_both_measures(pairs[contrast])
        both = both.merge(sessions.astype(dict.fromkeys(keys, object)), on=keys, how="left")
        found = talking_therapies_table(both, contrast=contrast)
        if contrast == "baseline_end" or found["n"].any():
            rows += found.to_dict("records")
    return _ordered(rows, (*TALKING_THERAPIES_COLUMNS, "n_couples"))


def effect_tables(
    pairs: dict[str, pd.DataFrame],
    participants: pd.DataFrame,
    instruments: dict[str, Instrument],
    settings: Settings,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[Cell, ReliableChange]]:
    """Effects and reliable change for each site and for all, every scale and contrast.

    Effects also for the subgroups that the rule file names. The third part says what each reliable
    change was worked out with.
    """
    traits = participants[["site", "participant", *settings.subgroups]]
    effects: list[dict] = []
    changes: list[dict] = []
    details: dict[Cell, ReliableChange] = {}
    for contrast, found in pairs.items():
        paired = found.merge(traits, on=["site", "participant"], how="left")
        for (instrument, scale_id), measured in paired.groupby(["instrument", "scale"], sort=False):
            scale = instruments[str(instrument)].scale(str(scale_id))
            where = {"instrument": instrument, "scale": scale_id, "contrast": contrast}
            rule = settings.measures.get(f"{instrument}.{scale_id}", ChangeRule())
            for label, people in _groups(measured, settings.subgroups):
                effects.append(_effect_row(people, scale, settings.level) | label | where)
                if not label["subgroup"]:
                    change = _change(people, scale, rule, settings.level)
                    changes += [row | {"site": label["site"]} | where for row in _rows_of(change)]
                    cell = (label["site"], str(instrument), str(scale_id), contrast)
                    details[cell] = change
    return _ordered(effects, EFFECT_COLUMNS), _ordered(changes, CHANGE_COLUMNS), details


def _groups(
    measured: pd.DataFrame, subgroups: Sequence[str]
) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """All parents together, each site's parents, their subgroups, and practitioners apart."""
    parents = measured[~measured["practitioner"]]
    staff = measured[measured["practitioner"]]
    groups: list[tuple[dict[str, str], pd.DataFrame]] = []
    if len(parents):
        groups.append(({"site": ALL_SITES, "subgroup": ""}, parents))
    for people, subgroup in ((parents, ""), (staff, PRACTITIONER_SUBGROUP)):
        groups += [
            ({"site": str(site), "subgroup": subgroup}, rows)
            for site, rows in people.groupby("site", sort=False)
        ]
    whole = [(label["site"], rows) for label, rows in groups if not label["subgroup"]]
    return groups + [
        ({"site": site, "subgroup": f"{name}={value}"}, part)
        for site, rows in whole
        for name in subgroups
        for value, part in rows.groupby(name)
        if value
    ]


def _used(people: pd.DataFrame) -> pd.DataFrame:
    return people[people["excluded"] == ""]


def _effect_row(people: pd.DataFrame, scale: Scale, level: float) -> dict:
    used = _used(people)
    effect = paired_effect(
        used["before"].to_numpy(float),
        used["after"].to_numpy(float),
        used["cluster"].to_numpy(object),
        better=scale.better,
        level=level,
    )
    row = {name: getattr(effect, name) for name in _EFFECT_FIELDS}
    if used["assumed"].any():
        row["reason"] = ";".join(filter(None, [row["reason"], SESSION_STANDS_IN]))
    return row | {"n_excluded": len(people) - len(used)}


def _change(people: pd.DataFrame, scale: Scale, rule: ChangeRule, level: float) -> ReliableChange:
    used = _used(people)
    before, after = used["before"].to_numpy(float), used["after"].to_numpy(float)
    return jacobson_truax(before, after, scale=scale, rule=rule, level=level)


def _rows_of(change: ReliableChange) -> list[dict]:
    """Its rows, each warned where only an unverified published value was to be had."""
    warnings = list(change.warnings)
    return [
        row | {"reason": ";".join(filter(None, [row["reason"], *warnings]))} for row in change.rows
    ]


def _ordered(rows: list[dict], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows by site (all sites first), measure and contrast, in the order they were found."""
    table = pd.DataFrame(rows).reindex(columns=list(columns))
    if table.empty:
        return table
    first = np.where(table["site"] == ALL_SITES, 0, 1)
    return (
        table.assign(first=first)
        .sort_values(["first", "site"], kind="stable")
        .drop(columns="first")
        .reset_index(drop=True)
    )
