"""dropout.csv and differential_attrition.csv: whom we lose, by what was known before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.difference_test import difference_p
from evaluation.analysis.dropout_model import Covariate, DropoutModel, dropout_model
from evaluation.analysis.lost_and_kept import LEAST_TO_COMPARE
from evaluation.analysis.proportions import newcombe_difference
from evaluation.analysis.severity import split_by_severity
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.tables.change import cutoff_in_use
from evaluation.tables.lost_and_kept import (
    PERSON,
    SESSIONS,
    UNDATED,
    characteristics,
    in_a_couple,
    judged_people,
    places,
    score_name,
    traits,
)

if TYPE_CHECKING:
    from evaluation.programme import Results

DROPOUT_COLUMNS = (
    "site", "step", "term", "odds_ratio", "low", "high", "p", "n", "n_lost", "n_couples", "auc",
    "lr", "df", "p_lr", "method", "left_out", "smallest_cell", "reason",
)  # fmt: skip
DIFFERENTIAL_COLUMNS = (
    "site", "step", "by", "group", "n", "n_couples", "n_lost", "rate", "other_n", "other_couples",
    "other_lost", "other_rate", "difference", "low", "high", "p", "reason",
)  # fmt: skip
START, ANSWERED_END, END = "score_at_start", "answered_at_end", "score_at_end"
BY = ("site", "role", "reporters", "severity")
TWO, ONE = "two", "one"
NAN = float("nan")
Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What is known of the parents, in the order of ``index``; ``""`` and NaN = not known."""

    index: pd.MultiIndex
    values: pd.DataFrame
    role: Texts
    together: NDArray[np.bool_]
    measures: dict[str, str]

    @classmethod
    def of(cls, results: Results) -> _Known:
        values, _ = characteristics(results)
        index = values.index
        people = results.people[[*PERSON, "couple"]].astype(object)
        reported = people["couple"].where(results.people["done_baseline"].to_numpy(bool), "")
        return cls(
            index=index,
            values=values,
            role=traits(results, index)["role"].to_numpy(object),
            together=in_a_couple(people.assign(couple=reported)),
            measures=main_measures(results, values),
        )


def main_measures(results: Results, known: pd.DataFrame) -> dict[str, str]:
    """The measure of each site that speaks for the start: the primary one, or the commonest.

    Without a rule file the commonest at the start among the main scales of the questionnaires.
    """
    main = {
        f"{name}.{instrument.primary_scale}" for name, instrument in results.instruments.items()
    }
    starts = [name for name in known.columns if str(name).endswith(" at baseline")]
    chosen: dict[str, str] = {}
    counts = known[starts].notna().groupby(level="site", sort=False).sum()
    for site, row in counts.iterrows():
        named = results.settings.primary_measure(str(site))
        usual = [name for name in starts if name.removesuffix(" at baseline") in main]
        there = row[usual] if usual else row
        if named:
            chosen[str(site)] = named
        elif len(there) and there.max() > 0:
            chosen[str(site)] = str(there.idxmax()).removesuffix(" at baseline")
    return chosen


def dropout_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """Odds of being lost: one logistic model for each site (and ``ALL``) and step.

    Terms, the most important first: ``score_at_start`` and, at follow-ups, ``answered_at_end``
    and ``score_at_end`` of those who did (for one SD worse on the site's main measure),
    ``role=...`` against the commonest role, ``sessions_attended``, ``site=...`` against the
    largest site. What the losses cannot carry is left out; its row says why in ``left_out``.
    ``smallest_cell`` = fewest lost or kept in any level of a term that stands for a group.
    """
    judged = judged_people(results)
    rows: list[dict[str, object]] = []
    if len(judged):
        known = _Known.of(results)
        number = known.index.get_indexer(pd.MultiIndex.from_frame(judged[PERSON]))
        scores = {wave: _worse(results, known, wave) for wave in ("baseline", "end")}
        for site, step, at in places(judged, only):
            chosen, people = judged.iloc[at], number[at]
            start, end = (scores[wave][people] for wave in ("baseline", "end"))
            covariates = [Covariate(START, (START,), start[:, None])]
            if step != "end" and not np.isnan(end).all():
                covariates += _at_end(end)
            covariates += _factor("role", known.role[people])
            if SESSIONS in known.values:
                attended = known.values[SESSIONS].to_numpy(float)[people]
                covariates.append(Covariate(SESSIONS, (SESSIONS,), attended[:, None]))
            if site == ALL_SITES:
                covariates += _factor("site", chosen["site"].to_numpy(object))
            covariates = [one for one in covariates if not np.isnan(one.values).all()]
            lost = chosen["lost"].to_numpy(bool)
            found = dropout_model(lost, covariates, chosen["cluster"], level=results.settings.level)
            undated = UNDATED if chosen["undated"].any() else ""
            cells = {one.name: _smallest_cell(one, lost) for one in covariates}
            rows += [{"site": site, "step": step} | row for row in _rows_of(found, cells, undated)]
    return pd.DataFrame(rows, columns=list(DROPOUT_COLUMNS))


