"""The command line: exit statuses, tables, and the numbers of the published example."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from evaluation.cli import main
from evaluation.model import ATTRITION_COLUMNS, CHANGE_COLUMNS, EFFECT_COLUMNS, SCORE_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
JACOBSON = ROOT / "sample_data" / "real" / "jacobson_truax_1991.csv"
RULES = ROOT / "sample_data" / "real" / "jacobson_rules.yaml"
REAL_SCORES = ROOT.parent / "shared" / "real_data" / "scores"
HEADER = "site,participant,wave,completed_on,phq9_1,phq9_2,phq9_3"


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def jacobson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jacobson")
    arguments = ["analyse", str(JACOBSON), "--quiet", "--out"]
    assert main([*arguments, str(folder / "default")]) == 0
    assert main([*arguments, str(folder / "rules"), "--settings", str(RULES)]) == 0
    return folder


# Jacobson & Truax (1991), Table 2; methods specification, section 1.6 (R 4.2, effectsize).
def test_effects_of_the_published_table(jacobson: Path) -> None:
    effects = table(jacobson / "default" / "effects.csv")
    row = effects[(effects["site"] == "ALL") & (effects["contrast"] == "baseline_end")].iloc[0]
    assert row["n"] == 30
    assert row["mean_before"] == pytest.approx(81.583, abs=5e-4)
    assert row["mean_after"] == pytest.approx(98.050, abs=5e-4)
    assert row["d_z"] == pytest.approx(0.993915, abs=1e-6)
    assert row["d_z_low"] == pytest.approx(0.548978, abs=1e-6)
    assert row["d_z_high"] == pytest.approx(1.427351, abs=1e-6)
    assert row["g_pre"] == pytest.approx(1.356074, abs=1e-6)


def test_reliable_change_of_the_published_table_under_its_rules(jacobson: Path) -> None:
    change = table(jacobson / "rules" / "reliable_change.csv")
    row = change[
        (change["site"] == "ALL")
        & (change["contrast"] == "baseline_end")
        & (change["in_use"] == "yes")
    ].iloc[0]
    assert row["cutoff_type"] == "c"
    assert row["rc_points"] == pytest.approx(11.354791, abs=1e-6)
    assert row["cutoff"] == pytest.approx(94.842415, abs=1e-6)
    classes = ["recovered", "improved", "unchanged", "deteriorated", "harmed"]
    assert row[classes].tolist() == [14, 5, 10, 1, 0]


def test_the_shipped_default_is_the_manuals_sd_and_is_printed(jacobson: Path) -> None:
    change = table(jacobson / "default" / "reliable_change.csv")
    used = change[(change["site"] == "ALL") & (change["in_use"] == "yes")].iloc[0]
    assert used[["reliability", "sd_used", "cutoff_type", "cutoff"]].tolist() == [
        0.95, 17.8, "published", 97.0,
    ]  # fmt: skip
    # 1.959964 * sqrt(2) * 17.8 * sqrt(1 - .95)
    assert used["rc_points"] == pytest.approx(11.032352, abs=1e-6)


def test_tables_have_their_columns_and_one_row_is_in_use(jacobson: Path) -> None:
    folder = jacobson / "default"
    expected = {
        "scores": SCORE_COLUMNS, "effects": EFFECT_COLUMNS, "reliable_change": CHANGE_COLUMNS,
        "attrition": ATTRITION_COLUMNS,
    }  # fmt: skip
    for name, columns in expected.items():
        with (folder / f"{name}.csv").open(encoding="utf-8") as file:
            assert tuple(next(csv.reader(file))) == columns
    change = table(folder / "reliable_change.csv")
    per_cell = change.groupby(["site", "scale", "contrast"])["in_use"].agg(
        lambda u: (u == "yes").sum()
    )
    assert (per_cell == 1).all()


def test_manifest_says_what_was_done(jacobson: Path) -> None:
    manifest = json.loads((jacobson / "rules" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"][0]["name"] == JACOBSON.name
    assert manifest["inputs"][0]["rows_read"] == 60
    assert len(manifest["inputs"][0]["sha256"]) == 64
    assert manifest["disclosure"]["level"] == "off"
    assert any("Not for release" in warning for warning in manifest["warnings"])
    assert "reliability: 0.88" in manifest["settings"]


def test_the_result_workbook_opens_with_the_same_numbers(jacobson: Path) -> None:
    workbook = openpyxl.load_workbook(jacobson / "default" / "results.xlsx")
    written = {path.stem for path in (jacobson / "default").glob("*.csv")}
    assert {"scores", "effects", "sites", "sensitivity", "lost_vs_kept", "evidence"} <= written
    assert set(workbook.sheetnames) == {"Read me", "questionnaires", *written} - {"pairs"}
    rows = list(workbook["effects"].iter_rows(values_only=True))
    assert rows[1][rows[0].index("d_z")] == pytest.approx(0.993915, abs=1e-6)


def test_outcomes_of_phq9_and_gad7_are_a_table_of_their_own(tmp_path: Path) -> None:
    header = "site,participant,wave,phq9_total,gad7_total"
    rows = [
        f"Luton,P{n},{wave},{phq9},{gad7}"
        for n in range(3)
        for wave, phq9, gad7 in (("baseline", 16, 14), ("end", 9, 7))
    ]
    both = write(tmp_path / "both.csv", *rows, header=header)
    assert main(["analyse", str(both), "--out", str(tmp_path / "both"), "--quiet"]) == 0
    found = table(tmp_path / "both" / "nhs_tt.csv")
    assert list(found.columns) == [
        "site", "contrast", "n", "cases_at_start", "recovered", "reliable_improvement",
        "reliable_recovery", "deteriorated", "reason", "n_couples",
    ]  # fmt: skip
    assert found["reliable_recovery"].tolist() == [3, 3]
    assert "nhs_tt" in openpyxl.load_workbook(tmp_path / "both" / "results.xlsx").sheetnames
    one = write(tmp_path / "one.csv", *rows, header=header.replace("gad7", "swemwbs"))
    assert main(["analyse", str(one), "--out", str(tmp_path / "one"), "--quiet"]) == 0
    assert not (tmp_path / "one" / "nhs_tt.csv").exists()


def test_the_sdq_added_value_is_a_row_of_the_scores(tmp_path: Path) -> None:
    names = ",".join(f"sdq_parent_4_17_{s}" for s in ("total", "impact", "emotional"))
    source = write(
        tmp_path / "a.csv", "Luton,P1,K1,baseline,20,4,6", "Luton,P1,K1,end,15,3,5",
        header=f"site,participant,child,wave,{names}",
    )  # fmt: skip
    assert main(["score", str(source), "--out", str(tmp_path / "s.csv"), "--quiet"]) == 0
    scores = table(tmp_path / "s.csv")
    [row] = scores[scores["instrument"] == "sdq_added_value"].to_dict("records")
    assert (row["scale"], row["wave"], row["score"]) == ("total", "end", pytest.approx(2.3))


def test_release_hides_small_counts(tmp_path: Path) -> None:
    rows = [f"Luton,P{n},{wave},,{n % 4},1,1" for n in range(6) for wave in ("baseline", "end")]
    source = write(tmp_path / "a.csv", *rows, header=HEADER)
    out = tmp_path / "out"
    assert (
        main(["analyse", str(source), "--out", str(out), "--disclosure", "release", "--quiet"]) == 0
    )
    assert not (out / "scores.csv").exists()
    for name in ("effects", "reliable_change", "attrition"):
        numbers = table(out / f"{name}.csv").select_dtypes("number")
        counts = numbers[[c for c in numbers if c in ("n", "n_couples", "done", "recovered")]]
        assert not ((counts > 0) & (counts < 8)).any().any()


@pytest.mark.parametrize(
    ("rows", "header", "status"),
    [
        (["Luton,P1,baseline,,0,1,2"], HEADER, 0),
        (["Luton,P1,baseline,,0,1,2,note"], HEADER + ",remarks", 0),
        (["Luton,P1,baseline,,4,1,2"], HEADER, 1),
        (["Luton,P1,baseline,2204-01-01,0,1,2"], HEADER, 1),
        (["Luton,P1,later,,0,1,2"], HEADER, 1),
        (["Luton,P1,baseline,,0,1,2"], HEADER.replace("participant", "person"), 2),
        ([], "", 2),
    ],
)
def test_exit_status_of_check(
    tmp_path: Path, rows: list[str], header: str, status: int, capsys: pytest.CaptureFixture
) -> None:
    source = write(tmp_path / "a.csv", *rows, header=header)
    assert main(["check", str(source), "--json", str(tmp_path / "problems.json")]) == status
    problems = json.loads((tmp_path / "problems.json").read_text(encoding="utf-8"))
    keys = {"code", "severity", "message", "fix", "file", "sheet", "cell", "row", "column", "value"}
    assert all(set(problem) == keys for problem in problems)
    assert bool([p for p in problems if p["severity"] != "note"]) == (status > 0)
    assert "Traceback" not in capsys.readouterr().err


def test_blocked_files_write_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"%PDF-1.4 a document")
    good = write(tmp_path / "good.csv", "Luton,P1,baseline,,0,1,2")
    out = tmp_path / "out"
    assert main(["analyse", str(good), str(bad), "--out", str(out), "--quiet"]) == 2
    assert not out.exists()
    assert main(["score", str(bad), "--out", str(tmp_path / "s.csv"), "--quiet"]) == 2
    assert not (tmp_path / "s.csv").exists()


def test_refused_rows_still_leave_tables_from_the_rest(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", "Luton,P1,baseline,,0,1,2", "Luton,,baseline,,0,1,2")
    out = tmp_path / "out"
    assert main(["analyse", str(source), "--out", str(out), "--quiet"]) == 1
    assert len(table(out / "scores.csv")) == 1


def test_a_release_leaves_no_scores_of_an_earlier_run(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", "Luton,P1,baseline,,0,1,2")
    out = tmp_path / "out"
    for disclosure in ("off", "release"):
        main(["analyse", str(source), "--out", str(out), "--disclosure", disclosure, "--quiet"])
    assert not (out / "scores.csv").exists()


def test_a_mistyped_command_or_rule_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    source = write(tmp_path / "a.csv", "Luton,P1,baseline,,0,1,2")
    rules = tmp_path / "rules.yaml"
    rules.write_text("measure: {}\n", encoding="utf-8")
    assert main(["check", str(source), "--settings", str(rules)]) == 2
    assert main(["check", str(tmp_path / "absent.csv")]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 2
    assert "'measure' is not a known key" in error[0]


def test_the_list_of_problems_is_written_also_when_nothing_could_be_read(tmp_path: Path) -> None:
    out = tmp_path / "problems.json"
    assert main(["check", str(tmp_path / "absent.csv"), "--json", str(out), "--quiet"]) == 2
    (problem,) = json.loads(out.read_text(encoding="utf-8"))
    assert "absent.csv" in problem["message"]


def test_messages_go_to_stderr_and_no_traceback_shows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evaluation", "check", "absent.csv"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "absent.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_stores_good_rows_and_knows_the_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("EVALUATION_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    good = write(tmp_path / "a.csv", "Luton,P1,baseline,,0,1,2", "Atlantis,P2,baseline,,0,1,2")
    assert main(["import", str(good)]) == 1
    assert main(["import", str(write(tmp_path / "b.csv", ",P1,end,,0,1,2"))]) == 2
    assert main(["import", str(tmp_path / "b.csv"), "--site", "luton"]) == 0
    assert main(["import", str(tmp_path / "b.csv"), "--site", "Atlantis"]) == 2
    capsys.readouterr()
    assert main(["imports"]) == 0
    assert capsys.readouterr().out.count(".csv") == 2


def test_many_refused_rows_need_a_word_before_the_rest_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALUATION_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    rows = [f"Luton,P{n},baseline,,0,1,2" for n in range(20)] + ["Luton,,baseline,,0,1,2"] * 10
    source = write(tmp_path / "a.csv", *rows)
    assert main(["import", str(source), "--quiet"]) == 2
    assert main(["import", str(source), "--quiet", "--accept-partial"]) == 1


def test_a_blank_template_reads_back_and_has_no_answers_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "blank.xlsx"
    assert main(["template", "--instruments", "phq9,das_32", "--out", str(out), "--quiet"]) == 0
    assert main(["check", str(out)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "blank.xlsx: There is nothing below the header: no row holds an answer. Fill in a row for "
        "each person and point in time, and upload the file again.",
        "blank.xlsx: 0 records (0 of 0 rows accepted)",
    ]
    assert main(["template", "--instruments", "phq99", "--out", str(out)]) == 2


def test_rows_after_the_data_lock_are_left_out(tmp_path: Path) -> None:
    source = write(
        tmp_path / "a.csv", "Luton,P1,baseline,2017-01-01,0,1,2", "Luton,P1,end,2017-06-01,0,1,2"
    )
    out = tmp_path / "out"
    main(["analyse", str(source), "--out", str(out), "--data-lock", "2017-05-31", "--quiet"])
    assert table(out / "scores.csv")["wave"].tolist() == ["baseline"]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_lock"] == "2017-05-31"
    assert any("left out" in warning for warning in manifest["warnings"])


# --- real, public answers (read beside the project; not part of it) --------------------------


def real(name: str) -> list[dict[str, str]]:
    path = REAL_SCORES / name
    if not path.exists():
        pytest.skip(f"the public file {name} is not on this machine")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scored_totals(source: Path, out: Path) -> list[float]:
    assert main(["score", str(source), "--out", str(out), "--quiet"]) == 0
    return table(out)["score"].tolist()


def test_all_2177_printed_phq9_totals_are_reproduced(tmp_path: Path) -> None:
    people = real("phq9_chiu_n2177.csv")
    header = "site,participant,wave," + ",".join(f"phq9_{n}" for n in range(1, 10))
    answers = [",".join(p[f"Item{n}_num"] for n in range(1, 10)) for p in people]
    rows = [f"open,{i},baseline,{a}" for i, a in enumerate(answers)]
    totals = scored_totals(write(tmp_path / "a.csv", *rows, header=header), tmp_path / "s.csv")
    assert len(totals) == 2177
    assert totals == [float(p["SumScore"]) for p in people]


def test_the_word_none_stays_a_word(tmp_path: Path) -> None:
    people = real("phq9_isixhosa_minimised.csv")
    header = "site,participant,wave,referral_route," + ",".join(f"phq9_{n}" for n in range(1, 10))
    answers = [",".join(p[f"q{n}"] for n in range(1, 10)) for p in people]
    rows = [
        f"x,{p['PID']},baseline,{p['PHQ9.class']},{a}" for p, a in zip(people, answers, strict=True)
    ]
    source = write(tmp_path / "a.csv", *rows, header=header)
    assert scored_totals(source, tmp_path / "s.csv") == [float(p["total"]) for p in people]

    from evaluation.ingest.pipeline import read_files

    people_read = read_files([("a.csv", source.read_bytes())]).dataset.participants
    assert people_read["referral_route"].value_counts().to_dict() == {"None": 31, "Some": 16}
