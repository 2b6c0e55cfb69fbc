"""Scales coded the wrong way round are found; right ones, and the sample programme, are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.direction_guard import Contradiction, find_contradictions
from evaluation.analysis.pairing import effective_waves, pair
from instruments.registry import all_instruments
from instruments.scoring import score
from sample_data.generate import generate_programme

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"phq9.total": "lower", "das_32.total": "higher", "wemwbs.total": "higher"}
LABELS = {"phq9.total": "Low mood", "das_32.total": "Adjustment", "wemwbs.total": "Well-being"}
TOP = 100.0


def site(n: int = 60, *, seed: int = 3, shared: float = 1.0) -> pd.DataFrame:
    """People whose scores and changes share one cause; scores from 0 to 100."""
    rng = np.random.default_rng(seed)
    person = np.arange(n)
    level, gain = rng.normal(0, 8, n), rng.normal(6, 6, n)
    parts = []
    for measure, better in BETTER.items():
        sign = 1 if better == "higher" else -1
        before = 50 + sign * shared * level + rng.normal(0, 5, n)
        after = before + sign * shared * gain + rng.normal(0, 4, n)
        parts.append(
            pd.DataFrame(
                {
                    "person": person,
                    "cluster": person // 2,
                    "measure": measure,
                    "before": before,
                    "after": after,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def reverse(table: pd.DataFrame, measure: str, *waves: str) -> pd.DataFrame:
    """Answers of one scale turned round within its range."""
    chosen = table["measure"] == measure
    return table.assign(**{w: table[w].mask(chosen, TOP - table[w]) for w in waves})


def found_in(table: pd.DataFrame, better=BETTER, **given) -> tuple[Contradiction, ...]:
    return find_contradictions(table, better, **given)


def test_scales_that_agree_are_left_alone() -> None:
    assert found_in(site()) == ()


@pytest.mark.parametrize("measure", BETTER)
def test_a_reversed_scale_is_found_and_no_other(measure: str) -> None:
    found = found_in(reverse(site(), measure, "before", "after"))
    assert {one.measure for one in found} == {measure}
    assert [one.what for one in found] == ["improvement", "baseline"]
    for one in found:
        assert set(one.against) == set(BETTER) - {measure}
        assert (one.n_compared, one.n_people, one.mutual) == (2, 60, False)
        assert one.r < -0.3


def test_a_wrong_direction_in_the_codebook_is_found_too() -> None:
    found = found_in(site(), BETTER | {"phq9.total": "higher"})
    assert {one.measure for one in found} == {"phq9.total"}


def test_answers_reversed_at_one_time_only_are_found() -> None:
    found = found_in(reverse(site(), "das_32.total", "after"))
    kinds = {(one.measure, one.what) for one in found}
    assert ("das_32.total", "own_waves") in kinds
    assert {measure for measure, _ in kinds} == {"das_32.total"}


def test_the_sentence_says_what_to_do() -> None:
    found = found_in(reverse(site(), "phq9.total", "before", "after"), labels=LABELS)
    assert found[0].sentence == (
        "Low mood got worse on average while Adjustment and Well-being got better, and people who "
        "improved there look worse here: check that its answers were coded in the direction of "
        "the form."
    )
    assert found[1].sentence == (
        "People who started worse on Adjustment and Well-being look better at the start on Low "
        "mood: check that its answers were coded in the direction of the form."
    )


def test_of_two_scales_either_may_be_wrong() -> None:
    table = reverse(site(), "phq9.total", "before", "after")
    table = table[table["measure"] != "wemwbs.total"]
    found = found_in(table)
    assert {one.measure for one in found} == {"phq9.total", "das_32.total"}
    assert all(one.mutual and "answers to both" in one.sentence for one in found)


def test_too_few_people_prove_nothing() -> None:
    table = reverse(site(), "phq9.total", "before", "after")
    assert found_in(table[table["person"] < 19]) == ()
    assert found_in(table[table["person"] < 20]) != ()


def test_only_people_with_both_scales_count() -> None:
    table = reverse(site(), "phq9.total", "before", "after")
    apart = table[(table["measure"] == "phq9.total") == (table["person"] < 30)]
    assert found_in(apart) == ()


def test_unrelated_scales_are_rarely_found() -> None:
    """Nothing in common: a scale must contradict both others, each with probability .025."""
    flagged = sum(
        any(one.what == "improvement" for one in found_in(site(40, seed=seed, shared=0.0)))
        for seed in range(100)
    )
    assert flagged <= 3


def test_scales_without_direction_or_spread_are_left_out() -> None:
    table = reverse(site(), "phq9.total", "before", "after")
    assert found_in(table, BETTER | {"phq9.total": "neither"}) == ()
    flat = table["measure"] == "phq9.total"
    same = table.assign(before=table["before"].mask(flat, 9), after=table["after"].mask(flat, 5))
    assert found_in(same) == ()
    assert found_in(table.iloc[:0]) == ()


def test_partners_count_as_couples_not_as_twice_the_people() -> None:
    """The same 12 couples: as 24 strangers the evidence is enough, as couples it is not."""
    rng = np.random.default_rng(5)
    x = np.repeat(rng.normal(0, 1, 12), 2)
    y = np.repeat(rng.normal(0, 1, 12), 2)
    y = -0.45 * (x - x.mean()) / x.std() + np.sqrt(1 - 0.45**2) * _rest(y, x)
    table = pd.concat(
        pd.DataFrame({"person": np.arange(24), "measure": name, "before": 0.0, "after": values})
        for name, values in (("a", x), ("b", y))
    )
    better = {"a": "higher", "b": "higher"}
    assert found_in(table.assign(cluster=table["person"]), better)
    assert not found_in(table.assign(cluster=table["person"] // 2), better)


def _rest(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What of y does not follow x, with standard deviation 1."""
    slope = np.cov(x, y)[0, 1] / x.var(ddof=1)
    rest = y - y.mean() - slope * (x - x.mean())
    return rest / rest.std()


