"""Practitioners: the day of their training, who answered, and what is not due yet."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.analysis.practitioners import is_practitioner
from evaluation.analysis.training import (
    TRAINING_COLUMNS,
    build_practitioners,
    training_cascade,
)
from evaluation.config import FollowUp
from evaluation.model import SCORE_COLUMNS, SERVICE_USE_COLUMNS

pytestmark = pytest.mark.filterwarnings("error")

LOCK = "2017-12-31"
NO_SERVICE_USE = pd.DataFrame(columns=list(SERVICE_USE_COLUMNS))


def people(*codes: str, site: str = "Luton", role: str = "practitioner") -> pd.DataFrame:
    return pd.DataFrame({"site": site, "participant": list(codes), "role": role})


def scores(*rows: tuple[str, str, str | None], site: str = "Luton") -> pd.DataFrame:
    """Rows of participant, wave and date."""
    table = pd.DataFrame(
        [
            {
                "site": site, "participant": who, "couple": "", "child": "", "informant": "",
                "wave": wave, "instrument": "own", "scale": "total", "score": 3.0,
                "completed_on": day,
            }
            for who, wave, day in rows
        ],
        columns=list(SCORE_COLUMNS),
    )  # fmt: skip
    table["completed_on"] = pd.to_datetime(table["completed_on"])
    return table


def cascade(known: pd.DataFrame, answered: pd.DataFrame, **options) -> pd.DataFrame:
    built = build_practitioners(known, answered, options.pop("service_use", NO_SERVICE_USE))
    return training_cascade(built, data_lock=LOCK, **options)


def counts(table: pd.DataFrame, site: str = "Luton") -> dict[str, tuple[int, ...]]:
    """For each step n, done, missed, window_open, not_yet_due, not_eligible."""
    names = ["n", "done", "missed", "window_open", "not_yet_due", "not_eligible"]
    mine = table[table["site"] == site]
    return {row["step"]: tuple(int(row[name]) for name in names) for _, row in mine.iterrows()}


def test_the_role_decides_however_it_is_typed() -> None:
    table = people("a", "b", "c").assign(role=["practitioner", " Practitioner", "mother"])
    assert is_practitioner(table).tolist() == [True, True, False]


def test_every_state_by_hand() -> None:
    """4 months are 122 days, 30 either side; the books close on 31 December."""
    answered = scores(
        # Training in January: long due. b answered late, c not.
        *(("a", "baseline", "2017-01-10"), ("a", "post", "2017-01-11"), ("a", "4m", "2017-05-12")),
        *(("b", "baseline", "2017-01-10"), ("b", "post", "2017-01-11"), ("b", "4m", "2017-09-01")),
        *(("c", "baseline", "2017-01-10"), ("c", "post", "2017-01-11")),
        # 11 September + 122 days = 11 January: the window is open.
        *(("d", "baseline", "2017-09-10"), ("d", "post", "2017-09-11")),
        # December: not due.
        *(("e", "baseline", "2017-12-01"), ("e", "post", "2017-12-02")),
        # Nothing straight after: the day of the first one counts; missed, and later too.
        ("f", "baseline", "2017-01-10"),
        # Nothing from before.
        ("g", "post", "2017-01-11"),
    )
    table = cascade(people(*"abcdefgh"), answered)
    assert tuple(table.columns) == TRAINING_COLUMNS
    assert counts(table) == {
        "baseline": (8, 6, 2, 0, 0, 0),
        "post": (6, 5, 1, 0, 0, 2),
        "4m": (6, 2, 2, 1, 1, 2),
    }
    assert counts(table, "ALL") == counts(table)
    rates = table[table["site"] == "Luton"].set_index("step")["rate"]
    assert rates.to_dict() == pytest.approx({"baseline": 6 / 8, "post": 5 / 6, "4m": 2 / 4})
    assert table.set_index("step").loc["post", "day_assumed"].tolist() == [1, 1]


def test_intervals_are_those_of_single_people() -> None:
    """Wilson for 2 of 5, from a published calculation."""
    answered = scores(*((who, "baseline", "2017-12-01") for who in "ab"))
    row = cascade(people(*"abcde"), answered).iloc[0]
    assert (row["done"], row["n"]) == (2, 5)
    assert (row["low"], row["high"]) == pytest.approx((0.117621, 0.769276), abs=1e-6)


def test_a_day_in_service_use_comes_first_and_no_date_is_never_due() -> None:
    answered = scores(
        ("a", "baseline", "2017-01-10"), ("a", "post", "2017-01-11"),
        ("b", "baseline", None), ("b", "post", None),
        ("c", "baseline", "2017-01-10"), ("c", "post", "2017-01-11"), ("c", "4m", "2017-05-11"),
    )  # fmt: skip
    use = pd.DataFrame(
        [{"site": "Luton", "participant": "a", "ended_on": "2017-12-01", "ending": "planned"}],
        columns=list(SERVICE_USE_COLUMNS),
    )
    table = cascade(people(*"abc"), answered, service_use=use)
    assert counts(table)["4m"] == (3, 1, 0, 0, 2, 0)
    assert table.set_index("step").loc["4m", "day_unknown"].tolist() == [1, 1]


def test_a_wave_is_a_step_only_where_it_is_used() -> None:
    luton = scores(("a", "baseline", "2017-01-10"), ("a", "4m", "2017-05-11"))
    dorset = scores(("b", "baseline", "2017-01-10"), ("b", "post", "2017-01-11"), site="Dorset")
    known = pd.concat([people("a"), people("b", site="Dorset")])
    table = cascade(known, pd.concat([luton, dorset]))
    assert list(counts(table, "Luton")) == ["baseline", "post", "4m"]
    assert list(counts(table, "Dorset")) == ["baseline", "post"]
    assert counts(table, "ALL")["4m"][0] == 1
    assert table["site"].unique().tolist() == ["ALL", "Luton", "Dorset"]


def test_the_rule_file_can_name_a_wave_and_its_window() -> None:
    answered = scores(("a", "baseline", "2017-09-01"), ("a", "post", "2017-09-02"))
    timing = {"3m": FollowUp(days=91, window=5, sites=("luton",))}
    assert counts(cascade(people("a"), answered, follow_up=timing))["3m"] == (1, 0, 1, 0, 0, 0)
    elsewhere = {"3m": FollowUp(days=91, sites=("Dorset",))}
    assert list(counts(cascade(people("a"), answered, follow_up=elsewhere))) == [
        "baseline", "post",
    ]  # fmt: skip


def test_a_form_called_end_stands_straight_after_the_training() -> None:
    answered = scores(("a", "baseline", "2017-01-10"), ("a", "end", "2017-01-12"))
    assert counts(cascade(people("a"), answered))["post"][:2] == (1, 1)


def test_consent_withdrawn_is_no_loss() -> None:
    answered = scores(("a", "baseline", "2017-01-10"), ("b", "baseline", "2017-01-10"))
    use = pd.DataFrame(
        [{"site": "Luton", "participant": "a", "ending": "withdrew consent"}],
        columns=list(SERVICE_USE_COLUMNS),
    )
    assert counts(cascade(people("a", "b"), answered, service_use=use))["post"] == (
        1, 0, 1, 0, 0, 1,
    )  # fmt: skip


def test_nobody_and_nothing_answered_are_tables_too() -> None:
    nobody = cascade(people(), scores())
    assert tuple(nobody.columns) == TRAINING_COLUMNS and nobody.empty
    families = cascade(people("a", role="mother"), scores(("a", "baseline", "2017-01-01")))
    assert families.empty
    silent = cascade(people("a", "b"), scores())
    assert counts(silent) == {"baseline": (2, 0, 2, 0, 0, 0), "post": (0, 0, 0, 0, 0, 2)}
    assert silent.set_index("step").loc["post", "reason"].tolist() == ["N0", "N0"]


def test_what_is_not_due_has_no_rate_and_says_so() -> None:
    answered = scores(
        ("a", "baseline", "2017-12-01"), ("a", "post", "2017-12-02"),
        ("b", "baseline", None), ("b", "4m", None),
    )  # fmt: skip
    timing = {"6m": FollowUp(days=183, sites=("Luton",))}
    row = cascade(people("a", "b"), answered, follow_up=timing).set_index("step").loc["6m"]
    assert row["reason"].tolist() == ["NOT_YET_DUE", "NOT_YET_DUE"]
    assert row["rate"].isna().all()
