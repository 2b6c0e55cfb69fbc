"""The tables of those we lost, by the whole way from a spreadsheet."""

from __future__ import annotations

import math
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.config import parse_settings
from evaluation.ingest.definitions.local_questionnaires import parse_definitions
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.tables.dropout import (
    DIFFERENTIAL_COLUMNS,
    DROPOUT_COLUMNS,
    differential_attrition_table,
    dropout_table,
)
from evaluation.tables.lost_and_kept import (
    LOST_COLUMNS,
    MISSING_COLUMNS,
    lost_vs_kept_table,
    missing_at_random_table,
)
from tests.evaluation.tables.synthetic_programme import programme

BTHEB = (
    Path(__file__).resolve().parents[3]
    / ".." / "shared" / "real_data" / "scores" / "bdi_beat_the_blues_uk_rct.csv"
)  # fmt: skip
BDI = """
- id: bdi
  name: Depression inventory
  items: 21
  minimum: 0
  maximum: 3
  scales:
    - {id: total, label: Depression, items: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21],
       rule: sum, better: lower}
"""
TABLES = (
    (lost_vs_kept_table, LOST_COLUMNS),
    (dropout_table, DROPOUT_COLUMNS),
    (missing_at_random_table, MISSING_COLUMNS),
    (differential_attrition_table, DIFFERENTIAL_COLUMNS),
)


def run(text: str, *, service: str = "", rules: str = "", **options) -> Results:
    files = [("a.csv", text.encode())]
    if service:
        files.append(("service_use.csv", service.encode()))
    report = read_files(files, **{k: v for k, v in options.items() if k == "extra_instruments"})
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules), **options)


@cache
def beat_the_blues(folder: Path) -> Results:
    """The trial's file as a canonical spreadsheet, read back and analysed."""
    table = pd.read_csv(BTHEB)
    table.insert(0, "participant", [f"P{n:03}" for n in range(len(table))])
    waves = {"baseline": "pre", **{f"{n}m": f"{n}m" for n in (2, 3, 5, 8)}}
    parts = [
        pd.DataFrame(
            {
                "site": "Trial",
                "participant": table["participant"],
                "referral_route": table["length"],
                "intervention": table["treatment"],
                "wave": wave,
                "bdi_total": table[f"bdi.{name}"],
            }
        )
        for wave, name in waves.items()
    ]
    path = folder / "btheb.csv"
    pd.concat(parts).dropna(subset=["bdi_total"]).to_csv(path, index=False)
    instruments, problems = parse_definitions(BDI, known_ids=())
    assert not problems
    return run(path.read_text(), extra_instruments=instruments)


@pytest.fixture
def btheb(tmp_path_factory: pytest.TempPathFactory) -> Results:
    if not BTHEB.exists():
        pytest.skip("needs the real data beside the project: bdi_beat_the_blues_uk_rct.csv")
    return beat_the_blues(tmp_path_factory.getbasetemp())


