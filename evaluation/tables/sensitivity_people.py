"""Who counts when allowing for those who were lost, and what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.bootstrap import stable_seed
from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.lost_and_kept import FATES, lost_or_kept
from evaluation.analysis.multiple_imputation import (
    impute_scores,
    number_of_imputations,
    order_by_answers,
)
from evaluation.analysis.pairing import UNIT, cluster_labels
from evaluation.analysis.practitioners import without_practitioners
from evaluation.analysis.wave_states import WAVE_NOT_USED
from evaluation.model import ALL_SITES, months_of
from evaluation.tables.sensitivity_traits import PERSON, Traits, known_traits
from evaluation.tables.waves import scores_in_order
from instruments.definition import Scale

if TYPE_CHECKING:
    from evaluation.programme import Results

NAN = float("nan")
Floats = NDArray[np.float64]
MEASURE = ["instrument", "scale"]
RESPONDENT = [name for name in UNIT if name not in MEASURE]
_ORDER = {"baseline": -4.0, "mid": -3.0, "end": -2.0, "post": -1.0}


@dataclass(frozen=True, slots=True, eq=False)
class MeasurePeople:
    """One scale: every respondent's scores at all waves, and the pairs of every contrast.

    ``scores`` has one row for each row of ``respondents`` and one column for each of ``waves``, in
    order of time. Respondents are in an order that their answers alone decide, and are numbered by
    it, as couples (``cluster``) and sites (``place``) are: so no number depends on the order of an
    upload, or on how codes are spelt. ``site_names`` are in the order of the data. ``contrasts``
    have a column ``fate`` (kept, lost, waiting, not_asked) and ``row``, the respondent's number.
    """

    instrument: str
    scale: Scale
    respondents: pd.DataFrame
    scores: Floats
    waves: tuple[str, ...]
    contrasts: Mapping[str, pd.DataFrame]
    traits: Traits
    site_names: tuple[str, ...]

    def sites(self, only: Collection[str] | None) -> list[str]:
        """Those asked for that have the scale; all together first if none are named."""
        if only is None:
            return [ALL_SITES, *self.site_names]
        return [site for site in self.site_names if site in only]

    def at(self, site: str) -> SitePeople:
        """The people of one site, or everybody."""
        chosen = np.arange(len(self.respondents))
        if site != ALL_SITES:
            chosen = np.flatnonzero((self.respondents["site"] == site).to_numpy(bool))
        return SitePeople(self, site, chosen)


@dataclass(slots=True, eq=False)
class SitePeople:
    """The respondents of one site (or all) on one scale; ``chosen`` are their numbers."""

    found: MeasurePeople
    site: str
    chosen: NDArray[np.intp]
    _drawn: dict[str, Floats | None] = field(default_factory=dict)

    @property
    def scores(self) -> Floats:
        return self.found.scores[self.chosen]

    @property
    def sd_pre(self) -> float:
        """The SD of all first scores; NaN where there is no spread but rounding error."""
        first = self._wave("baseline")
        first = first[np.isfinite(first)]
        if first.size < 2:
            return NAN
        sd = float(first.std(ddof=1))
        return sd if sd > ROUNDING_SHARE * float(np.abs(first).max()) else NAN

    def _wave(self, wave: str) -> Floats:
        if wave not in self.found.waves:
            return np.full(self.chosen.size, NAN)
        return self.scores[:, self.found.waves.index(wave)]

    def pairs(self, contrast: str) -> pd.DataFrame:
        """Those with the earlier score; ``row`` counts among the people of this site."""
        table = self.found.contrasts[contrast]
        if self.site != ALL_SITES:
            table = table[table["site"] == self.site]
        numbers = table["row"].to_numpy(np.intp)
        return table.assign(
            row=np.searchsorted(self.chosen, numbers),
            cluster=self.found.respondents["cluster"].to_numpy(np.intp)[numbers],
        )

    def scores_between(self, before: str, after: str) -> Floats:
        """Scores from one wave up to, and without, another."""
        waves = [
            number
            for number, wave in enumerate(self.found.waves)
            if _time(before) <= _time(wave) < _time(after)
        ]
        return self.scores[:, waves]

    def covariates_of_return(
        self, before: str, rows: NDArray[np.intp], *, before_scores: Floats
    ) -> Floats:
        """What the return may depend on, the most important first: scores so far, then traits.

        A score between the two waves is not used: who misses that one hardly ever comes back, so
        nobody would be left to stand for them.
        """
        columns = [before_scores]
        earlier = [wave for wave in self.found.waves if _time(wave) < _time(before)]
        for wave in earlier[::-1]:
            score = self._wave(wave)[rows]
            there = np.isfinite(score)
            if there.any():
                columns += [there.astype(float), np.where(there, score - score[there].mean(), 0.0)]
        columns += list(self.found.traits.take(self.chosen[rows]).columns().T)
        if self.site == ALL_SITES:
            places = self.found.respondents["place"].to_numpy(np.intp)[self.chosen][rows]
            columns += [(places == place).astype(float) for place in np.unique(places)[1:]]
        return np.column_stack(columns)

    def imputed(self, wave: str) -> Floats | None:
        """Everybody's scores at a wave, drawn m times where missing; None where nothing can be.

        All waves are drawn together, once for each site and scale.
        """
        if not self._drawn:
            self._impute()
        return self._drawn.get(wave)

    def _impute(self) -> None:
        scores = self.scores
        first = np.isfinite(self._wave("baseline"))
        missing = np.isnan(scores[first]) if first.any() else np.isnan(scores)
        used = np.isfinite(scores).any(axis=0)
        share = float(missing[:, used].mean(axis=0).max()) if used.any() and len(missing) else 0.0
        people = self.found.respondents.iloc[self.chosen]
        drawn = impute_scores(
            scores,
            people["cluster"].to_numpy(np.intp),
            m=number_of_imputations(share),
            seed=stable_seed(self.found.instrument, self.found.scale.id, "imputation"),
            covariates=self.found.traits.take(self.chosen).columns(),
            sites=people["place"].to_numpy(np.intp) if self.site == ALL_SITES else None,
        )
        for number, wave in enumerate(self.found.waves):
            self._drawn[wave] = drawn.scores[:, :, number] if drawn.imputed[number] else None


def people_of_measures(results: Results, measure: str | None = None) -> list[MeasurePeople]:
    """Every scale with its people, in the order in which scales occur; or the one named."""
    waves = _of_measure(results.waves, measure)
    pairs = {
        contrast: _of_measure(table[~table["practitioner"]], measure)
        for contrast, table in results.pairs.items()
    }
    if waves.empty or not any(len(table) for table in pairs.values()):
        return []
    parents = without_practitioners(waves, results.participants)
    named = {wave for contrast in pairs for wave in contrast.split("_", 1)}
    scores = scores_in_order(parents[parents["wave"].isin(named).to_numpy(bool)], pairs)
    fates = _Fates.of(results)
    judged = {contrast: fates.judge(table, contrast) for contrast, table in pairs.items()}
    by_measure = {name: dict(list(t.groupby(MEASURE, sort=False))) for name, t in judged.items()}
    known = known_traits(results)
    return [
        _measure_people(
            results.instruments[str(instrument)].scale(str(scale)),
            str(instrument),
            table,
            {name: by_measure[name][key] for name in judged if key in by_measure[name]},
            known,
        )
        for key, table in scores.groupby(MEASURE, sort=False)
        for instrument, scale in [key]
    ]


def _of_measure(table: pd.DataFrame, measure: str | None) -> pd.DataFrame:
    if measure is None:
        return table
    instrument, _, scale = measure.partition(".")
    return table[(table["instrument"] == instrument) & (table["scale"] == scale)]


def _time(wave: str) -> float:
    """Orders the waves."""
    return _ORDER[wave] if wave in _ORDER else float(months_of(wave) or 0)


def _measure_people(
    scale: Scale,
    instrument: str,
    table: pd.DataFrame,
    pairs: dict[str, pd.DataFrame],
    known: pd.DataFrame,
) -> MeasurePeople:
    number, keys = pd.factorize(pd.MultiIndex.from_frame(table[RESPONDENT].astype(object)))
    first = table.iloc[np.unique(number, return_index=True)[1]]
    respondents = first[RESPONDENT].astype(object).reset_index(drop=True)
    respondents["cluster"] = cluster_labels(first[["site", "participant", "couple"]]).to_numpy()
    waves = tuple(sorted(table["wave"].unique(), key=_time))
    scores = np.full((len(respondents), len(waves)), NAN)
    column = table["wave"].map({wave: n for n, wave in enumerate(waves)}).to_numpy(np.intp)
    scores[number, column] = table["score"].to_numpy(float)
    traits = Traits.of(respondents, known)
    rows = {
        name: keys.get_indexer(pd.MultiIndex.from_frame(pair[RESPONDENT].astype(object)))
        for name, pair in pairs.items()
    }
    fates = np.full((len(respondents), len(pairs)), -1.0)
    for number_of_pair, (name, pair) in enumerate(pairs.items()):
        fates[rows[name], number_of_pair] = pd.Categorical(pair["fate"], categories=FATES).codes
    known_of_all = np.column_stack([scores, traits.table, fates])
    order = order_by_answers(known_of_all, respondents["cluster"], respondents["site"])
    place_in_order = np.argsort(order)
    return MeasurePeople(
        instrument,
        scale,
        _numbered(respondents.iloc[order]),
        scores[order],
        waves,
        {
            name: pair.assign(row=place_in_order[rows[name]]).sort_values("row")
            for name, pair in pairs.items()
        },
        traits.take(order),
        tuple(dict.fromkeys(respondents["site"])),
    )


def _numbered(respondents: pd.DataFrame) -> pd.DataFrame:
    """Couples and sites numbered as they occur."""
    return respondents.assign(
        cluster=pd.factorize(respondents["cluster"].to_numpy(object))[0],
        place=pd.factorize(respondents["site"].to_numpy(object))[0],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fates:
    """What became of each person at each wave.

    ``done_at``: sites and waves at which somebody answered; ``unused``: at which nobody is asked.
    """

    states: pd.DataFrame
    done_at: frozenset[tuple[str, str]]
    unused: frozenset[tuple[str, str]]
    lock: np.datetime64

    @classmethod
    def of(cls, results: Results) -> _Fates:
        states = results.states[[*PERSON, "wave", "reason", "closes_on"]].assign(
            fate=lost_or_kept(results.states).astype(object)
        )
        done = _places(results.states[results.states["state"] == "done"])
        unused = _places(results.states[results.states["reason"] == WAVE_NOT_USED])
        return cls(states, done, unused, np.datetime64(results.data_lock))

    def judge(self, pairs: pd.DataFrame, contrast: str) -> pd.DataFrame:
        """The pairs with the fate of each.

        Kept has both scores of this scale. Whoever did the wave without this scale is lost to it,
        unless nobody of the site has it then: it is not asked there. Who has a later score whose
        date comes first is not lost either: an answer is there, so none may be made up.
        """
        wave = contrast.split("_", 1)[1]
        here = self.states[self.states["wave"] == wave].drop(columns="wave")
        there = pairs[PERSON].merge(here, on=PERSON, how="left")
        fate = there["fate"].to_numpy(object)
        known = there["fate"].notna().to_numpy(bool)
        # Without a first score of the main questionnaire: by the date alone.
        unasked = (there["reason"] == "no_baseline").to_numpy(bool)
        passed = (there["closes_on"] < self.lock).to_numpy(bool)
        fate = np.where(unasked, np.where(passed, "lost", "waiting"), fate)
        fate = np.where((fate == "kept") | ~known, "lost", fate)
        kept = (pairs["excluded"] == "").to_numpy(bool)
        fate = np.where(kept, "kept", fate)
        groups = [pairs[name] for name in (*MEASURE, "site")]
        asked = pd.Series(kept, index=pairs.index).groupby(groups, sort=False).transform("any")
        used, unused = (
            np.array([(site, wave) in places for site in pairs["site"]], dtype=bool)
            for places in (self.done_at, self.unused)
        )
        skipped = ~asked.to_numpy(bool) & (used | ~known) & (fate == "lost")
        disordered = (pairs["excluded"] == "dates_out_of_order").to_numpy(bool)
        left_out = skipped | (unused & ~kept) | disordered
        return pairs.assign(fate=np.where(left_out, "not_asked", fate))


def _places(states: pd.DataFrame) -> frozenset[tuple[str, str]]:
    return frozenset(zip(states["site"], states["wave"], strict=True))
