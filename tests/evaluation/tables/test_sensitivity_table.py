"""sensitivity.csv by the whole way: who counts, and every method against an independent number."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.tables.on_demand import waves_table
from evaluation.tables.sensitivity import METHODS, SENSITIVITY_COLUMNS, sensitivity_table
from tests.evaluation.analysis.beat_the_blues import beat_the_blues
from tests.evaluation.tables.synthetic_programme import people, programme, run

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
MEASURE = "das_32.total"
CELL = ["site", "instrument", "scale", "contrast"]


@cache
def whole_table() -> pd.DataFrame:
    return sensitivity_table(programme())


def strip(table: pd.DataFrame, site: str = "ALL", contrast: str = "baseline_end") -> dict:
    chosen = table[(table["site"] == site) & (table["contrast"] == contrast)]
    assert tuple(chosen["method"]) == METHODS
    return {row["method"]: row for row in chosen.to_dict("records")}


# --- the synthetic programme -----------------------------------------------------------------


def test_rows_and_columns() -> None:
    table = whole_table()
    assert tuple(table.columns) == SENSITIVITY_COLUMNS
    assert not table.duplicated([*CELL, "method"]).any()
    assert set(table["site"]) == {"ALL", *people()["site"]}
    effects = programme().effects
    cells = effects[effects["subgroup"] == ""][CELL].drop_duplicates()
    assert len(table) == len(METHODS) * len(cells)


def test_completers_are_the_effects_and_likelihood_the_waves() -> None:
    table = sensitivity_table(programme()).set_index([*CELL, "method"])
    effects = programme().effects.query("subgroup == ''").set_index(CELL)
    ours = table.xs("completers", level="method")
    both = ours.reset_index().merge(effects.reset_index(), on=CELL, suffixes=("_ours", ""))
    told = both[both["n"] > 0]
    assert len(told) > 30
    assert (told["n"] == told["n_ours"]).all()
    for name in ("", "_low", "_high"):
        expected = told[f"improvement{name}"].to_numpy(float)
        found = told["estimate" if not name else name[1:]].to_numpy(float)
        assert found == pytest.approx(expected, nan_ok=True), name
    waves = waves_table(programme())
    theirs = table.xs("likelihood", level="method").reset_index()
    both = theirs.merge(waves, on=CELL, suffixes=("_ours", ""))
    both = both[both["n_completers"] > 0]
    assert len(both) > 30
    for name in ("estimate", "se", "low", "high", "d_pre", "n"):
        expected = both[name].to_numpy(float)
        assert both[f"{name}_ours"].to_numpy(float) == pytest.approx(expected, nan_ok=True), name


def test_everybody_by_hand() -> None:
    # No end dates, so everybody with a start and without an end score is lost.
    known = people().dropna(subset=["rq_pre"])
    kept = known["rq_post"].notna()
    rows = strip(whole_table())
    row = rows["bocf"]
    counts = ["n", "n_couples", "n_completers", "n_lost", "n_waiting", "n_not_asked"]
    couples = known["couple"].nunique()
    assert [row[name] for name in counts] == [
        len(known), couples, kept.sum(), (~kept).sum(), 0, 0,
    ]  # fmt: skip
    change = known["rq_post"] - known["rq_pre"]
    expected = {
        "bocf": change.fillna(0),
        "locf": change.fillna(0),
        "worst": change.fillna(0 - known["rq_pre"]),
        "best": change.fillna(151 - known["rq_pre"]),
        "lost_worsen_by_rc": change.fillna(-row["rc_points"]),
    }
    sd = known["rq_pre"].std()
    for method, values in expected.items():
        assert rows[method]["estimate"] == pytest.approx(values.mean(), rel=1e-12), method
        assert rows[method]["d_pre"] == pytest.approx(values.mean() / sd, rel=1e-12), method
        totals = (values - values.mean()).groupby(known["couple"]).sum()
        se = np.sqrt(couples / (couples - 1) * (totals**2).sum()) / len(known)
        assert rows[method]["se"] == pytest.approx(se, rel=1e-9), method
    assert rows["worst"]["estimate"] < rows["mi"]["estimate"] < rows["best"]["estimate"]


def test_last_score_is_carried_from_the_end_to_three_months() -> None:
    known = people().dropna(subset=["rq_pre"])
    used = known[known["site"].isin(known.loc[known["rq_fu3"].notna(), "site"])]
    last = used["rq_fu3"].fillna(used["rq_post"]).fillna(used["rq_pre"])
    rows = strip(whole_table(), contrast="baseline_3m")
    assert rows["locf"]["n"] == len(used)
    assert rows["locf"]["estimate"] == pytest.approx((last - used["rq_pre"]).mean(), rel=1e-12)


def test_delta_lowers_the_mean_by_the_share_lost_exactly() -> None:
    table = whole_table()
    delta, mi = (table[table["method"] == name].reset_index(drop=True) for name in ("delta", "mi"))
    told = mi["estimate"].notna() & (mi["n_lost"] > 0)
    assert told.sum() > 20
    expected = mi["estimate"] - delta["delta"] * mi["n_lost"] / mi["n"]
    assert delta.loc[told, "estimate"].to_numpy() == pytest.approx(expected[told].to_numpy())
    clear = told & ((mi["low"] > 0) | (mi["high"] < 0))
    assert (mi["tipping_points"].notna() == clear).all()
    in_rc = mi["tipping_points"] / mi["rc_points"]
    assert mi.loc[clear, "tipping_in_rc"].to_numpy() == pytest.approx(in_rc[clear].to_numpy())
    assert (mi.loc[told, "m"] >= 50).all()
    assert mi.loc[told, "fmi"].between(0, 1).all()


def test_imputation_and_weights_lie_near_the_likelihood() -> None:
    # Loss is at random in the synthetic programme, so all of them estimate the same.
    rows = strip(whole_table())
    for method in ("mi", "ipw"):
        apart = abs(rows[method]["estimate"] - rows["likelihood"]["estimate"])
        assert apart < rows["likelihood"]["se"], method
    assert rows["ipw"]["max_weight"] >= 1
    assert rows["ipw"]["n_effective"] <= rows["ipw"]["n_completers"]


def test_a_row_is_the_same_whatever_is_asked_for_beside_it() -> None:
    whole = whole_table()
    [site] = whole.loc[whole["site"] != "ALL", "site"].unique()[:1]
    one = sensitivity_table(programme(), {site}, measure=MEASURE, contrast="baseline_end")
    same = whole[(whole["site"] == site) & (whole["contrast"] == "baseline_end")]
    pd.testing.assert_frame_equal(one, same.reset_index(drop=True), check_dtype=False)
    at_hand = sensitivity_table(
        programme(), {site}, measure=MEASURE, contrast="baseline_end",
        likelihood=waves_table(programme(), {site}),
    )  # fmt: skip
    pd.testing.assert_frame_equal(one, at_hand)


def test_the_names_of_sites_and_their_order_change_nothing() -> None:
    first = strip(whole_table())
    other = strip(sensitivity_table(programme(renamed=True), measure=MEASURE))
    for method in METHODS:
        assert other[method]["estimate"] == pytest.approx(first[method]["estimate"]), method
    for name in ("estimate", "se", "low", "high", "fmi"):
        assert other["mi"][name] == first["mi"][name], name


DRAWN = ["estimate", "se", "low", "high", "df", "fmi", "m"]
SITES = {"Luton": "Z", "Croydon": "Åby", "Dover": "a"}


def couples_of_three_sites(rng: np.random.Generator) -> pd.DataFrame:
    """PHQ-9 of 90 couples and 30 people alone, with ties in plenty; half are lost at the end."""
    rows = []
    for number in range(120):
        site = ["Luton", "Luton", "Croydon", "Dover"][number % 4]
        for place in range(2 if number < 90 else 1):
            person = {
                "site": site, "participant": f"P{number}{'ab'[place]}",
                "couple": f"C{number}" if number < 90 else "", "role": ["mother", "father"][place],
                "gender": ["female", "male", ""][rng.integers(3)],
                "intervention": f"course {rng.integers(4)}",
            }  # fmt: skip
            start = int(rng.integers(8, 20))
            rows.append(person | {"wave": "baseline", "phq9_total": start})
            if rng.random() < 0.5:
                end = max(start - int(rng.integers(8)), 0)
                rows.append(person | {"wave": "end", "phq9_total": end})
    return pd.DataFrame(rows)


def drawn_rows(table: pd.DataFrame) -> pd.DataFrame:
    found = sensitivity_table(run(table.to_csv(index=False)), contrast="baseline_end")
    found = found[found["method"].isin(["mi", "delta"])].set_index(["site", "method"])
    assert (found["fmi"] > 0).all()
    return found


def test_neither_order_of_rows_nor_spelling_of_codes_changes_what_is_drawn() -> None:
    rng = np.random.default_rng(20)
    table = couples_of_three_sites(rng)
    first = drawn_rows(table)
    assert len(first) == 8
    codes = rng.permutation(1000)
    people_anew = {name: f"x{codes[n]}" for n, name in enumerate(table["participant"].unique())}
    couples_anew = {name: f"y{codes[-n]}" for n, name in enumerate(table["couple"].unique())}
    other = {
        "shuffled": table.sample(frac=1, random_state=3),
        "people": table.assign(participant=table["participant"].map(people_anew)),
        "couples": table.assign(couple=table["couple"].map(couples_anew | {"": ""})),
        "sites": table.assign(site=table["site"].map(SITES)).iloc[::-1],
    }
    for what, changed in other.items():
        found = drawn_rows(changed).rename(index={new: old for old, new in SITES.items()})
        found = found.loc[first.index]
        assert (found.loc[(slice(None), "mi"), DRAWN] == first.loc[(slice(None), "mi"), DRAWN]).all(
            axis=None
        ), what
        # The points of reliable change may differ in the last digit.
        pd.testing.assert_frame_equal(found[DRAWN], first[DRAWN], rtol=1e-12, check_dtype=False)


def test_the_only_site_has_the_row_of_all() -> None:
    table = couples_of_three_sites(np.random.default_rng(21))
    found = drawn_rows(table[table["site"] == "Luton"])
    for method in ("mi", "delta"):
        assert (found.loc[("ALL", method), DRAWN] == found.loc[("Luton", method), DRAWN]).all()


def test_beat_the_blues_with_what_is_known_of_people() -> None:
    # The reference: weights from the first score, drug, length and treatment 12.151; imputation
    # 11.0475, four Monte Carlo errors .22. The relationship scale carries the BDI's numbers, and
    # has its better end at the top: the sign is turned.
    scores, known = beat_the_blues()
    lines = ["site,participant,wave,das_32_total,referral_route,age_band,intervention"]
    for number, (row, (drug, length, treatment)) in enumerate(zip(scores, known, strict=True)):
        more = f"drug {drug:.0f},{'25-34' if length else '35-44'},course {treatment:.0f}"
        lines += [
            f"Luton,P{number},{wave},{score:g},{more}"
            for wave, score in zip(["baseline", "2m", "3m", "5m", "8m"], row, strict=True)
            if np.isfinite(score)
        ]
    rows = strip(sensitivity_table(run("\n".join(lines))), contrast="baseline_8m")
    assert (rows["mi"]["n"], rows["mi"]["n_lost"], rows["mi"]["m"]) == (100, 48, 50)
    assert rows["completers"]["estimate"] == pytest.approx(-11.885, abs=5e-4)
    assert rows["ipw"]["estimate"] == pytest.approx(-12.151, abs=5e-4)
    assert rows["mi"]["estimate"] == pytest.approx(-11.0475, abs=0.22)


def test_no_such_measure_or_site() -> None:
    assert sensitivity_table(programme(), measure="phq9.total").empty
    assert sensitivity_table(programme(), {"Nowhere"}).empty
    assert tuple(sensitivity_table(programme(), {"Nowhere"}).columns) == SENSITIVITY_COLUMNS


# --- by hand ---------------------------------------------------------------------------------


def luton(outcomes: dict[str, str | int]) -> dict[str, dict]:
    """PHQ-9 20 at the start; the end as given ("" = none), or how the person left."""
    lines = ["site,participant,couple,wave,completed_on,phq9_total"]
    use = ["site,participant,took_up,started_on,ended_on,ending"]
    for n, (name, end) in enumerate(outcomes.items()):
        lines.append(f"Luton,{name},,baseline,2017-01-10,{20 + n % 3}")
        if isinstance(end, int):
            lines.append(f"Luton,{name},,end,2017-03-01,{end}")
        left = {"waiting": "2017-12-20", "": "2017-03-01"}.get(str(end), "2017-03-01")
        ending = end if end in ("withdrew consent", "safeguarding") else ""
        use.append(f"Luton,{name},yes,2017-01-10,{left},{ending}")
    files = [("a.csv", "\n".join(lines)), ("service_use.csv", "\n".join(use))]
    return strip(sensitivity_table(analysed(files)), "Luton")


def analysed(files: list[tuple[str, str]]) -> Results:
    report = read_files([(name, text.encode()) for name, text in files])
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(""), data_lock=dt.date(2017, 12, 31))


KEPT = {f"K{n}": 8 + n % 5 for n in range(12)}


def test_waiting_and_those_not_asked_are_in_nobodys_mean() -> None:
    others = {"L1": "", "L2": "", "W1": "waiting", "C": "withdrew consent", "S": "safeguarding"}
    rows = luton(KEPT | others)
    row = rows["bocf"]
    names = ["n", "n_completers", "n_lost", "n_waiting", "n_not_asked"]
    assert [row[name] for name in names] == [14, 12, 2, 1, 2]
    change = [20 + n % 3 - end for n, end in enumerate(KEPT.values())]
    assert rows["completers"]["estimate"] == pytest.approx(np.mean(change))
    assert row["estimate"] == pytest.approx(sum(change) / 14)
    assert row["share_lost"] == pytest.approx(2 / 14)
    # PHQ-9 runs from 0 (best) to 27; L1 started at 20, L2 at 21.
    assert rows["worst"]["estimate"] == pytest.approx((sum(change) + 20 - 27 + 21 - 27) / 14)
    assert rows["best"]["estimate"] == pytest.approx((sum(change) + 20 + 21) / 14)
    assert row["reason"] == ""


def test_nobody_lost() -> None:
    rows = luton(KEPT)
    for method in set(METHODS) - {"likelihood"}:
        assert rows[method]["estimate"] == pytest.approx(rows["completers"]["estimate"]), method
        assert rows[method]["low"] == pytest.approx(rows["completers"]["low"]), method
        assert rows[method]["reason"] == "NONE_LOST", method
    assert np.isnan(rows["mi"]["tipping_points"])


def test_everybody_lost() -> None:
    rows = luton({f"L{n}": "" for n in range(6)})
    assert {rows[m]["reason"] for m in ("completers", "ipw", "mi", "delta")} == {"NONE_OBSERVED"}
    assert rows["bocf"]["estimate"] == 0
    assert rows["best"]["estimate"] == pytest.approx(21.0)
    assert rows["worst"]["estimate"] == pytest.approx(-6.0)
    assert rows["lost_worsen_by_rc"]["reason"] == "RC_MISSING"


def test_everybody_still_awaited() -> None:
    rows = luton({f"W{n}": "waiting" for n in range(6)})
    assert {row["reason"] for row in rows.values()} == {"NOT_YET_DUE"}
    assert rows["mi"]["n_waiting"] == 6
    assert np.isnan(float(rows["worst"]["estimate"]))


@pytest.mark.parametrize("n_kept", [1, 2, 4])
def test_few_who_came_back(n_kept: int) -> None:
    rows = luton({f"K{n}": 10 + 2 * n for n in range(n_kept)} | {"L": ""})
    assert rows["mi"]["reason"] == "FEW_FOR_IMPUTATION"
    assert np.isfinite(rows["worst"]["estimate"])
    assert rows["completers"]["n"] == n_kept
    assert rows["completers"]["reason"] == ("G1" if n_kept == 1 else "")


def test_one_couple() -> None:
    lines = ["site,participant,couple,wave,phq9_total"]
    for name, end in (("A", 10), ("B", "")):
        lines += [f"Luton,{name},C,baseline,20"] + ([f"Luton,{name},C,end,{end}"] if end else [])
    rows = strip(sensitivity_table(run("\n".join(lines))), "Luton")
    assert rows["bocf"]["estimate"] == 5
    assert rows["bocf"]["reason"] == "G1"


def test_whoever_did_the_wave_without_this_measure_is_lost_to_it() -> None:
    lines = ["site,participant,wave,phq9_total,gad7_total"]
    for n in range(10):
        gad = "" if n < 3 else str(6 + n % 3)
        lines += [f"Luton,P{n},baseline,{15 + n % 4},{12 + n % 3}", f"Luton,P{n},end,{8 + n},{gad}"]
    table = sensitivity_table(run("\n".join(lines)))
    lost = table[table["method"] == "bocf"].set_index(["site", "instrument", "contrast"])["n_lost"]
    assert lost["Luton", "phq9", "baseline_end"] == 0
    assert lost["Luton", "gad7", "baseline_end"] == 3


def test_a_measure_that_nobody_has_at_the_wave_is_not_asked_there() -> None:
    lines = ["site,participant,wave,phq9_total,gad7_total"]
    for n in range(10):
        lines += [f"Luton,P{n},baseline,{15 + n % 4},{12 + n % 3}", f"Luton,P{n},end,{8 + n},"]
    table = sensitivity_table(run("\n".join(lines)), measure="gad7.total")
    row = strip(table, "Luton")["bocf"]
    assert (row["n"], row["n_lost"], row["n_not_asked"], row["reason"]) == (0, 0, 10, "N0")


def test_nobody_is_lost_at_a_wave_that_the_site_does_not_use() -> None:
    # All 30 answered at 6 months and nobody at 3; Q has no first score.
    lines = ["site,participant,wave,completed_on,phq9_total"]
    use = ["site,participant,took_up,started_on,ended_on"]
    for n in range(30):
        lines += [f"Luton,P{n},baseline,2016-01-10,{15 + n % 4}"]
        lines += [f"Luton,P{n},end,2016-03-01,{8 + n % 7}", f"Luton,P{n},6m,2016-09-01,{9 + n % 5}"]
        use.append(f"Luton,P{n},yes,2016-01-10,2016-03-01")
    lines.append("Luton,Q,end,2016-03-01,9")
    use.append("Luton,Q,yes,2016-01-10,2016-03-01")
    table = sensitivity_table(
        analysed([("a.csv", "\n".join(lines)), ("service_use.csv", "\n".join(use))])
    )
    unused, used = (strip(table, "Luton", name)["bocf"] for name in ("end_3m", "end_6m"))
    assert (unused["n"], unused["n_lost"], unused["n_not_asked"]) == (0, 0, 31)
    # Q's six months have passed without an answer.
    assert (used["n"], used["n_completers"], used["n_lost"]) == (31, 30, 1)


def test_whose_dates_are_out_of_order_is_neither_kept_nor_lost() -> None:
    lines = ["site,participant,wave,completed_on,phq9_total"]
    for n in range(8):
        lines += [f"Luton,P{n},baseline,2017-01-10,{15 + n % 4}"]
        lines += [f"Luton,P{n},end,2017-03-01,{8 + n}"]
    lines += ["Luton,Q,baseline,2017-02-01,18", "Luton,Q,end,2017-01-15,2"]
    lines += ["Luton,L,baseline,2017-01-10,16"]
    rows = strip(sensitivity_table(run("\n".join(lines))), "Luton")
    names = ["n", "n_completers", "n_lost", "n_not_asked"]
    assert [rows["bocf"][name] for name in names] == [9, 8, 1, 1]
    # Nothing is made up for Q: changes of 7, 7, 7, 7, 3, 3, 3, 3, and L at 0 or at 27.
    assert rows["bocf"]["estimate"] == pytest.approx(40 / 9)
    assert rows["worst"]["estimate"] == pytest.approx((40 + 16 - 27) / 9)


def test_everybody_out_of_order() -> None:
    lines = ["site,participant,wave,completed_on,phq9_total"]
    for n in range(3):
        lines += [f"Luton,P{n},baseline,2017-02-01,18", f"Luton,P{n},end,2017-01-15,2"]
    row = strip(sensitivity_table(run("\n".join(lines))), "Luton")["worst"]
    assert (row["n"], row["n_lost"], row["n_not_asked"], row["reason"]) == (0, 0, 3, "N0")


def test_the_notes_say_which_reliable_change() -> None:
    rows = strip(whole_table())
    assert "rc_points" in rows["lost_worsen_by_rc"]["note"]
    assert "(rc_points)" in rows["delta"]["note"]
    assert rows["delta"]["delta"] == rows["delta"]["rc_points"]


def test_practitioners_are_in_no_row() -> None:
    lines = ["site,participant,role,wave,phq9_total"]
    for n in range(8):
        lines += [f"Luton,P{n},mother,baseline,{15 + n % 4}", f"Luton,P{n},end,end,{8 + n}"]
    lines = [line.replace(",end,end,", ",mother,end,") for line in lines]
    before = strip(sensitivity_table(run("\n".join(lines))), "Luton")["bocf"]
    lines += ["Luton,X,practitioner,baseline,2", "Luton,Y,practitioner,baseline,3"]
    after = strip(sensitivity_table(run("\n".join(lines))), "Luton")["bocf"]
    assert after == pytest.approx(before, nan_ok=True)


def test_no_data() -> None:
    table = sensitivity_table(run("site,participant,wave,phq9_total\nLuton,A,3m,3"))
    assert table.empty
    assert tuple(table.columns) == SENSITIVITY_COLUMNS


def test_reports_about_children_count_by_child_and_informant() -> None:
    lines = ["site,participant,child,informant,wave,sdq_parent_4_17_total_difficulties"]
    for n in range(9):
        for child in ("1", "2"):
            lines.append(f"Luton,P{n},{child},parent,baseline,{15 + n % 5}")
            if n < 7 and child == "1":
                lines.append(f"Luton,P{n},{child},parent,end,{10 + n}")
    row = strip(sensitivity_table(run("\n".join(lines))), "Luton")["bocf"]
    assert (row["n"], row["n_couples"], row["n_completers"], row["n_lost"]) == (18, 9, 7, 11)