class TestBeatTheBlues:
    """No end date is known: every score that is not there counts as lost."""

    def test_kept_and_lost_at_each_wave(self, btheb: Results) -> None:
        table = lost_vs_kept_table(btheb)
        scores = table[(table["site"] == "Trial") & (table["kind"] == "mean")]
        assert dict(zip(scores["step"], scores["n_kept"], strict=True)) == {
            "2m": 97, "3m": 73, "5m": 58, "8m": 52,
        }  # fmt: skip
        assert scores["n_lost"].tolist() == [3, 27, 42, 48]
        assert table["reason"].str.contains("NO_END_DATES").all()

    def test_published_differences(self, btheb: Results) -> None:
        table = lost_vs_kept_table(btheb).set_index(["site", "step", "characteristic"])
        for site in ("ALL", "Trial"):
            start = table.loc[(site, "8m", "bdi.total at baseline")]
            assert round(start["smd"], 6) == 0.058992
            assert round(start["variance_ratio"], 3) == 1.593
            route = table.loc[(site, "8m", "referral_route=>6m")]
            assert (round(route["smd"], 3), route["flag"]) == (-0.365, "red")

    def test_missing_at_random(self, btheb: Results) -> None:
        table = missing_at_random_table(btheb)
        assert table["site"].tolist() == ["ALL", "Trial"]
        assert table["statistic"].round(6).tolist() == [12.833165, 12.833165]
        assert table["df"].tolist() == [10, 10]
        assert table["p"].round(4).tolist() == [0.2331, 0.2331]
        assert (table["n"].iloc[0], table["waves"].iloc[0]) == (100, 5)

    def test_dropout_model_is_that_of_the_start(self, btheb: Results) -> None:
        api = pytest.importorskip("statsmodels.api")
        raw = pd.read_csv(BTHEB)
        start = (raw["bdi.pre"] - raw["bdi.pre"].mean()) / raw["bdi.pre"].std()
        lost = raw["bdi.8m"].isna().astype(float)
        other = api.Logit(lost, api.add_constant(start)).fit(disp=0, tol=1e-12)
        table = dropout_table(btheb)
        row = table[(table["site"] == "Trial") & (table["step"] == "8m")].iloc[0]
        # For one SD worse; higher is worse on this scale.
        assert row["term"] == "score_at_start"
        assert row["odds_ratio"] == pytest.approx(math.exp(other.params.iloc[1]), rel=1e-7)
        assert row["lr"] == pytest.approx(other.llr, rel=1e-5)
        assert (row["n"], row["n_lost"], row["n_couples"]) == (100, 48, 100)


HEADER = "site,participant,couple,role,wave,completed_on,das_32_total\n"
SERVICE = "participant,couple,started_on,ended_on,sessions_attended\n"


def small(*, kept: range, lost: range, lock: str = "2025-12-31") -> Results:
    """Couples of two at one site, the end due for everybody; by number who answers it."""
    rows, service = [], []
    for n in (*kept, *lost):
        who = f"Luton,P{n},C{n // 2},{'mother' if n % 2 else 'father'}"
        rows.append(f"{who},baseline,2025-01-10,{80 + n % 9}")
        if n in kept:
            rows.append(f"{who},end,2025-05-10,{95 + n % 5}")
        service.append(f"P{n},C{n // 2},2025-01-10,2025-05-01,{n % 6}")
    text, use = HEADER + "\n".join(rows), SERVICE + "\n".join(service)
    return run(text, service=use, data_lock=pd.Timestamp(lock).date())


