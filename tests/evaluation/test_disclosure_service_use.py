"""What is released of the use of support: nothing small, and nothing that follows from the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.service_use import cost_per_improved
from evaluation.config import DisclosureRule
from evaluation.disclosure.service_use import release_costs, release_dose, release_service_use
from evaluation.model import EFFECT_COLUMNS
from evaluation.tables.costs import COST_COLUMNS
from evaluation.tables.dose import DOSE_COLUMNS
from evaluation.tables.service_use import SERVICE_FIGURE_COLUMNS

RULE = DisclosureRule()
NO_EFFECTS = pd.DataFrame(columns=list(EFFECT_COLUMNS))
NAN = float("nan")


def figures(*rows: dict) -> pd.DataFrame:
    """Rows of service_use.csv; what a row does not say is that of a large site."""
    usual = {
        "site": "Luton", "measure": "take_up", "kind": "share", "unit": "share of people",
        "better": "higher", "n": 62, "n_couples": 41, "n_unknown": 0, "numerator": NAN,
        "denominator": NAN, "value": NAN, "low": NAN, "high": NAN, "reason": "",
    }  # fmt: skip
    return pd.DataFrame([usual | row for row in rows], columns=list(SERVICE_FIGURE_COLUMNS))


def share(part: int, whole: int, **more: object) -> dict:
    known = {"n": whole, "n_couples": whole, "numerator": part, "denominator": whole}
    return {**known, "value": part / whole, "low": 0.2, "high": 0.9, **more}


def total(site: str, value: float, n: int, measure: str = "sessions_dna") -> dict:
    return {
        "site": site, "measure": measure, "kind": "total", "value": value, "n": n, "n_couples": n,
    }  # fmt: skip


def test_shares_are_of_rounded_counts_and_without_an_interval() -> None:
    [row] = release_service_use(figures(share(33, 42)), RULE).to_dict("records")
    assert (row["numerator"], row["denominator"], row["n"]) == (35, 40, 40)
    assert row["value"] == 0.88  # 35 of 40
    assert row["low"] is None and row["high"] is None


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(3, 42, False), (39, 42, False), (0, 42, False), (42, 42, False), (4, 9, False),
     (8, 16, True), (8, 15, False)],
)  # fmt: skip
def test_a_share_needs_both_parts(part: int, whole: int, shown: bool) -> None:
    [row] = release_service_use(figures(share(part, whole)), RULE).to_dict("records")
    assert (row["value"] is not None) == shown
    assert (row["reason"] == "SUPPRESSED") == (not shown)
    if not shown:
        assert row["numerator"] is None


def test_counts_are_hidden_from_one_to_seven_and_rounded_otherwise() -> None:
    def released(n: int) -> dict:
        row = {"measure": "not_ended", "kind": "count", "n": n, "n_couples": n, "value": float(n)}
        return release_service_use(figures(row), RULE).to_dict("records")[0]

    for n in range(1, 8):
        assert released(n)["value"] is None
        assert released(n)["reason"] == "SUPPRESSED"
        assert np.isnan(released(n)["n"])
    assert released(0)["value"] == 0
    assert released(13)["value"] == 15


def test_an_average_needs_ten_people_and_ten_couples() -> None:
    def mean(n: int, couples: int) -> dict:
        row = {
            "measure": "satisfied",
            "kind": "mean",
            "value": 7.43219,
            "low": 6.9,
            "high": 8.12345,
        }
        row |= {"n": n, "n_couples": couples}
        return release_service_use(figures(row), RULE).to_dict("records")[0]

    assert mean(12, 10)["value"] == 7.4
    # As far above the rounded average as the exact one had it.
    assert mean(12, 10)["high"] == 8.1
    assert mean(12, 10)["n"] == 10
    for n, couples in ((9, 9), (12, 9)):
        assert mean(n, couples)["value"] is None
        assert mean(n, couples)["n"] is None
        assert mean(n, couples)["reason"] == "SUPPRESSED"


def test_what_is_hidden_of_a_site_never_depends_on_another() -> None:
    """Its own report shows the same; rounded totals leave a session for each hidden person."""
    table = release_service_use(
        figures(
            total("ALL", 300, 90), total("Luton", 200, 50), total("Croydon", 80, 34),
            total("Lambeth", 20, 6),
        ),
        RULE,
    ).set_index("site")  # fmt: skip
    assert table["value"].isna().to_dict() == {
        "ALL": False, "Luton": False, "Croydon": False, "Lambeth": True,
    }  # fmt: skip
    assert table.loc["ALL", "value"] == 300
    both = release_service_use(
        figures(total("ALL", 100, 60), total("Luton", 80, 50), total("A", 10, 5),
                total("B", 10, 5)), RULE,
    ).set_index("site")  # fmt: skip
    assert both["value"].isna().to_dict() == {"ALL": False, "Luton": False, "A": True, "B": True}


def average(site: str, n: int) -> dict:
    return {
        "site": site, "measure": "satisfied", "kind": "mean", "n": n, "n_couples": n,
        "value": 7.43, "low": 7.0, "high": 7.9,
    }  # fmt: skip


@pytest.mark.parametrize(("more", "hidden"), [(22, True), (100, False)])
def test_all_sites_are_hidden_where_the_mean_of_few_would_follow_closely(more, hidden) -> None:
    """Within 0.05 * (28 + 22) / 6 points of the six at Lambeth; with a hundred more within two."""
    table = release_service_use(
        figures(average("ALL", 6 + more), average("Luton", more), average("Lambeth", 6)), RULE
    ).set_index("site")  # fmt: skip
    assert table["value"].isna().to_dict() == {"ALL": hidden, "Luton": False, "Lambeth": True}


def test_a_ratio_is_of_rounded_totals() -> None:
    row = {
        "measure": "dna_rate", "kind": "ratio", "numerator": 33, "denominator": 152,
        "value": 33 / 152, "low": 0.15123, "high": 0.28345,
    }  # fmt: skip
    [found] = release_service_use(figures(row), RULE).to_dict("records")
    assert found["value"] == 0.23  # 35 of 150
    assert (found["low"], found["high"]) == (0.15, 0.28)
    [few] = release_service_use(figures(row | {"numerator": 4}), RULE).to_dict("records")
    assert few["value"] is None and few["low"] is None


def test_no_rows_stay_no_rows() -> None:
    assert release_service_use(figures(), RULE).empty
    assert release_dose(pd.DataFrame(columns=list(DOSE_COLUMNS)), NO_EFFECTS, RULE).empty
    assert release_costs(
        pd.DataFrame(columns=list(COST_COLUMNS)), NO_EFFECTS, RULE, level=0.95
    ).empty


# --- sessions beside change -----------------------------------------------------------------------


def dose(*sites: tuple[str, int, tuple[int, ...], int]) -> pd.DataFrame:
    rows = []
    for site, n, bands, unknown in sites:
        place = {"site": site, "instrument": "phq9", "scale": "total", "contrast": "baseline_end"}
        line = {"row": "slope", "n": n, "n_couples": n, "n_unknown": unknown, "estimate": 0.12345}
        rows.append(place | line | {"low": -0.1, "high": 0.3, "reason": ""})
        rows += [
            place | {"row": f"{i} sessions", "n": band, "n_couples": band, "n_unknown": 0,
                     "estimate": 2.0, "low": 1.0, "high": 3.0, "reason": ""}
            for i, band in enumerate(bands)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(DOSE_COLUMNS))


def test_a_thin_band_hides_the_bands_and_their_names_but_not_the_line() -> None:
    table = release_dose(dose(("Luton", 41, (20, 14, 7), 0)), NO_EFFECTS, RULE)
    assert table["row"].tolist() == ["slope", "bands"]
    assert table["estimate"].tolist() == [0.12, None]
    assert table["reason"].tolist() == ["", "SUPPRESSED"]


@pytest.mark.parametrize(("n", "unknown"), [(9, 0), (40, 3)])
def test_few_people_or_few_unknown_hide_the_line_too(n: int, unknown: int) -> None:
    table = release_dose(dose(("Luton", n, (n,), unknown)), NO_EFFECTS, RULE)
    assert table["estimate"].isna().all()
    assert (table["reason"] == "SUPPRESSED").all()


def test_all_sites_do_not_leave_a_single_hidden_one() -> None:
    table = release_dose(
        dose(("ALL", 60, (30, 30), 0), ("Luton", 52, (26, 26), 0), ("Lambeth", 8, (4, 4), 0)),
        NO_EFFECTS,
        RULE,
    )
    shown = table[table["estimate"].notna()]
    assert set(shown["site"]) == {"Luton"}
    assert shown["n"].tolist() == [50, 25, 25]


# --- costs ----------------------------------------------------------------------------------------


def cost(**more: object) -> pd.DataFrame:
    exact = cost_per_improved(50_000, n_measured=43, improved=22, n_unmeasured=19)
    row = {
        "site": "Luton", "instrument": "phq9", "scale": "total", "contrast": "baseline_end",
        "cost": 50_000.0, "n_took_up": 62, "cost_per_person": 50_000 / 62, "n_measured": 43,
        "n_couples": 30, "reliably_improved": 22, "n_unknown": 19,
        "cost_per_reliably_improved": exact.per_improved, "low": exact.low, "high": exact.high,
        "cost_if_unmeasured_alike": exact.if_alike, "reason": "",
    } | more  # fmt: skip
    return pd.DataFrame([row], columns=list(COST_COLUMNS))


def test_costs_are_those_of_rounded_counts_so_that_none_follows() -> None:
    [row] = release_costs(cost(), NO_EFFECTS, RULE, level=0.95).to_dict("records")
    assert row["n_took_up"] == 60 and row["cost_per_person"] == pytest.approx(50_000 / 60)
    assert row["cost_per_reliably_improved"] == 2500  # 20 people
    known = cost_per_improved(50_000, n_measured=45, improved=20, n_unmeasured=20)
    assert (row["low"], row["high"]) == (known.low, known.high)
    assert row["cost_if_unmeasured_alike"] == known.if_alike


@pytest.mark.parametrize("few", [{"n_measured": 9}, {"n_couples": 9}, {"n_took_up": 9}])
def test_costs_of_few_are_hidden_whole(few: dict) -> None:
    [row] = release_costs(cost(**few), NO_EFFECTS, RULE, level=0.95).to_dict("records")
    assert row["reason"] == "SUPPRESSED"
    kept = {"site", "instrument", "scale", "contrast", "cost", "reason"}
    assert all(row[name] is None for name in COST_COLUMNS if name not in kept)


@pytest.mark.parametrize("improved", [3, 40])
def test_few_improved_or_few_others_hide_the_cost_of_each(improved: int) -> None:
    [row] = release_costs(cost(reliably_improved=improved), NO_EFFECTS, RULE, level=0.95).to_dict(
        "records"
    )
    assert row["cost_per_person"] == pytest.approx(50_000 / 60)
    assert row["cost_per_reliably_improved"] is None
    assert row["reliably_improved"] is None
    assert row["reason"] == "SUPPRESSED"