def test_two_children_of_a_parent_are_averaged() -> None:
    table = reverse(site(), "phq9.total", "before", "after")
    higher = table.assign(before=table["before"] + 1, after=table["after"] + 2)
    lower = table.assign(before=table["before"] - 1, after=table["after"] - 2)
    assert [one.r for one in found_in(pd.concat([higher, lower]))] == pytest.approx(
        [one.r for one in found_in(table)]
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.drop(columns="cluster"),
        lambda table: table.assign(after=np.nan),
        lambda table: table.assign(measure="unheard"),
        lambda table: table.assign(cluster=""),
    ],
)
def test_mistakes_are_refused(spoil) -> None:
    with pytest.raises(ValueError):
        found_in(spoil(site()))


# --- the sample programme ------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    """Every total of the synthetic programme from start to end, one row for each unit."""
    answers = pd.concat([table for table, _ in generate_programme().values()], ignore_index=True)
    parts = []
    for instrument in all_instruments():
        columns = {f"{instrument.id}_{item.number}": item.number for item in instrument.items}
        if set(columns) <= set(answers.columns):
            items = answers[list(columns)].rename(columns=columns).astype(float)
            scores = score(instrument, items).query("scale == 'total'")
            keys = answers.drop(columns=list(columns))
            parts.append(keys.join(scores[["score"]].set_axis(scores["row"]), how="inner"))
            parts[-1] = parts[-1].assign(instrument=instrument.id, scale="total")
    waves = effective_waves(pd.concat(parts, ignore_index=True))
    roles = answers[["site", "participant", "role"]].drop_duplicates(["site", "participant"])
    pairs = pair(waves, roles, before="baseline", after="end")
    used = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
    return used.assign(
        person=used["site"] + "|" + used["participant"],
        measure=used["instrument"] + "." + used["scale"],
    )


def directions() -> dict[str, str]:
    return {f"{i.id}.{s.id}": s.better for i in all_instruments() for s in i.scales}


def test_the_sample_programme_raises_no_flag(sample: pd.DataFrame) -> None:
    headline = sample[sample["scale"] == "total"]
    known = {name: better for name, better in directions().items() if name.endswith(".total")}
    headline = headline[headline["measure"].isin(known)]
    assert headline["measure"].nunique() >= 3
    assert find_contradictions(headline, known) == ()
    for _, people in headline.groupby("site"):
        assert find_contradictions(people, known) == ()


def test_a_reversed_scale_of_the_sample_programme_is_found(sample: pd.DataFrame) -> None:
    known = {name: better for name, better in directions().items() if name.endswith(".total")}
    headline = sample[sample["measure"].isin(known)]
    most = headline["measure"].value_counts().index[0]
    found = find_contradictions(reverse(headline, most, "before", "after"), known)
    assert {one.measure for one in found} >= {most}