class TestSmallProgrammes:
    def test_a_couple_with_one_leaver_is_on_both_sides(self) -> None:
        table = lost_vs_kept_table(small(kept=range(1), lost=range(1, 2)))
        row = table[(table["site"] == "Luton") & (table["step"] == "end")].iloc[0]
        assert (row["couples_kept"], row["couples_lost"]) == (1, 1)
        here = table[(table["site"] == "Luton") & (table["step"] == "end")]
        found = here.set_index("characteristic")
        assert found.loc["in_a_couple", "kept"] == found.loc["in_a_couple", "lost"] == 1.0
        assert found.loc["role=mother", ["kept", "lost"]].tolist() == [0.0, 1.0]

    def test_nobody_lost(self) -> None:
        results = small(kept=range(24), lost=range(0))
        table = lost_vs_kept_table(results)
        at_end = table[table["step"] == "end"]
        assert set(at_end["reason"]) == {"NONE_LOST"}
        assert at_end["smd"].isna().all()
        assert dropout_table(results).query("step == 'end'")["reason"].tolist() == ["NONE_LOST"] * 2

    def test_everybody_lost(self) -> None:
        results = small(kept=range(0), lost=range(24))
        assert set(lost_vs_kept_table(results)["reason"]) == {"NONE_KEPT"}
        assert set(dropout_table(results)["reason"]) == {"NONE_KEPT"}

    def test_nothing_due_yet(self) -> None:
        results = small(kept=range(0), lost=range(24), lock="2025-01-20")
        for make, columns in TABLES:
            if make is not missing_at_random_table:
                assert make(results).empty
                assert tuple(make(results).columns) == columns
        assert set(missing_at_random_table(results)["reason"]) == {"ONE_WAVE"}

    def test_one_person(self) -> None:
        results = run(HEADER + "Luton,P1,,mother,baseline,2025-01-10,80")
        for make, columns in TABLES:
            assert tuple(make(results).columns) == columns

    def test_rates_of_roles_and_reporters(self) -> None:
        # Fathers have even numbers. Of 12 couples four lose both, eight nobody.
        results = small(kept=range(16), lost=range(16, 24))
        table = differential_attrition_table(results).query("site == 'Luton' and step == 'end'")
        roles = table[table["by"] == "role"].set_index("group")
        assert roles.loc["mother", ["n", "n_lost", "other_lost"]].tolist() == [12, 4, 4]
        assert roles["difference"].tolist() == [0.0, 0.0]
        # Both partners of every couple answered at the start: one group, so nothing to compare.
        assert "reporters" not in set(table["by"])

    def test_practitioners_are_left_out(self) -> None:
        people = (("P1", "mother", 80), ("P2", "father", 90), ("W", "practitioner", 99))
        rows = [
            f"L,{who},,{role},{wave},,{score}"
            for who, role, score in people
            for wave in ("baseline", "3m")
            if (who, wave) != ("P2", "3m")
        ]
        results = run(HEADER + "\n".join(rows))
        table = lost_vs_kept_table(results)
        assert not table["characteristic"].str.contains("practitioner").any()
        assert (table["n_kept"] + table["n_lost"]).max() == 2
        assert missing_at_random_table(results)["n"].tolist() == [2, 2]


class TestSyntheticProgramme:
    def test_every_row_agrees_with_its_people(self) -> None:
        results = programme()
        table = lost_vs_kept_table(results)
        wide = results.scores.pivot_table(
            index="participant", columns="wave", values="score", sort=False
        )
        started = wide[wide["baseline"].notna()]
        lost = started["end"].isna()
        row = table[
            (table["site"] == "ALL")
            & (table["step"] == "end")
            & (table["characteristic"] == "das_32.total at baseline")
        ].iloc[0]
        assert (row["n_lost"], row["n_kept"]) == (lost.sum(), (~lost).sum())
        assert row["lost"] == pytest.approx(started.loc[lost, "baseline"].mean())
        assert row["variance_ratio"] == pytest.approx(
            started.loc[lost, "baseline"].var() / started.loc[~lost, "baseline"].var()
        )

    def test_differences_between_sites(self) -> None:
        table = differential_attrition_table(programme())
        sites = table[(table["by"] == "site") & (table["step"] == "end")]
        assert set(table.loc[table["by"] == "site", "site"]) == {"ALL"}
        whole = sites["n"] + sites["other_n"]
        assert whole.nunique() == 1
        assert sites["n"].sum() == whole.iloc[0]
        assert sites["n_lost"].sum() == sites["n_lost"].iloc[0] + sites["other_lost"].iloc[0]
        row = sites.iloc[0]
        pooled = stats.contingency.odds_ratio(
            np.array(
                [
                    [row["n_lost"], row["n"] - row["n_lost"]],
                    [row["other_lost"], row["other_n"] - row["other_lost"]],
                ]
            ).astype(int)
        ).statistic
        assert np.sign(row["difference"]) == np.sign(math.log(pooled))
        assert row["low"] <= row["difference"] <= row["high"]

    def test_severity_adds_up_and_worse_is_worse(self) -> None:
        table = differential_attrition_table(programme())
        both = table[(table["by"] == "severity") & (table["site"] == "ALL")]
        assert both.groupby("step")["group"].nunique().eq(2).all()
        first, second = both[both["step"] == "end"].to_dict("records")
        assert (first["n"], first["n_lost"]) == (second["other_n"], second["other_lost"])
        assert first["difference"] == pytest.approx(-second["difference"])

    @pytest.mark.parametrize(("make", "columns"), TABLES, ids=lambda value: str(value)[:30])
    def test_each_site_alone_has_the_rows_it_has_among_all(self, make, columns) -> None:
        results = programme()
        whole = make(results)
        assert tuple(whole.columns) == columns
        assert whole["site"].iloc[0] == "ALL"
        names = list(dict.fromkeys(whole["site"]))[1:4]
        alone = make(results, only=names)
        expected = whole[whole["site"].isin(names)].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            alone.reset_index(drop=True).astype(object), expected.astype(object), check_dtype=False
        )
        assert make(results, only=["Nowhere"]).empty

    def test_it_does_not_take_long(self) -> None:
        results = programme()
        _ = results.waves
        start = time.process_time()
        for make, _ in TABLES:
            make(results)
        assert time.process_time() - start < 8