def _worse(results: Results, known: _Known, wave: str) -> NDArray[np.float64]:
    """Each person's score on the site's main measure, in SDs of the start; positive = worse."""
    result = np.full(len(known.index), NAN)
    site = known.index.get_level_values("site").to_numpy(object)
    for name, measure in known.measures.items():
        instrument, _, scale_id = measure.partition(".")
        scale = results.instruments[instrument].scale(scale_id)
        start, here = (score_name(instrument, scale_id, at) for at in ("baseline", wave))
        if scale.better == "neither" or start not in known.values or here not in known.values:
            continue
        mean, spread = known.values[start].mean(), known.values[start].std()
        if spread > 0:
            sign = -1.0 if scale.better == "higher" else 1.0
            mine = site == name
            result[mine] = sign * (known.values[here].to_numpy(float)[mine] - mean) / spread
    return result


def _at_end(end: NDArray[np.float64]) -> list[Covariate]:
    """Whether there is a score of the end, and how bad it was: nobody without one is left out."""
    there = ~np.isnan(end)
    apart = np.where(there, end - end[there].mean(), 0.0)
    return [
        Covariate(ANSWERED_END, (ANSWERED_END,), there.astype(float)[:, None]),
        Covariate(END, (END,), apart[:, None]),
    ]


def _factor(name: str, values: Texts) -> list[Covariate]:
    """All levels against the commonest; blank = not known. Nothing where there is one level."""
    levels, counts = np.unique(values[values != ""].astype(str), return_counts=True)
    if levels.size < 2:
        return []
    others = np.delete(levels, int(counts.argmax()))
    columns = (values[:, None] == others[None, :]).astype(float)
    columns[values == ""] = NAN
    return [Covariate(name, tuple(f"{name}={level}" for level in others), columns)]


def _smallest_cell(one: Covariate, lost: NDArray[np.bool_]) -> float:
    """The fewest lost or kept in any level; NaN for a number."""
    known = ~np.isnan(one.values).any(axis=1)
    values = one.values[known]
    if not values.size or not np.isin(values, (0.0, 1.0)).all():
        return NAN
    levels = np.column_stack([values, 1 - values.sum(axis=1)])
    gone = lost[known].astype(float)
    return float(min((gone @ levels).min(), ((1 - gone) @ levels).min()))


def _rows_of(
    found: DropoutModel, cells: dict[str, float], undated: str
) -> Iterator[dict[str, object]]:
    common: dict[str, object] = {
        name: getattr(found, name)
        for name in ("n", "n_lost", "n_couples", "auc", "lr", "df", "p_lr", "method")
    }
    common |= {"left_out": "", "reason": ";".join(filter(None, [found.reason, undated]))}
    if not found.terms:
        yield common | {"term": ""}
    for term in found.terms:
        yield common | {
            "term": term.name,
            "odds_ratio": term.odds_ratio,
            "low": term.low,
            "high": term.high,
            "p": term.p,
            "smallest_cell": cells[term.covariate],
        }
    for name, why in found.left_out:
        reasons = dict.fromkeys(filter(None, [why, *str(common["reason"]).split(";")]))
        yield common | {
            "term": name,
            "left_out": why,
            "smallest_cell": cells[name],
            "reason": ";".join(reasons),
        }


