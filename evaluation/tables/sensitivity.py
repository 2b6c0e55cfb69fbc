"""sensitivity.csv: whether those who were lost could change the conclusion."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.inverse_probability import inverse_probability_mean
from evaluation.analysis.sensitivity import (
    DeltaAnalysis,
    MeanChange,
    completers_bias,
    last_score,
    mean_change,
)
from evaluation.tables.change import points_in_use
from evaluation.tables.groups import ordered
from evaluation.tables.sensitivity_people import MeasurePeople, SitePeople, people_of_measures
from evaluation.tables.waves import waves_table

if TYPE_CHECKING:
    from evaluation.programme import Results

NAN = float("nan")
Floats = NDArray[np.float64]
Row = dict[str, object]
SENSITIVITY_COLUMNS = (
    "site", "instrument", "scale", "contrast", "method", "n", "estimate", "se", "low", "high",
    "d_pre", "note", "n_couples", "n_completers", "n_completer_couples", "n_lost",
    "n_lost_couples", "n_waiting", "n_not_asked", "share_lost", "max_weight", "n_effective",
    "rc_points", "delta", "tipping_points", "tipping_small", "tipping_zero", "tipping_in_rc",
    "bias_weak", "bias_middling", "bias_strong", "fmi", "m", "df", "reason",
)  # fmt: skip
METHODS = (
    "completers", "likelihood", "ipw", "mi", "bocf", "locf", "delta", "worst", "best",
    "lost_worsen_by_rc",
)  # fmt: skip
# Where no reliable change is known, so many standard deviations stand in for one.
DELTA_WITHOUT_RC = 0.5
NOTES = {
    "completers": "Only those who came back.",
    "likelihood": "Everybody with a score at any time; those lost are taken to have gone on like "
    "others with the same scores so far.",
    "ipw": "Those who came back, each counted for similar people who did not.",
    "mi": "The scores of those lost are drawn many times from what they and their partners did "
    "answer.",
    "bocf": "Those lost are taken not to have changed.",
    "locf": "Not recommended: those lost are taken to have stayed at their last score.",
    "worst": "Those lost are given the worst possible score.",
    "best": "Those lost are given the best possible score.",
    "lost_worsen_by_rc": "Those lost are taken to have got worse by one reliable change: the "
    "rc_points of this row, as reliable_change.csv uses them for this site and contrast.",
}


def sensitivity_table(
    results: Results,
    only: Collection[str] | None = None,
    *,
    measure: str | None = None,
    contrast: str | None = None,
    likelihood: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The mean change of everybody with the earlier score, by ten ways to allow for those lost.

    Lost are those whose questionnaire was due and has not come; who is still awaited, is not asked
    (consent withdrawn, safeguarding) or has answers whose dates are out of order (counted with
    those not asked) is in nobody's mean, only counted. ``only`` restricts
    the sites (without it there are rows for all together), ``measure`` (``das_32.total``) and
    ``contrast`` (``baseline_end``) the rest; a row is the same whatever is asked for beside it.
    ``likelihood``: waves.csv of at least these rows, if it is at hand.
    """
    measures = people_of_measures(results, measure)
    if likelihood is None:
        likelihood = _likelihood(results, only, measure)
    known = likelihood.set_index(["site", "instrument", "scale", "contrast"]).to_dict("index")
    rows: list[Row] = []
    for found in measures:
        for site in found.sites(only):
            rows += _rows_of_site(results, found, site, known, contrast)
    return ordered(rows, SENSITIVITY_COLUMNS)


def _likelihood(
    results: Results, only: Collection[str] | None, measure: str | None
) -> pd.DataFrame:
    waves = results.waves
    if measure is not None:
        instrument, _, scale = measure.partition(".")
        waves = waves[(waves["instrument"] == instrument) & (waves["scale"] == scale)]
    return waves_table(
        waves, results.pairs, results.participants, results.instruments,
        sites=only, level=results.settings.level,
    )  # fmt: skip