def shuffled() -> tuple[Results, Results]:
    """Two sites with couples; the same spreadsheet with its rows in another order."""
    lines = []
    for n in range(60):
        site = "Zennor" if n % 3 == 0 else "Bath"
        who = f"{site},P{n},C{n // 6}{n % 2},{'mother' if n % 4 < 2 else 'father'}"
        lines.append(f"{who},baseline,2025-01-10,{70 + n * 7 % 31},{n * 5 % 23}")
        if n % 5:
            lines.append(f"{who},end,2025-05-10,{80 + n * 3 % 29},")
        if n % 2:
            lines.append(f"{who},3m,2025-08-10,{80 + n * 11 % 29},{n % 9}")
    header = "site,participant,couple,role,wave,completed_on,das_32_total,phq9_total\n"
    other = np.random.default_rng(4).permutation(len(lines))
    first, second = (
        run(header + "\n".join(rows), data_lock=pd.Timestamp("2025-12-31").date())
        for rows in (lines, [lines[k] for k in other])
    )
    return first, second


class TestOrder:
    def test_rows_do_not_follow_the_order_of_the_spreadsheet(self) -> None:
        first, second = shuffled()
        for make in (*(make for make, _ in TABLES), lambda results: results.attrition):
            one, other = make(first), make(second)
            assert list(dict.fromkeys(one["site"])) == ["ALL", "Bath", "Zennor"]
            pd.testing.assert_frame_equal(
                one.astype(object), other.astype(object), check_exact=False, rtol=1e-6, atol=1e-9
            )

    def test_a_term_that_is_left_out_says_why(self) -> None:
        table = dropout_table(shuffled()[0])
        out = table[table["left_out"].fillna("") != ""]
        assert len(out)
        firsts = out["reason"].str.split(";").str[0]
        assert firsts.tolist() == out["left_out"].tolist()
        assert (table.loc[table["odds_ratio"].isna(), "reason"] != "").all()


LFO = Path(__file__).resolve().parents[3] / "evaluation" / "reference" / "lfo_synth.csv"


def test_a_whole_programme_has_a_model_at_every_step() -> None:
    table = pd.read_csv(LFO)
    parts = [
        table[["site", "person", "couple"]]
        .set_axis(["site", "participant", "couple"], axis=1)
        .assign(wave=wave, das_32_total=table[f"rq_{name}"], phq9_total=table[f"ds_{name}"])
        for wave, name in (("baseline", "pre"), ("end", "post"), ("3m", "fu3"), ("6m", "fu6"))
    ]
    scores = pd.concat(parts).dropna(subset=["das_32_total", "phq9_total"], how="all")
    found = dropout_table(run(scores.to_csv(index=False)))
    everybody = found[found["site"] == "ALL"]
    assert set(everybody.loc[everybody["odds_ratio"].notna(), "step"]) == {"end", "3m", "6m"}
    assert not found["reason"].str.contains("NOT_CONVERGED").any()
