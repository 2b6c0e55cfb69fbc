"""How far this installation's numbers lie from the reference numbers that come with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.analysis.attrition import cascade
from evaluation.analysis.change import jacobson_truax
from evaluation.analysis.couples import random_intercept_reml
from evaluation.analysis.effect import PairedEffect, hedges_correction, paired_effect
from evaluation.analysis.funnel import binomial_limits
from evaluation.analysis.intervals import noncentral_t_limits, wilson_interval
from evaluation.analysis.mixed_model import nested_reml
from evaluation.analysis.multiplicity import benjamini_hochberg, holm_adjust
from evaluation.analysis.pooling import pool_sites, shrink_sites
from evaluation.analysis.talking_therapies import talking_therapies_outcome
from evaluation.model import ChangeRule
from instruments.definition import Better
from instruments.registry import get

REFERENCE = Path(__file__).resolve().parent / "reference"
EXACT = 0.0
# Ours and the reference's: numbers, or rows of numbers of one length.
Pair = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One group of numbers: how many, the largest difference, and what is tolerated.

    ``relative`` says that the difference is a share of the reference number.
    """

    name: str
    n: int
    largest: float
    tolerance: float
    relative: bool = False

    @property
    def passed(self) -> bool:
        """Whether every number is within tolerance; a number that is missing never is."""
        return self.largest <= self.tolerance

    @property
    def text(self) -> str:
        """The block as a line to be printed."""
        verdict = "ok" if self.passed else "DIFFERS"
        kind = " relative" if self.relative else ""
        return (
            f"{self.name:<40}{self.n:>5} numbers   largest difference {self.largest:8.1e}"
            f"   tolerance {self.tolerance:.0e}{kind}   {verdict}"
        )


def selfcheck(folder: Path = REFERENCE) -> tuple[Block, ...]:
    """Work out every reference number again; ``OSError`` where a file of them is missing."""
    return tuple(
        _compare(name, check(folder), tolerance, relative=relative)
        for name, check, tolerance, relative in CHECKS
    )


def _compare(name: str, pairs: Iterable[Pair], tolerance: float, *, relative: bool) -> Block:
    ours, theirs = [], []
    for one, other in pairs:
        found, expected = np.broadcast_arrays(
            np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        )
        ours.append(found.ravel())
        theirs.append(expected.ravel())
    found, expected = np.concatenate(ours), np.concatenate(theirs)
    differences = np.abs(found - expected)
    if relative:
        differences = differences / np.abs(expected)
    largest = float(np.where(np.isnan(differences), np.inf, differences).max())
    return Block(name, found.size, largest, tolerance, relative)


# --- the data --------------------------------------------------------------------------------