def _rows_of_site(
    results: Results,
    found: MeasurePeople,
    site: str,
    likelihood: Mapping[object, Mapping[str, object]],
    contrast: str | None,
) -> Iterator[Row]:
    """Ten rows for each contrast whose earlier wave somebody of the site has."""
    people = found.at(site)
    for name in found.contrasts:
        if contrast is not None and name != contrast:
            continue
        strip = _Strip.of(results, found, people, name)
        if strip is None:
            continue
        place = {"site": site, "instrument": found.instrument, "scale": found.scale.id}
        place["contrast"] = name
        by_waves = likelihood.get(tuple(place.values()))
        for method, row in strip.rows(by_waves).items():
            yield place | strip.counts() | {"method": method, "note": NOTES.get(method, "")} | row


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """One site, scale and contrast: the people of the mean, and how many are left out.

    ``rows_in_scores`` say which rows of the site's table of scores they are.
    """

    found: MeasurePeople
    people: SitePeople
    before: Floats
    after: Floats
    cluster: NDArray[np.intp]
    rows_in_scores: NDArray[np.intp]
    wave_before: str
    wave_after: str
    n_waiting: int
    n_not_asked: int
    rc_points: float
    level: float

    @classmethod
    def of(
        cls, results: Results, found: MeasurePeople, people: SitePeople, contrast: str
    ) -> _Strip | None:
        pairs = people.pairs(contrast)
        if pairs.empty:
            return None
        fate = pairs["fate"].to_numpy(object)
        chosen = pairs[np.isin(fate, ["kept", "lost"])]
        cell = (people.site, found.instrument, found.scale.id, contrast)
        wave_before, wave_after = contrast.split("_", 1)
        return cls(
            found=found,
            people=people,
            before=chosen["before"].to_numpy(float),
            after=chosen["after"].to_numpy(float),
            cluster=chosen["cluster"].to_numpy(np.intp),
            rows_in_scores=chosen["row"].to_numpy(np.intp),
            wave_before=wave_before,
            wave_after=wave_after,
            n_waiting=int((fate == "waiting").sum()),
            n_not_asked=int((fate == "not_asked").sum()),
            rc_points=points_in_use(results.change_details.get(cell)),
            level=results.settings.level,
        )

    @property
    def direction(self) -> float:
        return -1.0 if self.found.scale.better == "lower" else 1.0

    @property
    def lost(self) -> NDArray[np.bool_]:
        return np.isnan(self.after)

    @property
    def sd_pre(self) -> float:
        return self.people.sd_pre

    def counts(self) -> Row:
        """The same in every row of the strip; a method may have another ``n``."""
        n, n_lost = self.lost.size, int(self.lost.sum())
        return {
            "n": n,
            "n_couples": np.unique(self.cluster).size,
            "n_completers": n - n_lost,
            "n_completer_couples": np.unique(self.cluster[~self.lost]).size,
            "n_lost": n_lost,
            "n_lost_couples": np.unique(self.cluster[self.lost]).size,
            "n_waiting": self.n_waiting,
            "n_not_asked": self.n_not_asked,
            "share_lost": n_lost / n if n else NAN,
            "rc_points": self.rc_points,
        }

    def rows(self, by_waves: Mapping[str, object] | None) -> dict[str, Row]:
        """One for each method."""
        reason = self._why_not()
        if reason:
            return {method: {"reason": reason} for method in METHODS}
        improvement = self.direction * (self.after - self.before)
        fixed = {
            method: self._with_lost_at(improvement, filled)
            for method, filled in self._assumptions().items()
        }
        there = {
            "completers": self._completers(improvement),
            "likelihood": _from_waves(by_waves),
            "ipw": self._weighted(improvement),
            **self._imputed(improvement),
            **fixed,
        }
        if not self.lost.any():
            for method in (name for name in METHODS if name != "likelihood"):
                there[method] = there[method] | {"reason": _joined(there[method], "NONE_LOST")}
        return {method: there[method] for method in METHODS}

    def _why_not(self) -> str:
        if not self.before.size:
            return "NOT_YET_DUE" if self.n_waiting else "N0"
        return "NO_DIRECTION" if self.found.scale.better == "neither" else ""

    def _completers(self, improvement: Floats) -> Row:
        row = self._row(mean_change(improvement, self.cluster, level=self.level))
        kept = improvement[~self.lost]
        sd = float(kept.std(ddof=1)) if kept.size > 1 else NAN
        bias = completers_bias(n_kept=kept.size, n=improvement.size, sd_change=sd)
        names = ("bias_weak", "bias_middling", "bias_strong")
        return row | dict(zip(names, bias, strict=True))

    def _assumptions(self) -> dict[str, Floats]:
        """What each fixed assumption says of the improvement of everybody, were they lost."""
        better, low, high = self.found.scale.better, *self.found.scale.score_range
        worst, best = (high, low) if better == "lower" else (low, high)
        last = last_score(self.people.scores_between(self.wave_before, self.wave_after))
        last = last[self.rows_in_scores]
        carried = np.where(np.isfinite(last), last, self.before)
        nothing = np.zeros_like(self.before)
        return {
            "bocf": nothing,
            "locf": self.direction * (carried - self.before),
            "worst": self.direction * (worst - self.before),
            "best": self.direction * (best - self.before),
            "lost_worsen_by_rc": nothing - self.rc_points,
        }

    def _with_lost_at(self, improvement: Floats, filled: Floats) -> Row:
        if self.lost.any() and not np.isfinite(filled).all():
            return {"n": self.lost.size, "reason": "RC_MISSING"}
        whole = np.where(self.lost, filled, improvement)
        return self._row(mean_change(whole, self.cluster, level=self.level))

    def _weighted(self, improvement: Floats) -> Row:
        covariates = self.people.covariates_of_return(
            self.wave_before, self.rows_in_scores, before_scores=self.before
        )
        found = inverse_probability_mean(improvement, self.cluster, covariates, level=self.level)
        row = asdict(found)
        del row["n"], row["n_couples"], row["n_covariates"]
        return row | {"d_pre": found.estimate / self.sd_pre}

    def _imputed(self, improvement: Floats) -> dict[str, Row]:
        """The rows of the imputed mean, and of what becomes of it if those lost did worse."""
        if not self.lost.any():
            row = self._row(mean_change(improvement, self.cluster, level=self.level))
            return {"mi": row, "delta": row}
        if self.lost.all():
            return {name: {"reason": "NONE_OBSERVED"} for name in ("mi", "delta")}
        drawn = self.people.imputed(self.wave_after)
        if drawn is None:
            return {name: {"reason": "FEW_FOR_IMPUTATION"} for name in ("mi", "delta")}
        after = np.where(self.lost, drawn[:, self.rows_in_scores], self.after)
        improvements = self.direction * (after - self.before)
        delta = DeltaAnalysis.of(improvements, self.lost, self.cluster, level=self.level)
        points = self.rc_points
        if not np.isfinite(points):
            points = DELTA_WITHOUT_RC * self.sd_pre
        tipping = {
            "tipping_points": delta.tipping_point(),
            "tipping_small": delta.to_small(self.sd_pre),
            "tipping_zero": delta.to_zero(),
        }
        in_rc = tipping["tipping_points"] / self.rc_points
        tipping["tipping_in_rc"] = in_rc
        shifted: Row = self._pooled(delta, points) if np.isfinite(points) else {"reason": "SD0"}
        note = (
            f"Those lost are taken to have done {_size(points, self.rc_points)} worse than drawn."
        )
        return {
            "mi": self._pooled(delta, 0.0) | tipping,
            "delta": shifted | tipping | {"delta": points, "note": note},
        }

    def _pooled(self, delta: DeltaAnalysis, points: float) -> Row:
        found = delta.at(points)
        names = ("estimate", "se", "low", "high", "fmi", "m", "df", "reason")
        row: Row = {name: getattr(found, name) for name in names}
        return row | {"d_pre": found.estimate / self.sd_pre}

    def _row(self, found: MeanChange) -> Row:
        return asdict(found) | {"d_pre": found.estimate / self.sd_pre}


def _size(points: float, rc_points: float) -> str:
    known = np.isfinite(rc_points)
    return (
        "one reliable change (rc_points)"
        if known
        else "half a standard deviation of the first scores"
    )


def _from_waves(row: Mapping[str, object] | None) -> Row:
    """The numbers of waves.csv."""
    if row is None:
        return {"reason": "N0"}
    names = ("n", "n_couples", "estimate", "se", "low", "high", "d_pre", "df", "reason")
    return {name: row[name] for name in names}


def _joined(row: Row, code: str) -> str:
    return ";".join(part for part in (str(row.get("reason") or ""), code) if part)