def differential_attrition_table(
    results: Results, *, only: Collection[str] | None = None
) -> pd.DataFrame:
    """Whether one group is lost more often than the others: sites, roles, reporters, severity.

    ``rate`` = share lost of those kept or lost; ``difference`` = group minus all others whose
    group is known; ``low`` and ``high`` after Newcombe, which takes people for independent; ``p``
    allows for couples. Sites are compared in the rows of ``ALL`` only; ``reporters`` tells
    couples of whom both answered at the start (``two``) from everybody else (``one``);
    ``severity`` divides at the cut-off in use of the site's main measure, or at its median.
    """
    judged = judged_people(results)
    rows: list[dict[str, object]] = []
    if len(judged):
        known = _Known.of(results)
        number = known.index.get_indexer(pd.MultiIndex.from_frame(judged[PERSON]))
        for site, step, at in places(judged, only):
            chosen, people = judged.iloc[at], number[at]
            groups = {
                "site": chosen["site"].to_numpy(object) if site == ALL_SITES else None,
                "role": known.role[people],
                "reporters": np.where(known.together[people], TWO, ONE).astype(object),
                "severity": _severity(results, known, site, people),
            }
            for by in BY:
                labels = groups[by]
                if labels is not None:
                    place = {"site": site, "step": step, "by": by}
                    found = _compared(chosen, labels, level=results.settings.level)
                    rows += [place | row for row in found]
    return pd.DataFrame(rows, columns=list(DIFFERENTIAL_COLUMNS))


def _severity(results: Results, known: _Known, site: str, people: NDArray[np.intp]) -> Texts:
    """More or less severe at the start, each site by its main measure."""
    labels = np.full(people.size, "", dtype=object)
    sites = known.index.get_level_values("site").to_numpy(object)[people]
    used = np.array([known.measures.get(name, "") for name in sites], dtype=object)
    for measure in dict.fromkeys(used[used != ""]):
        instrument, _, scale_id = measure.partition(".")
        scale, name = results.instruments[instrument].scale(scale_id), f"{measure} at baseline"
        if scale.better == "neither" or name not in known.values:
            continue
        scores = known.values[name].to_numpy(float)[people]
        mine = (used == measure) & ~np.isnan(scores)
        cutoff = cutoff_in_use(
            results.change_details.get((site, instrument, scale_id, "baseline_end")),
            scale,
            results.settings.measures.get(measure, ChangeRule()),
        )
        labels[mine] = split_by_severity(scores[mine], better=scale.better, cutoff=cutoff).labels
    return labels


def _compared(chosen: pd.DataFrame, labels: Texts, *, level: float) -> Iterator[dict[str, object]]:
    """Each group against all others whose group is known; nothing where there is one group."""
    there = labels != ""
    lost, cluster = chosen["lost"].to_numpy(bool)[there], chosen["cluster"].to_numpy()[there]
    labels = labels[there]
    names: Sequence[str] = sorted(set(labels))
    if len(names) < 2:
        return
    for name in names:
        inside = labels == name
        n, other_n = int(inside.sum()), int((~inside).sum())
        done, other = int(lost[inside].sum()), int(lost[~inside].sum())
        found = newcombe_difference(
            done_first=done, n_first=n, done_second=other, n_second=other_n, level=level
        )
        p, why = difference_p(lost.astype(float)[:, None], inside, cluster, shares=[True])
        all_alike = {0: "NONE_LOST", n + other_n: "NONE_KEPT"}.get(done + other)
        few = "FEW_TO_COMPARE" if min(n, other_n) < LEAST_TO_COMPARE else ""
        undated = UNDATED * bool(chosen["undated"].any())
        yield {
            "group": name,
            "n": n,
            "n_couples": np.unique(cluster[inside]).size,
            "n_lost": done,
            "rate": done / n,
            "other_n": other_n,
            "other_couples": np.unique(cluster[~inside]).size,
            "other_lost": other,
            "other_rate": other / other_n,
            "difference": found.estimate,
            "low": found.low,
            "high": found.high,
            "p": float(p[0]),
            "reason": ";".join(filter(None, [few, all_alike or str(why[0]), undated])),
        }
