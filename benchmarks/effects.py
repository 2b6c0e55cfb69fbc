"""From scores to results: pairing, effects, reliable change, follow-up, pooling, all waves.

What a user would do instead: one test after another for each cell, a rule row by row.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import in_r
from benchmarks.invented import before_and_after, dataset, programme
from benchmarks.machine import missing_library
from benchmarks.measuring import FLOOR, INSTEAD, Bar, Step, Way, Work
from evaluation.analysis.attrition import cascade
from evaluation.analysis.change import ChangeRule, jacobson_truax
from evaluation.analysis.people import build_people
from evaluation.analysis.waves_model import waves_model
from evaluation.config import Settings
from evaluation.scores import effective_instruments, score_dataset
from evaluation.tables.effects import effects_tables
from evaluation.tables.groups import Group, find_groups, paired_contrasts
from evaluation.tables.sites import METHODS, site_tables
from instruments.registry import get

PEOPLE, QUICK_PEOPLE = (1_000, 10_000, 100_000), (1_000, 5_000)
SCALES = 20
PER_PERSON = SCALES * 4  # rows of scores
ROWS, QUICK_ROWS = (10_000, 100_000, 1_000_000), (10_000, 50_000)
# With ties in a small cell the library's own choice counts every permutation, which takes minutes.
NORMAL = "asymptotic"
RULE = ChangeRule(reliability=0.88, norm=(5.0, 4.0), cutoff="c")


# --- pairing and effects --------------------------------------------------------------------------


def _pair(people: int, folder: Path) -> Work:
    waves, who, _ = programme(people, scales=1)
    return lambda: paired_contrasts(waves, who)


def _merge(people: int, folder: Path) -> Work:
    """The scores alone, without dates, doubts, couples or who is left out."""
    waves, _, _ = programme(people, scales=1)
    keys = ["site", "participant", "instrument", "scale"]

    def work() -> None:
        for before, after in (("baseline", "end"), ("baseline", "3m"), ("baseline", "6m"),
                              ("end", "3m"), ("end", "6m")):  # fmt: skip
            start = waves.loc[waves["wave"] == before, [*keys, "score"]]
            start.merge(waves.loc[waves["wave"] == after, [*keys, "score"]], on=keys, how="left")

    return work


def _pass(people: int, folder: Path) -> Work:
    values = programme(people, scales=1)[0]["score"].to_numpy()
    return lambda: (np.nansum(values), np.isnan(values).sum())


def _groups(rows: int) -> list[Group]:
    waves, who, instruments = programme(rows // PER_PERSON, scales=SCALES)
    return find_groups(paired_contrasts(waves, who), who, instruments)


def _effects(rows: int, folder: Path) -> Work:
    waves, who, instruments = programme(rows // PER_PERSON, scales=SCALES)
    return lambda: effects_tables(find_groups(paired_contrasts(waves, who), who, instruments))


def _means(rows: int, folder: Path) -> Work:
    """Mean and standard deviation of every cell's change."""
    groups = _groups(rows)
    return lambda: [(d.mean(), d.std(ddof=1)) for g in groups for d in [g.after - g.before]]


def _pingouin(rows: int, folder: Path) -> Work:
    pingouin = importlib.import_module("pingouin")
    groups = _groups(rows)

    def work() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for group in groups:
                pingouin.ttest(group.after, group.before, paired=True)
                pingouin.wilcoxon(group.after, group.before, method=NORMAL)

    return work


def _scipy(rows: int, folder: Path) -> Work:
    from scipy import stats

    groups = _groups(rows)

    def work() -> None:
        for group in groups:
            stats.ttest_rel(group.after, group.before).confidence_interval()
            stats.wilcoxon(group.after, group.before, method=NORMAL)

    return work


# --- reliable change ------------------------------------------------------------------------------


def _reliable(people: int, folder: Path) -> Work:
    scale, (before, after) = get("phq9").scale("total"), before_and_after(people)
    return lambda: jacobson_truax(before, after, scale=scale, rule=RULE)


def _reliable_floor(people: int, folder: Path) -> Work:
    before, after = before_and_after(people)
    return lambda: (np.nansum(after - before), (np.isnan(before) | np.isnan(after)).sum())


def _row_by_row(people: int, folder: Path) -> Work:
    before, after = before_and_after(people)
    table = pd.DataFrame({"before": before, "after": after})
    mean, norm, norm_sd = table["before"].mean(), 5.0, 4.0
    sd = table["before"].std()
    points = 1.96 * sd * np.sqrt(2 * (1 - 0.88))
    cutoff = (norm_sd * mean + sd * norm) / (norm_sd + sd)

    def one(row: pd.Series) -> str:
        gain = row["before"] - row["after"]
        if gain > points:
            crossed = row["before"] > cutoff > row["after"]
            return "recovered" if crossed else "improved"
        if gain < -points:
            return "harmed" if row["before"] < cutoff < row["after"] else "deteriorated"
        return "unchanged"

    return lambda: table.apply(one, axis=1).value_counts()


def _reliable_in_r(people: int, folder: Path) -> Work:
    before, after = before_and_after(people)
    number = np.arange(people)
    table = pd.DataFrame(
        {
            "id": np.tile(number, 2),
            "time": np.repeat(["pre", "post"], people),
            "outcome": np.concatenate([before, after]),
        }
    )
    return in_r.seconds_in_r("clinicalsignificance", table, folder / f"change-{people}.csv")


# --- follow-up ------------------------------------------------------------------------------------


