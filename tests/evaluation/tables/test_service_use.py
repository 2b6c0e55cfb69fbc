"""Use of support, sessions beside change, and costs, by the whole way from the file."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.tables.costs import COST_COLUMNS, cost_row, costs_table
from evaluation.tables.dose import DOSE_COLUMNS, dose_table, headline_measure
from evaluation.tables.service_use import (
    ENDINGS,
    MEASURES,
    SERVICE_FIGURE_COLUMNS,
    service_use_table,
)
from tests.evaluation.tables.synthetic_programme import people

HEADER = (
    "site,participant,couple,referred_on,took_up,started_on,ended_on,ending,sessions_offered,"
    "sessions_attended,sessions_cancelled,sessions_dna,hours_offered,hours_used,satisfied,"
    "met_expectations,would_recommend,worker_rating_before,worker_rating_after"
)


def run(service: str, scores: str = "", *, rules: str = "", lock=None) -> Results:
    files = [("service_use.csv", service.encode())]
    files += [("scores.csv", scores.encode())] if scores else []
    report = read_files(files)
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules), data_lock=lock)


def of_rows(*rows: str, scores: str = "", rules: str = "") -> Results:
    return run("\n".join([HEADER, *rows]), scores, rules=rules)


def figure(results: Results, measure: str, site: str = "ALL") -> dict:
    table = service_use_table(results)
    [row] = table[(table["site"] == site) & (table["measure"] == measure)].to_dict("records")
    return row


@cache
def synthetic(rules: str = "") -> Results:
    known = people()
    service = pd.DataFrame(
        {
            "site": known["site"], "participant": known["person"], "couple": known["couple"],
            "referred_on": known["referral_date"],
            "took_up": known["took_up"].map({1: "yes", 0: "no"}),
            "started_on": known["start_date"], "ended_on": known["end_date"],
            **{n: known[n].astype("Int64") for n in ("sessions_offered", "sessions_attended",
                                                     "sessions_dna")},
        }
    )  # fmt: skip
    waves = []
    for wave, name in (("baseline", "rq_pre"), ("end", "rq_post")):
        waves.append(
            pd.DataFrame(
                {"site": known["site"], "participant": known["person"],
                 "couple": known["couple"], "wave": wave, "das_32_total": known[name]}
            ).dropna()
        )  # fmt: skip
    return run(service.to_csv(index=False), pd.concat(waves).to_csv(index=False), rules=rules)


# --- the synthetic programme ------------------------------------------------------------------


def test_the_whole_way_gives_the_reference() -> None:
    row = figure(synthetic(), "dna_rate")
    assert (row["numerator"], row["denominator"]) == (677, 2733)
    assert row["value"] == pytest.approx(0.247713135748262, abs=1e-12)
    reach = stats.t.ppf(0.975, row["n_couples"] - 1) * 0.00804185188240915
    assert (row["low"], row["high"]) == pytest.approx((row["value"] - reach, row["value"] + reach))
    totals = {m: figure(synthetic(), m)["value"] for m in ("sessions_offered", "sessions_attended")}
    assert totals == {"sessions_offered": 2733, "sessions_attended": 2056}
    # Nobody noted cancelled sessions, which is not the same as none.
    cancelled = figure(synthetic(), "sessions_cancelled")
    assert np.isnan(cancelled["value"]) and cancelled["reason"] == "NOT_RECORDED"


def test_take_up_is_the_step_of_attrition() -> None:
    results = synthetic()
    steps = results.attrition
    steps = steps[(steps["unit"] == "person") & (steps["step"] == "took_up")].set_index("site")
    table = service_use_table(results)
    shares = table[table["measure"] == "take_up"].set_index("site")
    for mine, theirs in (("value", "rate"), ("low", "low"), ("high", "high"), ("n", "n")):
        pd.testing.assert_series_equal(
            shares[mine].astype(float), steps.loc[shares.index, theirs].astype(float),
            check_names=False,
        )  # fmt: skip


def test_rows_are_all_sites_first_then_each_with_every_measure() -> None:
    table = service_use_table(synthetic())
    assert tuple(table.columns) == SERVICE_FIGURE_COLUMNS
    assert table["site"].iloc[0] == "ALL"
    assert table.groupby("site").size().unique().tolist() == [len(MEASURES)]
    counts = table[table["measure"] == "referrals"].set_index("site")["value"]
    assert counts["ALL"] == counts.drop("ALL").sum() == len(people())
    one = service_use_table(synthetic(), only=["S03"])
    assert set(one["site"]) == {"S03"}
    missing = table["value"].isna() & (table["reason"] == "")
    assert not missing.any()


def test_dose_is_on_the_main_measure_of_each_site() -> None:
    table = dose_table(synthetic())
    assert tuple(table.columns) == DOSE_COLUMNS
    assert set(table["instrument"] + "." + table["scale"]) == {"das_32.total"}
    known = people().dropna(subset=["rq_pre", "rq_post", "sessions_attended"])
    line = table[(table["site"] == "ALL") & (table["row"] == "slope")].iloc[0]
    assert line["n"] == len(known)
    fitted = stats.linregress(known["sessions_attended"], known["rq_post"] - known["rq_pre"])
    assert line["estimate"] == pytest.approx(fitted.slope)
    bands = table[(table["site"] == "ALL") & (table["row"] != "slope")]
    assert bands["n"].sum() == line["n"]
    assert set(dose_table(synthetic(), only=["S02"])["site"]) == {"S02"}


def test_the_rule_file_names_the_measure() -> None:
    results = synthetic('primary: {"*": das_32.total}')
    assert headline_measure(results, "ALL") == ("das_32", "total")
    assert headline_measure(results, "Nowhere") is None


# --- what counts, and what is not known ---------------------------------------------------------


def test_blanks_are_unknown_and_never_none() -> None:
    results = of_rows(
        "Luton,P1,C1,,yes,,,,8,6,1,1,8,6,9,8,yes,4,7",
        "Luton,P2,C1,,yes,,,,,,,,,,,,,,",
        "Luton,P3,C3,,no,,,,,,,,,,,,,,",
        "Luton,P4,C4,,,,,,,,,,,,,,,,",
    )
    assert figure(results, "referrals")["value"] == 4
    take_up = figure(results, "take_up")
    assert (take_up["numerator"], take_up["denominator"], take_up["n_unknown"]) == (2, 4, 1)
    offered = figure(results, "sessions_offered")
    # P3 declined, so there is nothing to know; of P2 and P4 it is not known.
    assert (offered["value"], offered["n"], offered["n_unknown"]) == (8, 1, 2)
    assert (figure(results, "satisfied")["n"], figure(results, "satisfied")["n_unknown"]) == (1, 2)
    assert figure(results, "dna_rate")["value"] == 1 / 8
    assert figure(results, "dna_rate")["reason"] == "G1"


def test_offered_is_added_up_only_from_all_three() -> None:
    results = of_rows(
        "Luton,P1,,,yes,,,,,4,1,1,,,,,,,", "Luton,P2,,,yes,,,,,4,,1,,,,,,,",
        "Luton,P3,,,yes,,,,6,3,1,2,,,,,,,",
    )  # fmt: skip
    offered = figure(results, "sessions_offered")
    assert (offered["value"], offered["n_unknown"]) == (12, 1)
    assert offered["reason"] == "OFFERED_ADDED_UP"
    assert figure(results, "attended_share")["value"] == pytest.approx(7 / 12)
    assert figure(results, "sessions_attended")["value"] == 11


def test_more_attended_than_offered_counts_as_given_and_is_told() -> None:
    results = of_rows("Luton,P1,,,yes,,,,4,6,,,,,,,,,", "Luton,P2,,,yes,,,,8,4,,,,,,,,,")
    share = figure(results, "attended_share")
    assert share["value"] == pytest.approx(10 / 12)
    assert "SESSIONS_CONTRADICT" in share["reason"]
    assert figure(results, "sessions_contradict")["value"] == 1
    assert figure(results, "satisfied")["reason"] == "NOT_RECORDED"


def test_exactly_half_is_not_fewer_than_half() -> None:
    rows = [f"Luton,P{n},,,yes,,,,8,{attended},,,,,,,,," for n, attended in enumerate((3, 4, 5, 0))]
    rows += ["Luton,P9,,,yes,,,,0,0,,,,,,,,,", "Luton,P8,,,yes,,,,8,,,,,,,,,,"]
    half = figure(of_rows(*rows), "fewer_than_half")
    assert (half["numerator"], half["denominator"]) == (2, 4)
    assert half["n_unknown"] == 1  # nothing was offered to P9, and of P8 it is not known


def test_endings_opinions_and_ratings_of_hand_made_people() -> None:
    results = of_rows(
        "Luton,P1,C1,,yes,2024-01-01,2024-03-01,planned,,,,,,,9,8,yes,4,7",
        "Luton,P2,C1,,yes,2024-01-01,2024-03-01,planned,,,,,,,7,8,unsure,5,6",
        "Luton,P3,C3,,yes,2024-01-01,2024-03-01,dropped out,,,,,,,5,2,no,3,",
        "Luton,P4,C4,,yes,2024-01-01,2024-03-01,,,,,,,,,,,,",
        "Luton,P5,C5,,yes,2024-01-01,,,,,,,,,,,,,",
        "Luton,P6,C6,,yes,2024-01-01,2024-02-01,withdrew consent,,,,,,,,,,,",
    )
    shares = {e: figure(results, f"ending_{e}")["numerator"] for e in ENDINGS}
    assert shares == {
        "planned": 2, "dropped_out": 1, "separated": 0, "safeguarding": 0, "withdrew_consent": 1,
    }  # fmt: skip
    planned = figure(results, "ending_planned")
    assert (planned["value"], planned["n_unknown"], planned["n_couples"]) == (0.5, 1, 3)
    assert figure(results, "ending_unknown")["value"] == 1
    assert figure(results, "not_ended")["value"] == 1
    assert figure(results, "met_expectations")["value"] == 6
    recommends = [figure(results, f"would_recommend_{a}")["value"] for a in ("yes", "unsure", "no")]
    assert recommends == pytest.approx([1 / 3] * 3)
    # P3 was rated once, so is in neither average.
    change = figure(results, "worker_rating_change")
    before, after = (figure(results, f"worker_rating_{w}")["value"] for w in ("before", "after"))
    assert (change["n"], change["value"], before, after) == (2, 2.0, 4.5, 6.5)
    assert change["reason"] == "G1"


def test_practitioners_are_left_out() -> None:
    scores = "site,participant,role,wave,phq9_total\nLuton,W1,practitioner,baseline,3"
    results = of_rows(
        "Luton,P1,,,yes,,,,8,6,,,,,,,,,", "Luton,W1,,,yes,,,,9,9,,,,,,,,,", scores=scores
    )
    assert figure(results, "referrals")["value"] == 1
    assert figure(results, "sessions_offered")["value"] == 8


def test_what_comes_after_the_lock_is_not_known_yet() -> None:
    import datetime as dt

    text = "\n".join(
        [
            HEADER,
            "Luton,P1,,2024-01-01,yes,2024-02-01,2024-05-01,planned,,,,,,,,,,,",
            "Luton,P2,,2024-06-01,yes,2024-06-10,,,,,,,,,,,,,",
        ]
    )
    results = run(text, lock=dt.date(2024, 4, 1))
    assert figure(results, "referrals")["value"] == 1
    assert figure(results, "not_ended")["value"] == 1
    assert figure(results, "ending_planned")["n"] == 0


def test_without_service_use_there_are_no_rows() -> None:
    scores = "site,participant,wave,phq9_total\nLuton,P1,baseline,12\nLuton,P1,end,4"
    report = read_files([("a.csv", scores.encode())])
    results = analyse(report.dataset, parse_settings("costs: {luton: 1000}"))
    assert service_use_table(results).empty
    line = dose_table(results, only=["Luton"]).iloc[0]
    assert (line["n"], line["n_unknown"], line["reason"]) == (0, 1, "SESSIONS_UNKNOWN")
    [row] = costs_table(results).to_dict("records")
    assert np.isnan(row["n_took_up"]) and "no_service_use" in row["reason"]


# --- costs --------------------------------------------------------------------------------------


def of_costs(rules: str) -> Results:
    """Ten take up support; six are measured, of whom three improve by 12 and three by none."""
    service = [f"Luton,P{n},,,yes,,,,,,,,,,,,,," for n in range(10)]
    scores = ["site,participant,wave,phq9_total"]
    for n in range(6):
        start = 18 + n % 3
        scores += [f"Luton,P{n},baseline,{start}", f"Luton,P{n},end,{start - 12 * (n < 3)}"]
    return of_rows(*service, scores="\n".join(scores), rules=rules)


def test_costs_for_each_person_and_each_improvement() -> None:
    results = of_costs("costs: {luton: 12000, croydon: 5}\nmeasures: {phq9.total: {sd: 5}}")
    table = costs_table(results)
    assert tuple(table.columns) == COST_COLUMNS
    row = table[table["site"] == "Luton"].iloc[0]
    assert (row["n_took_up"], row["cost_per_person"]) == (10, 1200)
    assert (row["n_measured"], row["reliably_improved"], row["n_unknown"]) == (6, 3, 4)
    assert (row["cost_per_reliably_improved"], row["cost_if_unmeasured_alike"]) == (4000, 2400)
    assert row["low"] < 4000 < row["high"]
    # A cost without data is said, not dropped.
    assert table[table["site"] == "croydon"]["reason"].tolist() == ["NO_DATA"]
    assert costs_table(results, only=["Luton"])["site"].tolist() == ["Luton"]
    entered = cost_row(results, "Luton", 24_000)
    assert entered["cost_per_reliably_improved"] == 8000


def test_no_cost_no_table() -> None:
    assert costs_table(of_costs("")).empty
