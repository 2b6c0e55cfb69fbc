"""The rows behind a number: everybody with the earlier score, who counts, and who does not and why.

Nothing is worked out again: the pairs are those that every table is made of, the classes come from
the rule that is in use for the group.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.change import CHANGE_CLASSES, classify_change
from evaluation.analysis.change_inputs import direction_of
from evaluation.analysis.pairing import UNIT, effective_waves
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.tables.change import Cell, cutoff_in_use, points_in_use
from evaluation.tables.groups import PRACTITIONER_SUBGROUP

if TYPE_CHECKING:
    from evaluation.programme import Results

ROW_COLUMNS = (
    "site", "participant", "couple", "child", "informant", "before_on", "after_on", "before",
    "after", "improvement", "used", "why_not", "state", "reason", "change_class",
    "session_stands_in",
)  # fmt: skip
PAIR_COLUMNS = (
    "site", "subgroup", "instrument", "scale", "contrast", *ROW_COLUMNS[1:], "change_class_all",
)  # fmt: skip
# Why somebody with the earlier score does not count.
NO_LATER_SCORE, DATES_OUT_OF_ORDER = "no_later_score", "dates_out_of_order"
OUTSIDE_WINDOW, LATER_NOT_SCORED = "outside_window", "later_not_scored"
_PERSON = ["site", "participant"]


def rows_behind(
    results: Results, *, site: str, measure: str, contrast: str, subgroup: str = ""
) -> pd.DataFrame:
    """Everybody who is in a row of the effects, or is left out of it.

    Parameters
    ----------
    results : Results
        Of one analysis.
    site : str
        Name of a site, or ``ALL`` for the programme.
    measure : str
        ``instrument.scale``.
    contrast : str
        Such as ``baseline_end``.
    subgroup : str
        As in the effects: blank, ``role=practitioner``, or a trait of the participants such as
        ``role=mother``.

    Returns
    -------
    DataFrame
        ROW_COLUMNS, one row for each person (or child and informant) with the earlier score.
        ``improvement`` is positive where things got better, and empty for who is not used.
        ``used`` is ``yes`` or ``no``; then ``why_not`` is ``no_later_score``,
        ``later_not_scored``, ``outside_window`` (the rule file leaves such scores out) or
        ``dates_out_of_order``; ``state`` is what is known of that time (see
        :func:`evaluation.analysis.wave_states.wave_states`) and ``reason`` the code behind it.
        A later score that does not count is shown all the same. ``change_class`` is by the rule
        in use for the site (of a subgroup: for its whole site), blank where there is none.

    Raises
    ------
    ValueError
        If the measure is not ``instrument.scale`` of a known questionnaire, the contrast is not two
        waves, or the subgroup is not ``trait=value`` with a trait of the participants.

    Notes
    -----
    For every row of the effects: rows used = ``n``, rows not used = ``n_excluded``, and the mean
    of their ``improvement`` = ``improvement``.
    """
    instrument, scale_id = _known_measure(results, measure)
    trait, value = _known_trait(results, subgroup)
    if contrast.count("_") != 1:
        raise ValueError(f"contrast={contrast!r}: two waves such as 'baseline_end' are needed")
    pairs = results.pairs.get(contrast)
    if pairs is None:
        return pd.DataFrame(columns=list(ROW_COLUMNS))
    chosen = (pairs["instrument"] == instrument) & (pairs["scale"] == scale_id)
    chosen &= pairs["practitioner"] == (subgroup == PRACTITIONER_SUBGROUP)
    if site != ALL_SITES:
        chosen &= pairs["site"] == site
    rows = pairs[chosen]
    if trait and subgroup != PRACTITIONER_SUBGROUP:
        people = results.participants
        members = people.loc[people[trait] == value, _PERSON]
        place = pd.MultiIndex.from_frame(rows[_PERSON])
        rows = rows[place.isin(pd.MultiIndex.from_frame(members))]
    found = _explained(results, rows, contrast)
    cell = (site, instrument, scale_id, contrast)
    # Practitioners are in no group that reliable change is worked out for.
    practitioners = subgroup == PRACTITIONER_SUBGROUP
    found["change_class"] = "" if practitioners else _classes(results, found, cell)
    return found[list(ROW_COLUMNS)].reset_index(drop=True)


def pairs_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """pairs.csv: the rows behind every effect, of the sites in ``only`` or of all sites.

    About single people, so it is never released. ``subgroup`` is ``role=practitioner`` or blank.
    ``change_class`` is by the rule of the person's site, ``change_class_all`` by that of all sites
    together (blank with ``only``).
    """
    parts = []
    for contrast, pairs in results.pairs.items():
        rows = pairs if only is None else pairs[pairs["site"].isin(only)]
        if len(rows):
            parts.append(_explained(results, rows, contrast))
    if not parts:
        return pd.DataFrame(columns=list(PAIR_COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    blank = pd.Series("", index=table.index, dtype=object)
    table = table.assign(change_class=blank, change_class_all=blank)
    parents = table[table["subgroup"] == ""]
    measured = ["instrument", "scale", "contrast"]
    for cell, rows in parents.groupby(["site", *measured], sort=False):
        table.loc[rows.index, "change_class"] = _classes(results, rows, cell)
    if only is None:
        for names, rows in parents.groupby(measured, sort=False):
            found = _classes(results, rows, (ALL_SITES, *names))
            table.loc[rows.index, "change_class_all"] = found
    return table[list(PAIR_COLUMNS)]


def _known_measure(results: Results, measure: str) -> tuple[str, str]:
    name, _, scale_id = measure.partition(".")
    known = results.instruments.get(name)
    if known is None or scale_id not in [scale.id for scale in known.scales]:
        raise ValueError(f"measure={measure!r}: an 'instrument.scale' known here is needed")
    return name, scale_id


def _known_trait(results: Results, subgroup: str) -> tuple[str, str]:
    trait, sign, value = subgroup.partition("=")
    if subgroup and (not sign or trait not in results.participants.columns):
        raise ValueError(
            f"subgroup={subgroup!r}: 'trait=value' with a trait of the participants is needed"
        )
    return trait, value


def _explained(results: Results, pairs: pd.DataFrame, contrast: str) -> pd.DataFrame:
    """Pairs of one contrast with dates, improvement, and why a row does not count."""
    before, after = contrast.split("_", 1)
    rows = pairs.rename(columns={"assumed": "stands_in"}).reset_index(drop=True)
    rows = rows.merge(_days(results.waves, before, "before_on"), on=UNIT, how="left")
    rows = rows.merge(_later_scores(results, after), on=UNIT, how="left")
    used = rows["excluded"] == ""
    rows["after"] = rows["after"].where(used, rows.pop("later"))
    sign = {
        measure: _direction(results, *measure)
        for measure in rows[["instrument", "scale"]].drop_duplicates().itertuples(index=False)
    }
    direction = [sign[key] for key in zip(rows["instrument"], rows["scale"], strict=True)]
    change = (rows["after"] - rows["before"]) * np.asarray(direction, dtype=float)
    rows["improvement"] = change.where(used)
    rows["used"] = np.where(used, "yes", "no")
    rows["session_stands_in"] = np.where(rows["stands_in"], "yes", "no")
    rows["subgroup"] = np.where(rows["practitioner"], PRACTITIONER_SUBGROUP, "")
    return _with_reasons(results, rows.assign(contrast=contrast), after)


def _with_reasons(results: Results, rows: pd.DataFrame, after: str) -> pd.DataFrame:
    """Why each row that is not used is not, and what is known of the later time."""
    states = results.states.loc[
        results.states["wave"] == after, [*_PERSON, "state", "reason"]
    ].astype(object)
    rows = rows.merge(states, on=_PERSON, how="left")
    unscored = results.scores
    unscored = unscored[(unscored["wave"] == after) & (unscored["status"] == "not_scored")]
    unscored = unscored[[*UNIT, "reason"]].drop_duplicates(UNIT)
    rows = rows.merge(unscored, on=UNIT, how="left", suffixes=("", "_unscored"))
    missing = rows["excluded"] == NO_LATER_SCORE
    conditions = [~missing, rows["after"].notna(), rows["reason_unscored"].notna()]
    codes = [rows["excluded"], OUTSIDE_WINDOW, LATER_NOT_SCORED]
    rows["why_not"] = np.select(conditions, codes, default=NO_LATER_SCORE)
    rows["state"] = rows["state"].fillna("").where(missing, "")
    unscored_reason = rows["why_not"] == LATER_NOT_SCORED
    reason = rows["reason_unscored"].where(unscored_reason, rows["reason"]).fillna("")
    rows["reason"] = reason.where(missing & (rows["why_not"] != OUTSIDE_WINDOW), "")
    return rows


def _days(waves: pd.DataFrame, wave: str, name: str) -> pd.DataFrame:
    rows = waves.loc[waves["wave"] == wave, [*UNIT, "completed_on"]]
    return rows.drop_duplicates(UNIT).rename(columns={"completed_on": name})


def _later_scores(results: Results, wave: str) -> pd.DataFrame:
    """Every later score there is, also those that the rule file leaves out, with its day."""
    left_out = results.settings.exclude_outside_window
    waves = effective_waves(results.scores) if left_out else results.waves
    rows = waves.loc[waves["wave"] == wave, [*UNIT, "completed_on", "score"]]
    rows = rows.drop_duplicates(UNIT)
    return rows.rename(columns={"completed_on": "after_on", "score": "later"})


def _direction(results: Results, instrument: str, scale_id: str) -> float:
    better = results.instruments[instrument].scale(scale_id).better
    return np.nan if better == "neither" else direction_of(better)


def _classes(results: Results, rows: pd.DataFrame, cell: Cell) -> pd.Series:
    """The class of each used row by the rule in use for a cell; blank where there is none."""
    _, instrument, scale_id, _ = cell
    scale = results.instruments[instrument].scale(scale_id)
    detail = results.change_details.get(cell)
    points = points_in_use(detail)
    classes = pd.Series("", index=rows.index, dtype=object)
    used = rows["used"] == "yes"
    if np.isnan(points) or not used.any():
        return classes
    rule = results.settings.measures.get(f"{instrument}.{scale_id}", ChangeRule())
    found = classify_change(
        rows.loc[used, "before"].to_numpy(float),
        rows.loc[used, "after"].to_numpy(float),
        better=scale.better,
        rc_points=points,
        cutoff=cutoff_in_use(detail, scale, rule),
    )
    classes[used] = np.asarray(CHANGE_CLASSES, dtype=object)[found.codes]
    return classes