def _follow_up(people: int, folder: Path) -> Work:
    found = dataset(people)
    scores = score_dataset(found, effective_instruments(Settings().scoring))

    def work() -> None:
        table = build_people(found, scores)
        cascade(table, data_lock="2019-06-30")

    return work


def _follow_up_floor(people: int, folder: Path) -> Work:
    days = dataset(people).records["completed_on"].to_numpy().astype("datetime64[D]").astype(float)
    return lambda: (np.nansum(days), np.isnan(days).sum())


# --- pooling --------------------------------------------------------------------------------------


def _sites(sites: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    waves, who, instruments = programme(sites * 20, scales=2, sites=sites)
    return effects_tables(find_groups(paired_contrasts(waves, who), who, instruments))


def _pool(sites: int, folder: Path) -> Work:
    effects, precision = _sites(sites)
    return lambda: site_tables(effects, precision)


def _estimates(sites: int) -> pd.DataFrame:
    """The numbers that are pooled, as often as we pool them."""
    effects, precision = _sites(sites)
    one = effects["site"] != "ALL"
    measure = effects["scale"] + effects["contrast"]
    parts = [
        pd.DataFrame({"measure": f"{unit}{method}" + measure[one], "y": effects.loc[one, unit],
                      "v": precision.loc[one, f"{unit}_se"] ** 2})
        for unit in ("g_pre", "improvement") for method in METHODS
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _pool_floor(sites: int, folder: Path) -> Work:
    """One weighted mean of everything that is pooled: a pass over the same numbers."""
    table = _estimates(sites)
    y, v = table["y"].to_numpy(), table["v"].to_numpy()
    return lambda: (np.nansum(y / v) / np.nansum(1 / v), np.isnan(v).sum())


def _statsmodels(sites: int, folder: Path) -> Work:
    combine_effects = importlib.import_module("statsmodels.stats.meta_analysis").combine_effects

    parts = [
        (t["y"].to_numpy(), t["v"].to_numpy()) for _, t in _estimates(sites).groupby("measure")
    ]
    return lambda: [combine_effects(y, v, method_re="pm", use_t=True) for y, v in parts]


def _metafor(sites: int, folder: Path) -> Work:
    return in_r.seconds_in_r("metafor", _estimates(sites), folder / f"sites-{sites}.csv")


# --- the model of all waves -----------------------------------------------------------------------


def _waves(people: int, folder: Path) -> Work:
    waves, _, _ = programme(people, scales=1)
    return lambda: waves_model(waves, better="higher")


def _lme4(people: int, folder: Path) -> Work:
    waves, _, _ = programme(people, scales=1)
    table = waves[["participant", "couple", "wave", "score"]]
    return in_r.seconds_in_r("lme4", table, folder / f"waves-{people}.csv")


STEPS = (
    Step("pair", "five contrasts of four points in time, with reasons and couples", "people",
         PEOPLE, QUICK_PEOPLE, slack=0.3,
         ways=(Way("ours", _pair), Way("numpy pass", _pass, FLOOR),
               Way("pandas merge, scores alone", _merge, INSTEAD))),
    Step(
        "effects", "the effects table of 12 sites and 20 scales, pairing included", "rows",
        ROWS, QUICK_ROWS, slack=0.3,
        ways=(
            Way("ours", _effects), Way("numpy mean and SD, cell by cell", _means, FLOOR),
            Way("pingouin, cell by cell", _pingouin, INSTEAD, once=True,
                missing=lambda: missing_library("pingouin")),
            Way("scipy, cell by cell", _scipy, INSTEAD, once=True),
        ),
        bars=(Bar("pingouin, cell by cell", at_least=3.0),),
    ),
    Step(
        "reliable_change", "five classes with every cut-off there is", "people",
        (*PEOPLE, 1_000_000), QUICK_PEOPLE,
        ways=(
            Way("ours", _reliable), Way("numpy passes", _reliable_floor, FLOOR),
            Way("pandas, row by row", _row_by_row, INSTEAD, once=True, most=100_000),
            Way("R: clinicalsignificance", _reliable_in_r, INSTEAD, once=True, most=100_000,
                own_clock=True, missing=in_r.why_not("clinicalsignificance")),
        ),
        bars=(
            Bar("R: clinicalsignificance", at_least=10.0, size=100_000),
            Bar("pandas, row by row", at_least=10.0, size=100_000),
        ),
    ),
    Step("follow_up", "who was heard from at each step, for persons and couples", "people",
         PEOPLE, QUICK_PEOPLE, slack=0.3,
         ways=(Way("ours", _follow_up), Way("numpy pass", _follow_up_floor, FLOOR))),
    Step(
        "pool", "averages over sites by four methods, and each site beside them", "sites",
        (12, 120, 1_200), (12, 60),
        ways=(
            Way("ours", _pool), Way("numpy pass", _pool_floor, FLOOR),
            Way("statsmodels, measure by measure", _statsmodels, INSTEAD),
            Way("R: metafor", _metafor, INSTEAD, once=True, own_clock=True,
                missing=in_r.why_not("metafor")),
        ),
    ),
    Step(
        "waves", "the mixed model of all points in time, one scale", "people",
        PEOPLE, QUICK_PEOPLE, slack=0.3,
        ways=(
            Way("ours", _waves), Way("numpy pass", _pass, FLOOR),
            Way("R: lme4", _lme4, INSTEAD, once=True, own_clock=True, missing=in_r.why_not("lme4")),
        ),
    ),
)  # fmt: skip
