"""Releases one after the other, from the answers to the decision that somebody reads."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from evaluation.cli import main
from evaluation.config import DATABASE_VARIABLE, Settings
from evaluation.disclosure.differencing import NO_DIFFERENCE, Difference
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.release_guard import behind_release, hashes_of, since_last
from evaluation.report import release_wording
from evaluation.store.release_basis import Basis
from evaluation.store.repository import Store

KEY = b"a secret of the store"
HEADER = "site,participant,couple,role,wave,completed_on,phq9_total"
SITES = {"Luton": 30, "Dorset": 26}


def lines(site: str, people: Iterable[int], *, waves: tuple[str, ...] = ("baseline", "end")):
    """A line for each person and time; scores spread over most of the scale."""
    for person in people:
        role = "father" if person % 2 else "mother"
        for number, wave in enumerate(waves):
            score = 7 * person % 23 + 4 - 3 * number
            day = dt.date(2017, 1, 1) + dt.timedelta(days=5 * person + 120 * number)
            yield f"{site},P{person:03},C{person // 2},{role},{wave},{day},{score}"


def csv_of(**n: int) -> bytes:
    rows = [line for site, many in (SITES | n).items() for line in lines(site, range(many))]
    return "\n".join([HEADER, *rows]).encode()


def results_of(lock: dt.date | None = None, **n: int) -> Results:
    dataset = read_files([("a.csv", csv_of(**n))]).dataset
    return analyse(dataset, Settings(), data_lock=lock)


def kept(results: Results, site: str | None = None, erased: Iterable[str] = ()) -> Basis:
    behind = behind_release(results, site, key=KEY)
    return Basis("workbook", hashes_of(behind), frozenset(erased))


def told(new: Results, *last: Basis, site: str | None = None) -> Difference:
    return since_last(behind_release(new, site, key=KEY), last, new.settings.disclosure)


@pytest.fixture(scope="module")
def first() -> Results:
    return results_of()


@pytest.fixture(scope="module")
def later() -> Results:
    """With one person more at Luton."""
    return results_of(Luton=31)


def test_the_same_again_or_nothing_before_passes(first) -> None:
    assert told(first, kept(first)) == NO_DIFFERENCE
    assert told(first) == NO_DIFFERENCE


def test_one_more_person_is_for_review_at_their_site_alone(first, later) -> None:
    found = told(later, kept(first))
    assert found.decision == "review"
    assert "at Luton" in found.reasons[0] and "Dorset" not in found.reasons[0]
    assert {cell[0] for cell in found.cells} <= {"Luton", "ALL"}
    assert told(later, kept(first), site="Dorset") == NO_DIFFERENCE


def test_a_site_is_seen_beside_a_file_of_all_sites_and_the_other_way_round(first, later) -> None:
    assert told(later, kept(first), site="Luton").decision == "review"
    assert told(later, kept(first, "Luton")).decision == "review"
    assert told(later, kept(first, "Dorset")) == NO_DIFFERENCE


def test_every_last_release_counts_not_only_the_newest(first, later) -> None:
    assert told(later, kept(later), kept(first)).decision == "review"


def test_a_period_that_leaves_out_a_few_is_seen_as_the_same_people_minus_few(first) -> None:
    """The last two of Luton answered in the last days."""
    before = first.data_lock - dt.timedelta(days=6)
    found = told(results_of(lock=before), kept(first))
    assert found.decision == "review"
    assert "left out" in found.reasons[0]


def test_groups_single_times_and_those_lost_are_seen_too(first, later) -> None:
    cells = {cell[3:] for cell in told(later, kept(first)).cells}
    assert {("baseline_end", ""), ("baseline_end", "role=mother"), ("baseline", "")} <= cells


def test_an_erasure_since_is_for_review(first) -> None:
    found = told(first, kept(first, erased={"Luton", "ALL"}))
    assert "erased at Luton, all sites together" in found.reasons[0]


def test_a_site_of_few_has_nobody_behind_anything() -> None:
    assert behind_release(results_of(Luton=9), "Luton", key=KEY) == {}


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    opened = Store(url)
    opened.commit(read_files([("a.csv", csv_of())], known_sites=opened.known_sites()))
    return opened


def exported(folder: Path) -> dict:
    assert main(["export", "--out", str(folder), "--site", "luton"]) == 0
    return json.loads((folder / "manifest.json").read_text())["release"]


def test_the_command_says_what_the_pages_say_and_keeps_who_was_behind_it(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    record = exported(tmp_path / "one")
    said = capsys.readouterr().err.splitlines()
    told = [release_wording.decision_title(record), *release_wording.decision_lines(record)]
    assert said[: len(told)] == told
    assert said[len(told)].startswith("Written to")
    more = "\n".join([HEADER, *lines("Luton", [30])]).encode()
    store.commit(read_files([("b.csv", more)], known_sites=store.known_sites()))
    again = exported(tmp_path / "two")
    new = again["reasons"][-1]
    assert new not in record["reasons"] and new.startswith(
        "Since the last release only a few people"
    )
    assert new in capsys.readouterr().err
    newest = store.releases().iloc[0]
    assert (newest["kind"], newest["decision"]) == ("research", "review")
    assert json.loads(newest["suppressed"]) == again["n_suppressed"]
    assert json.loads(newest["filters"])["site"] == "Luton"


def test_what_is_refused_is_not_written_and_says_why_and_what_to_do(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    objection = "effects: column 'n' is not rounded to 5."
    monkeypatch.setattr("evaluation.disclosure.decision.check_released", lambda *_: [objection])
    assert main(["export", "--out", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert "Not to be shared" in said and objection in said and "Please pass these points" in said
    assert not (tmp_path / "x").exists()
    assert store.releases()["decision"].tolist() == ["fail"]
    assert store.last_bases("") == []
    file = tmp_path / "a.csv"
    file.write_bytes(csv_of())
    arguments = ["analyse", str(file), "--out", str(tmp_path / "y"), "--disclosure", "release"]
    assert main(arguments) == 2
    assert objection in capsys.readouterr().err
    assert not (tmp_path / "y").exists()