def _numbers(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _jacobson(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_csv(folder / "pairs_jac_das.csv")
    return table["pre"].to_numpy(float), table["post"].to_numpy(float)


def _programme(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "lfo_synth.csv")


def _effects(folder: Path) -> list[tuple[dict[str, Any], PairedEffect]]:
    """The 30 couples, and the first few of them: very small groups."""
    before, after = _jacobson(folder)
    expected = _numbers(folder, "paired_effects_jacobson.json")["effects"].values()
    sizes = [(one, int(one["n"])) for one in expected]
    return [
        (one, paired_effect(before[:n], after[:n], np.arange(n), better="higher"))
        for one, n in sizes
    ]


# --- the checks ------------------------------------------------------------------------------

# Our name for each number of the reference.
_SAME = {
    "mean_before": "mean_pre", "mean_after": "mean_post", "sd_before": "sd_pre",
    "sd_after": "sd_post", "r": "r", "improvement": "mean_improvement", "t": "t", "df": "df",
    "p_t": "p_two_sided", "d_z": "d_z", "g_z": "g_z", "d_pre": "d_b", "g_pre": "g_b",
    "d_av": "d_av", "g_av": "g_av_J_n_minus_1", "d_rm": "d_rm",
    "share_improved": "pct_any_improvement",
}  # fmt: skip


def _check_effects(folder: Path) -> Iterable[Pair]:
    for expected, found in _effects(folder):
        yield from ((getattr(found, ours), expected[theirs]) for ours, theirs in _SAME.items())
        yield (found.improvement_low, found.improvement_high), expected["mean_ci"]


def _check_correction(folder: Path) -> Iterable[Pair]:
    table = _numbers(folder, "paired_effects_jacobson.json")["hedges_J"]
    yield hedges_correction([row["df"] for row in table]), [row["J_exact"] for row in table]


def _check_noncentral_t(folder: Path) -> Iterable[Pair]:
    for expected, found in _effects(folder):
        yield noncentral_t_limits(expected["t"], expected["df"]), expected["nct_lambda"]
        yield (found.d_z_low, found.d_z_high), expected["d_z_ci_nct"]


def _check_ranks(folder: Path) -> Iterable[Pair]:
    for expected, found in _effects(folder):
        ranks = expected["wilcoxon"]
        yield found.wilcoxon_w, ranks["W_plus"]
        yield found.rank_biserial, ranks["rank_biserial"]
        yield found.p_wilcoxon, ranks.get("p_exact", ranks["p_normal_corrected"])


def _change_rows(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    expected = _numbers(folder, "change_jac_das.json")
    rule = ChangeRule(
        reliability=expected["reliability"],
        sd="own",
        clinical="own",
        norm=(expected["m_functional"], expected["sd_functional"]),
        cutoff="c",
    )
    found = jacobson_truax(*_jacobson(folder), scale=get("das_32").scale("total"), rule=rule)
    return expected, {str(row["cutoff_type"]): row for row in found.rows}


def _check_reliable_change(folder: Path) -> Iterable[Pair]:
    expected, rows = _change_rows(folder)
    yield rows["c"]["rc_points"], expected["RCI_points_196"]
    for kind, cutoff in expected["cutoffs"].items():
        yield rows[kind]["cutoff"], cutoff


def _check_classes(folder: Path) -> Iterable[Pair]:
    expected, rows = _change_rows(folder)
    same = {
        "clinical_at_start": "n_clinical_pre",
        "crossed_not_reliable": "crossed_without_reliable_change",
    }
    names = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
    for kind, counts in expected["classes"].items():
        for name in (*names, *same):
            yield rows[kind][name], counts[same.get(name, name)]


def _check_wilson(folder: Path) -> Iterable[Pair]:
    expected = _numbers(folder, "attrition_cascade_lfo.json")
    for wave in expected["waves"].values():
        yield wilson_interval(wave["done"], wave["due"]), wave["wilson"]
    counts = list(expected["rpc_2018_22"]["n"].values())
    for whole, part, limits in zip(
        counts, counts[1:], expected["rpc_2018_22"]["wilson"], strict=False
    ):
        yield wilson_interval(part, whole), limits


def _check_pool(folder: Path) -> Iterable[Pair]:
    numbers = _numbers(folder, "sites_lfo_bcg.json")
    for case in ("bcg_logrr", "lfo_sites_SMCR"):
        y, v = numbers[case]["yi"], numbers[case]["vi"]
        for method, fit in numbers[case]["fits"].items():
            pool, plain, floor = pool_sites(y, v, method=method), fit["z"], fit["adhoc"]
            yield (
                (pool.estimate, pool.se, pool.tau2),
                [plain[k] for k in ("estimate", "se", "tau2")],
            )
            yield (pool.low, pool.high, 100 * pool.i2), [*plain["ci"], plain["I2"]]
            yield (pool.q, pool.p_q), (plain["Q"], plain["Q_p"])
            yield (pool.se_hk, pool.low_hk, pool.high_hk), [floor["se"], *floor["ci"]]
            yield (pool.prediction_low, pool.prediction_high), floor["pi_t_k_minus_1"]
            yield shrink_sites(y, v, pool).shrunken, plain["blup"]


def _check_talking_therapies(folder: Path) -> Iterable[Pair]:
    table = pd.read_csv(folder / "nhs_tt_rule_table.csv")
    found = talking_therapies_outcome(
        phq9_before=table["phq_pre"],
        gad7_before=table["gad_pre"],
        phq9_after=table["phq_post"],
        gad7_after=table["gad_post"],
    )
    counts = _numbers(folder, "nhs_tt_counts.json")
    marks = {
        "case_pre": (found.case_at_start, "case_pre"),
        "case_post": (found.case_at_end, ""),
        "recovery": (found.recovered, "recovery"),
        "rel_imp": (found.reliable_improvement, "reliable_improvement"),
        "rel_rec": (found.reliable_recovery, "reliable_recovery"),
        "rel_det": (found.deteriorated, "reliable_deterioration"),
    }
    for column, (ours, name) in marks.items():
        yield ours, table[column].to_numpy(dtype=float)
        if name:
            yield float(ours.sum()), counts[name]


def _check_cascade(folder: Path) -> Iterable[Pair]:
    expected, data = _numbers(folder, "attrition_cascade_lfo.json"), _programme(folder)
    waves = {"end": "post", "3m": "fu3", "6m": "fu6"}
    people = data[["site", "couple"]].assign(
        participant=data["person"],
        referred=True,
        referred_on=pd.to_datetime(data["referral_date"]),
        took_up=data["took_up"].astype("boolean"),
        started_on=pd.to_datetime(data["start_date"]),
        ended_on=pd.to_datetime(data["end_date"]),
        last_contact_on=pd.NaT,
        ending="",
        done_baseline=data["rq_pre"].notna(),
        **{f"done_{ours}": data[f"rq_{theirs}"].notna() for ours, theirs in waves.items()},
    )
    table = cascade(people, data_lock=expected["data_lock"])
    rows = table[(table["site"] == "ALL") & (table["unit"] == "person")].set_index("step")
    for step in ("referred", "took_up", "baseline"):
        yield rows.loc[step, "done"], expected[step]
    for ours, theirs in waves.items():
        row, wave = rows.loc[ours], expected["waves"][theirs]
        for name in ("not_eligible", "not_yet_due", "window_open", "done"):
            yield row[name], wave[name]
        yield row["missed"], wave["overdue_missed"]
        yield (row["rate"], row["low"], row["high"]), [wave["retention_due"], *wave["wilson"]]


# Columns before and after, the couple, and which direction is better.
_CLUSTERED: dict[str, tuple[str, str, str, Better]] = {
    "lfo_rq_pre_post_by_couple": ("rq_pre", "rq_post", "couple", "higher"),
    "lfo_ds_pre_post_by_couple": ("ds_pre", "ds_post", "couple", "lower"),
    "lfo_rq_pre_fu3_by_couple": ("rq_pre", "rq_fu3", "couple", "higher"),
    "lfo_rq_by_site": ("rq_pre", "rq_post", "site", "higher"),
}


def _check_clustered(folder: Path) -> Iterable[Pair]:
    expected, data = _numbers(folder, "couples_lfo.json")["cluster_linearised"], _programme(folder)
    for name, (first, second, cluster, better) in _CLUSTERED.items():
        people, block = data.dropna(subset=[first, second]), expected[name]
        found = paired_effect(
            people[first], people[second], people[cluster].to_numpy(object), better=better
        )
        yield (found.n, found.n_couples), (block["n"], block["G"])
        yield found.improvement, block["mean"]["est"]
        yield (found.improvement_low, found.improvement_high), block["mean"]["ci"]
        yield (found.d_pre, found.g_pre), (block["d_pre"]["d"], block["d_pre"]["g"])
        yield (found.g_pre_low, found.g_pre_high), block["d_pre"]["ci_centred_on_g"]


def _check_couples(folder: Path) -> Iterable[Pair]:
    people = _programme(folder).dropna(subset=["rq_pre", "rq_post"])
    expected = _numbers(folder, "couples_lfo.json")["lfo_change_couple"]["lmer_reml"]
    fit = random_intercept_reml(people["rq_post"] - people["rq_pre"], people["couple"])
    yield (fit.estimate, fit.se), (expected["fixed"]["estimate"], expected["fixed"]["se"])
    yield fit.var_between, expected["var"]["couple.(Intercept)"]
    yield (fit.var_within, fit.icc), (expected["var"]["Residual"], expected["ICC"])


def _check_waves(folder: Path) -> Iterable[Pair]:
    data, waves = _programme(folder), ("pre", "post", "fu3", "fu6")
    scores = pd.concat([data.assign(wave=wave, y=data[f"rq_{wave}"]) for wave in waves])
    scores = scores.dropna(subset=["y"])
    columns = [np.ones(len(scores)), *(scores["wave"].eq(wave).astype(float) for wave in waves[1:])]
    groups = {name: scores[name].to_numpy(object) for name in ("couple", "person")}
    fit = nested_reml(scores["y"], np.column_stack(columns), groups)
    expected = _numbers(folder, "mixed_models_lfo.json")["lfo_long"]["reml"]
    yield fit.estimates, expected["fixed"]["estimate"]
    yield fit.se, expected["fixed"]["se"]
    yield fit.variances["couple"], expected["var"]["couple.(Intercept)"]
    yield fit.variances["person"], expected["var"]["person:couple.(Intercept)"]
    yield (fit.var_residual, fit.log_likelihood), (expected["var"]["Residual"], expected["logLik"])


def _check_families(folder: Path) -> Iterable[Pair]:
    expected = _numbers(folder, "p_adjusted.json")
    yield holm_adjust(expected["p"]), expected["holm"]
    yield benjamini_hochberg(expected["p"]), expected["bh"]


def _check_funnel(folder: Path) -> Iterable[Pair]:
    table = pd.read_csv(folder / "funnel_takeup_lfo.csv")
    target = float(table["x"].sum() / table["n"].sum())
    yield target, _numbers(folder, "sites_lfo_bcg.json")["take_up"]["p0"]
    for level, ends in (
        (0.95, ("exact_0.025", "exact_0.975")),
        (0.998, ("exact_0.001", "exact_0.999")),
    ):
        for ours, name in zip(binomial_limits(target, table["n"], level=level), ends, strict=True):
            yield ours, table[name]


Check = Callable[[Path], Iterable[Pair]]
CHECKS: tuple[tuple[str, Check, float, bool], ...] = (
    ("Effect sizes, t test", _check_effects, 1e-6, False),
    ("Small-sample correction J", _check_correction, 1e-6, False),
    ("Noncentral t limits", _check_noncentral_t, 1e-7, False),
    ("Wilcoxon's signed ranks", _check_ranks, 1e-6, False),
    ("Reliable change: points, cut-offs", _check_reliable_change, 1e-6, False),
    ("Reliable change: classes", _check_classes, EXACT, False),
    ("Wilson's interval", _check_wilson, 1e-6, False),
    ("Sites: REML, DL, PM, HK, shrinkage", _check_pool, 1e-6, False),
    ("NHS Talking Therapies: 225 cases", _check_talking_therapies, EXACT, False),
    ("Attrition cascade", _check_cascade, 1e-6, False),
    ("Intervals by couple", _check_clustered, 1e-6, False),
    ("Likeness of partners (REML)", _check_couples, 1e-5, True),
    ("All waves, couple/person (REML)", _check_waves, 1e-5, True),
    ("Families of p values", _check_families, 1e-6, False),
    ("Funnel: exact limits", _check_funnel, 1e-6, False),
)
