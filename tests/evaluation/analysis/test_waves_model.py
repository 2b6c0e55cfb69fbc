"""All waves together against lme4, against balanced arithmetic and against identities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from evaluation.analysis.waves_model import WavesModel, waves_model

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
LME4 = json.loads((REFERENCE / "mixed_models_lfo.json").read_text())["lfo_long"]
WAVES = {"baseline": "pre", "end": "post", "3m": "fu3", "6m": "fu6"}


def lfo(scale: str = "rq") -> pd.DataFrame:
    people = pd.read_csv(REFERENCE / "lfo_synth.csv")
    people = people.rename(columns={"person": "participant"})
    parts = [people.assign(wave=w, score=people[f"{scale}_{t}"]) for w, t in WAVES.items()]
    return pd.concat(parts, ignore_index=True)[
        ["site", "participant", "couple", "wave", "score"]
    ].dropna(subset=["score"])


@pytest.fixture(scope="module")
def fitted() -> WavesModel:
    return waves_model(lfo(), better="higher")


def test_contrasts_equal_lme4(fitted: WavesModel) -> None:
    assert [(c.before, c.after) for c in fitted.contrasts] == [
        ("baseline", "end"), ("baseline", "3m"), ("baseline", "6m"), ("end", "3m"), ("end", "6m"),
    ]  # fmt: skip
    for found, expected in zip(fitted.contrasts, LME4["contrasts_satterthwaite"], strict=True):
        assert found.estimate == pytest.approx(expected["estimate"], rel=1e-7)
        assert found.se == pytest.approx(expected["se"], rel=1e-6)
        assert found.df == LME4["n_couples"] - 1
        reach = special.stdtrit(219, 0.975) * expected["se"]
        assert found.low == pytest.approx(expected["estimate"] - reach, rel=1e-6)
        assert found.high == pytest.approx(expected["estimate"] + reach, rel=1e-6)
    assert (fitted.n, fitted.n_couples, fitted.n_scores) == (362, 220, 765)


def test_variances_equal_lme4(fitted: WavesModel) -> None:
    variances = LME4["reml"]["var"]
    couple, person = variances["couple.(Intercept)"], variances["person:couple.(Intercept)"]
    total = couple + person + variances["Residual"]
    assert fitted.var_couple == pytest.approx(couple, rel=1e-5)
    assert fitted.var_person == pytest.approx(person, rel=1e-5)
    assert fitted.var_residual == pytest.approx(variances["Residual"], rel=1e-5)
    assert fitted.icc_couple == pytest.approx(couple / total, rel=1e-5)
    assert fitted.icc_person == pytest.approx((couple + person) / total, rel=1e-5)
    assert fitted.log_likelihood == pytest.approx(LME4["reml"]["logLik"], abs=1e-8)
    assert not fitted.singular


def test_with_sites_equals_lme4() -> None:
    found = waves_model(lfo(), better="higher", with_sites=True)
    expected = LME4["with_site"]
    for position, contrast in enumerate(found.contrasts[:3], start=1):
        assert contrast.estimate == pytest.approx(expected["fixed"]["estimate"][position], rel=1e-6)
        assert contrast.se == pytest.approx(expected["fixed"]["se"][position], rel=1e-5)
        assert contrast.df == 11
    assert found.var_site == pytest.approx(expected["var"]["site.(Intercept)"], rel=1e-5)


def test_persons_are_counted(fitted: WavesModel) -> None:
    people = pd.read_csv(REFERENCE / "lfo_synth.csv")
    end = fitted.contrasts[0]
    assert (end.n_before, end.n_after) == (people["rq_pre"].count(), people["rq_post"].count())
    assert end.n_both == 234
    sd = people["rq_pre"].std()
    assert fitted.sd_pre == pytest.approx(sd, rel=1e-12)
    first, three, _, later, _ = (contrast.d_pre for contrast in fitted.contrasts)
    assert first == pytest.approx(LME4["reml"]["fixed"]["estimate"][1] / sd, rel=1e-6)
    assert first + later == pytest.approx(three, rel=1e-12)


# --- identities ----------------------------------------------------------------------------


@st.composite
def balanced(draw: st.DrawFn) -> pd.DataFrame:
    """Four to nine couples of two, everybody at baseline, end and 3 months."""
    couples = draw(st.integers(4, 9))
    numbers = st.lists(st.integers(0, 40), min_size=6 * couples, max_size=6 * couples)
    scores = np.array(draw(numbers), dtype=float)
    person = np.repeat(np.arange(2 * couples), 3)
    return pd.DataFrame(
        {
            "participant": [f"p{number}" for number in person],
            "couple": [f"c{number // 2}" for number in person],
            "wave": np.tile(["baseline", "end", "3m"], 2 * couples),
            "score": scores,
        }
    )


def estimates(found: WavesModel) -> np.ndarray:
    return np.array([contrast.estimate for contrast in found.contrasts])


@given(balanced())
def test_with_everybody_there_the_model_gives_the_plain_means(table: pd.DataFrame) -> None:
    found = waves_model(table, better="lower")
    if found.reason:
        return
    means = table.groupby("wave")["score"].mean()
    for contrast in found.contrasts:
        if "6m" in (contrast.before, contrast.after):
            assert contrast.reason == "WAVE_MISSING"
            assert np.isnan(contrast.estimate)
            continue
        plain = means[contrast.before] - means[contrast.after]
        assert contrast.estimate == pytest.approx(plain, abs=1e-9)


@given(balanced())
def test_couples_twice_change_no_estimate_of_a_full_table(table: pd.DataFrame) -> None:
    again = table.assign(participant="x" + table["participant"], couple="x" + table["couple"])
    once = waves_model(table, better="lower")
    twice = waves_model(pd.concat([table, again]), better="lower")
    if once.reason or twice.reason:
        return
    np.testing.assert_allclose(estimates(once), estimates(twice), atol=1e-9)
    assert twice.contrasts[0].se < once.contrasts[0].se


def test_shift_scale_and_direction() -> None:
    table = lfo("ds")
    first = waves_model(table, better="lower")
    moved = waves_model(table.assign(score=7 + 3 * table["score"]), better="lower")
    turned = waves_model(table.assign(score=-table["score"]), better="higher")
    flipped = waves_model(table, better="higher")
    for one, two, three, four in zip(
        first.contrasts, moved.contrasts, turned.contrasts, flipped.contrasts, strict=True
    ):
        assert two.estimate == pytest.approx(3 * one.estimate, rel=1e-6)
        assert two.d_pre == pytest.approx(one.d_pre, rel=1e-6)
        assert (three.low, three.high) == pytest.approx((one.low, one.high), rel=1e-6)
        assert (four.low, four.high) == pytest.approx((-one.high, -one.low), rel=1e-6)


def test_order_of_rows_and_other_waves_do_not_matter() -> None:
    table = lfo()
    extra = table[table["wave"] == "end"].assign(wave="session", score=1.0)
    mixed = pd.concat([table, extra]).sample(frac=1, random_state=1)
    first, second = waves_model(table, better="higher"), waves_model(mixed, better="higher")
    np.testing.assert_allclose(estimates(first), estimates(second), rtol=1e-9)
    assert second.n_scores == first.n_scores


def test_one_name_at_two_sites_is_two_people() -> None:
    table = lfo()
    other = table.assign(site=table["site"] + "x")
    assert waves_model(pd.concat([table, other]), better="higher").n == 2 * 362
    with pytest.raises(ValueError, match="two scores"):
        waves_model(pd.concat([table, other]).drop(columns="site"), better="higher")


def test_people_alone_share_no_couple() -> None:
    table = lfo().assign(couple="")
    found = waves_model(table, better="higher")
    assert found.n_couples == found.n == 362
    assert np.isnan([found.var_couple, found.icc_couple]).all()
    assert found.reason == ""
    assert found.var_person > 0


# --- what cannot be estimated --------------------------------------------------------------


def rows(*scores: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(scores, columns=["participant", "couple", "wave", "score"])


def same_course(before: float, after: float) -> pd.DataFrame:
    """Three people who differ, and change by the same amount."""
    steps = (("baseline", before), ("end", after))
    return rows(*(("abc"[i], "", wave, i + step) for i in range(3) for wave, step in steps))


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (rows(), "N0"),
        (rows(("a", "", "baseline", np.nan)), "N0"),
        (rows(("a", "", "baseline", 4)), "G1"),
        (rows(("a", "k", "baseline", 4), ("b", "k", "baseline", 9), ("b", "k", "end", 3)), "G1"),
        (rows(("a", "", "baseline", 4), ("b", "", "baseline", 4), ("a", "", "end", 4)), "DF0"),
        (same_course(0.1, 0.1), "SD0"),
        (same_course(0.1, 0.3), "SD0"),
        (
            rows(*(("abc"[i], "", wave, 0.1) for i in range(3) for wave in ("baseline", "end"))),
            "SD0",
        ),
    ],
)
def test_too_little_has_a_reason(table: pd.DataFrame, reason: str) -> None:
    found = waves_model(table, better="lower")
    assert found.reason == reason
    for contrast in found.contrasts:
        assert contrast.reason in (reason, "WAVE_MISSING")
        assert np.isnan([contrast.estimate, contrast.se, contrast.low, contrast.d_pre]).all()


def test_a_scale_without_direction() -> None:
    found = waves_model(lfo(), better="neither")
    assert found.reason == "NO_DIRECTION"
    assert np.isnan(estimates(found)).all()


def test_without_baseline_later_waves_are_still_compared() -> None:
    table = lfo()
    found = waves_model(table[table["wave"] != "baseline"], better="higher")
    reasons = [contrast.reason for contrast in found.contrasts]
    assert reasons == ["WAVE_MISSING"] * 3 + ["", ""]
    assert np.isfinite(found.contrasts[3].estimate)
    assert np.isnan([found.sd_pre, found.contrasts[3].d_pre]).all()


def test_mistakes_are_named() -> None:
    table = lfo()
    with pytest.raises(ValueError, match="wave"):
        waves_model(table.drop(columns="wave"), better="higher")
    with pytest.raises(ValueError, match="site"):
        waves_model(table.drop(columns="site"), better="higher", with_sites=True)
    with pytest.raises(ValueError, match="better"):
        waves_model(table, better="up")
    with pytest.raises(ValueError, match="level"):
        waves_model(table, better="higher", level=95)
    with pytest.raises(ValueError, match="finite"):
        waves_model(table.assign(score=np.inf), better="higher")
    with pytest.raises(ValueError, match="two couples"):
        waves_model(table.assign(couple=table["couple"] + table["wave"]), better="higher")
