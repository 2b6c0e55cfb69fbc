"""Who counts before and after: sessions stand in, dates out of order do not count."""

from __future__ import annotations

import pandas as pd

from evaluation.analysis.pairing import contrasts_in, effective_waves, pair
from evaluation.model import SCORE_COLUMNS


def scores(*rows: dict) -> pd.DataFrame:
    default = {
        "site": "Luton", "participant": "P1", "couple": "", "child": "", "informant": "",
        "wave": "baseline", "session_number": None, "completed_on": None, "instrument": "phq9",
        "scale": "total", "score": 10.0, "n_answered": 9, "n_items": 9, "status": "complete",
        "reason": "", "band": "",
    }  # fmt: skip
    table = pd.DataFrame([default | row for row in rows], columns=list(SCORE_COLUMNS))
    table["completed_on"] = pd.to_datetime(table["completed_on"])
    table["session_number"] = table["session_number"].astype(float)
    return table


def roles(**by_code: str) -> pd.DataFrame:
    rows = [{"site": "Luton", "participant": code, "role": role} for code, role in by_code.items()]
    return pd.DataFrame(rows, columns=["site", "participant", "role"])


def paired(table: pd.DataFrame, before: str = "baseline", after: str = "end") -> pd.DataFrame:
    return pair(effective_waves(table), roles(), before=before, after=after)


def test_first_and_last_session_stand_in() -> None:
    table = scores(
        *({"wave": "session", "session_number": n, "score": 10.0 - n} for n in (1, 2, 3))
    )
    row = paired(table).iloc[0]
    assert (row["before"], row["after"], row["assumed"]) == (9.0, 7.0, True)


def test_a_named_wave_beats_a_session() -> None:
    table = scores(
        {"score": 20.0},
        {"wave": "end", "score": 5.0},
        {"wave": "session", "session_number": 1, "score": 1.0},
        {"wave": "session", "session_number": 2, "score": 2.0},
    )
    row = paired(table).iloc[0]
    assert (row["before"], row["after"], row["assumed"]) == (20.0, 5.0, False)


def test_one_session_alone_is_a_start_and_no_end() -> None:
    row = paired(scores({"wave": "session", "session_number": 1})).iloc[0]
    assert row["excluded"] == "no_later_score"


def test_dates_out_of_order_exclude_the_pair_and_say_so() -> None:
    table = scores(
        {"completed_on": "2017-06-01"},
        {"wave": "end", "completed_on": "2017-05-01"},
        {"participant": "P2", "completed_on": "2017-06-01"},
        {"participant": "P2", "wave": "end", "completed_on": "2017-06-01"},
        {"participant": "P3"},
        {"participant": "P3", "wave": "end", "completed_on": "2017-06-01"},
    )
    result = paired(table).set_index("participant")
    assert result["excluded"].to_dict() == {"P1": "dates_out_of_order", "P2": "", "P3": ""}
    assert result["after"].isna().tolist() == [True, False, False]


def test_scores_that_could_not_be_made_are_no_measurement() -> None:
    table = scores({}, {"wave": "end", "score": None, "status": "not_scored"})
    assert paired(table)["excluded"].tolist() == ["no_later_score"]


def test_partners_share_a_cluster_within_their_site_only() -> None:
    table = scores(
        {"participant": "P1", "couple": "C1"},
        {"participant": "P2", "couple": "C1"},
        {"participant": "P3"},
        {"participant": "P4", "couple": "C1", "site": "Dorset"},
        {"participant": "C1"},
    )
    clusters = paired(table).set_index("participant")["cluster"]
    assert clusters["P1"] == clusters["P2"]
    assert clusters.nunique() == 4


def test_practitioners_are_marked() -> None:
    table = scores({"participant": "P1"}, {"participant": "W1"})
    result = pair(
        effective_waves(table),
        roles(P1="mother", W1="practitioner"),
        before="baseline",
        after="end",
    )
    assert result.set_index("participant")["practitioner"].to_dict() == {"P1": False, "W1": True}


def test_children_are_paired_each_with_the_same_informant() -> None:
    table = scores(
        {"child": "K1", "informant": "parent"},
        {"child": "K2", "informant": "parent"},
        {"child": "K1", "informant": "teacher", "wave": "end"},
        {"child": "K1", "informant": "parent", "wave": "end"},
    )
    result = paired(table).set_index("child")["excluded"].to_dict()
    assert result == {"K1": "", "K2": "no_later_score"}


def test_other_waves_are_set_against_baseline() -> None:
    waves = pd.Series(["baseline", "12m", "post", "mid", "4m", "session"])
    assert contrasts_in(waves)[5:] == [
        ("baseline", "mid"), ("baseline", "post"), ("baseline", "4m"), ("baseline", "12m"),
        ("post", "4m"), ("post", "12m"),
    ]  # fmt: skip
    assert contrasts_in(waves[waves != "post"])[5:] == [
        ("baseline", "mid"), ("baseline", "4m"), ("baseline", "12m"),
    ]  # fmt: skip
    assert ("post", "3m") in contrasts_in(pd.Series(["baseline", "post", "3m"]))


def test_no_rows_at_all() -> None:
    assert paired(scores().astype({"score": float})).empty
