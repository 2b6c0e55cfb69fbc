"""An erased person is gone from every table and from the file, and does not come back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from sqlalchemy import inspect, text

from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport, Problem
from evaluation.store.engine import StoreError
from evaluation.store.remnants import Namings
from evaluation.store.repository import Store
from evaluation.store.retention import months_before
from tests.evaluation.store.databases import bytes_of, orphans, plain_engine
from tests.evaluation.store.uploads import counted, held, row, upload, used

# As no other text in a store reads, so that it can be looked for byte by byte.
WHO = "ZQX-0417"
HEADER = "site,participant,couple,role,wave,completed_on,phq9_1,phq9_2\n"
WARNED = Problem(
    "person_differs", "note", f"The rows of Participant '{WHO}' contradict each other.", "Check.",
    file="a.csv",
)  # fmt: skip


def everything(who: str = WHO) -> ImportReport:
    """A file with all that can be known of a person, and of their partner."""
    rows = (
        row(who, phq9={1: 1, "total": 9}, couple="C77", role="mother", gender="female"),
        row(who, "end", phq9={1: 2}, reasons={"phq9": {"2": "refused"}}),
        row(who, "end", phq9={1: 1}, child="K1", informant="parent"),
        row("PARTNER", phq9={1: 3}, couple="C77", role="father"),
    )
    return upload(
        *rows,
        service=(used(who, took_up=True), used("PARTNER", took_up=True)),
        indicators=(counted(who), counted("PARTNER")),
        name=f"{who}.csv",
        problems=(WARNED,),
    )


def people(store: Store) -> list[str]:
    return store.load().participants["participant"].tolist()


def dump(url: str) -> str:
    """Every value of every table."""
    engine = plain_engine(url)
    with engine.begin() as connection:
        return "\n".join(
            str(tuple(found))
            for name in inspect(connection).get_table_names()
            for found in connection.execute(text(f"select * from {name}"))
        )


def test_everything_about_the_person_goes_and_the_partner_stays(store: Store, url: str) -> None:
    store.commit(everything())
    store.commit(upload(row(WHO, phq9={1: 3}, role="guardian")))
    assert WHO.encode() in bytes_of(url)
    erased = store.erase("Luton", WHO, by="dm@example.org")
    assert erased.people == 1
    assert erased.questionnaires == 4  # two waves, the child's, and the version before the change
    assert (erased.service_rows, erased.indicators) == (1, 1)
    assert WHO not in dump(url)
    assert WHO.encode() not in bytes_of(url)
    loaded = store.load()
    assert people(store) == ["PARTNER"]
    assert loaded.participants["couple"].tolist() == ["C77"]
    assert loaded.answers["phq9"].to_numpy().tolist() == [[3]]
    assert loaded.service_use["participant"].tolist() == ["PARTNER"]
    assert loaded.indicators["participant"].tolist() == ["PARTNER"]
    assert orphans(url) == []


def test_a_later_upload_is_refused_with_a_reason_and_the_others_are_stored(
    store: Store, url: str
) -> None:
    content = f"Luton,{WHO},C1,,baseline,,1,1\nLuton,P2,C1,,baseline,,1,1\n"
    given = read_files([("a.csv", (HEADER + content).encode())])
    store.commit(given)
    store.erase("Luton", WHO)
    screened = store.screen(given)
    (problem,) = (p for p in screened.problems if p.severity != "note")
    assert (problem.code, problem.severity) == ("erased_person", "refuse_row")
    assert (problem.file, problem.row) == ("a.csv", 2)
    assert problem.message.startswith("This person asked to be erased;")
    assert WHO not in repr(problem)
    assert screened.files[0].rows_accepted == 1
    assert screened.needs_attention
    seen = store.preview(given)
    assert (seen.new, seen.same, seen.refused, seen.people_new) == (0, 1, 1, 0)
    assert store.commit(given).changes == seen
    assert people(store) == ["P2"]
    assert store.to_fix()["code"].tolist() == ["erased_person"]
    assert WHO.encode() not in bytes_of(url)


def test_nothing_of_the_person_comes_in_whatever_a_file_says_of_them(
    store: Store, url: str
) -> None:
    store.commit(everything())
    store.erase("luton", WHO)
    before = held(url)
    receipt = store.commit(everything())
    assert receipt.changes.nothing_to_store
    assert held(url) == before
    only_service = upload(service=(used(WHO, took_up=True),))
    assert [p.code for p in store.screen(only_service).problems] == ["erased_person"]
    assert store.commit(only_service).changes.nothing_to_store
    assert WHO not in dump(url).replace(f"{WHO}.csv", "")


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_no_undo_brings_the_person_back(store: Store, url: str, order: tuple) -> None:
    store.commit(everything())
    store.commit(upload(row(WHO, phq9={1: 3}, role="guardian"), row("PARTNER", phq9={1: 0})))
    store.commit(upload(row(WHO, phq9={1: 0}, role="mother")))
    store.erase("Luton", WHO)
    for number in order:
        store.undo(number)
        assert WHO not in people(store)
        assert WHO not in dump(url)
    assert held(url, ("participant", "response", "participant_change")) == {
        "participant": [], "response": [], "participant_change": [],
    }  # fmt: skip


def test_results_are_worked_out_anew(store: Store) -> None:
    store.commit(everything())
    before = store.snapshot()
    store.erase("Luton", WHO)
    assert store.snapshot() > before


def test_the_same_code_at_another_site_is_another_person(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1}), row(phq9={1: 2}) | {"site": "Croydon"}))
    store.erase("Croydon", "P1")
    store.commit(upload(row(phq9={1: 1}), row(phq9={1: 2}) | {"site": "Croydon"}))
    assert store.load().participants["site"].tolist() == ["Luton"]


@pytest.mark.parametrize(
    ("erased", "typed"), [("P-017", "p 017"), ("007", "7"), ("wl001", "WL001"), ("12", "12.0")]
)
def test_another_spelling_of_the_code_is_the_same_person(
    store: Store, erased: str, typed: str
) -> None:
    store.commit(upload(row(erased, phq9={1: 1})))
    store.erase("Luton", erased)
    assert store.screen(upload(row(typed, phq9={1: 1}))).dataset.participants.empty


def test_somebody_stored_under_another_spelling_is_another_person(store: Store) -> None:
    store.commit(upload(row("7", phq9={1: 1}), row("007", phq9={1: 2})))
    store.erase("Luton", "007")
    store.commit(upload(row("7", phq9={1: 3}), row("007", phq9={1: 2})))
    assert people(store) == ["7"]
    assert store.load().answers["phq9"].to_numpy().tolist() == [[3]]


def test_who_is_not_there_cannot_be_erased_by_mistake(store: Store, url: str) -> None:
    store.commit(upload(row("P-017", phq9={1: 1})))
    before = held(url, ("participant", "tombstone"))
    with pytest.raises(StoreError, match=r"no participant 'p017'.*Is it 'P-017'\?"):
        store.erase("Luton", "p017")
    with pytest.raises(StoreError, match="not a site of this programme"):
        store.erase("Atlantis", "P-017")
    with pytest.raises(StoreError, match="Say which participant"):
        store.erase("Luton", "  ")
    assert held(url, ("participant", "tombstone")) == before
    store.erase("Luton", "P-017")
    with pytest.raises(StoreError, match="erased before"):
        store.erase("Luton", "P-017")


def test_somebody_may_be_kept_out_in_advance(store: Store) -> None:
    assert store.erase("Luton", "P9", in_advance=True).people == 0
    store.commit(upload(row("P9", phq9={1: 1}), row("P1", phq9={1: 1})))
    assert people(store) == ["P1"]


def test_a_problem_of_the_persons_row_goes_with_them(store: Store, url: str) -> None:
    rows = ((WHO, 4, "xqqx"), ("P2", 5, "yqqy"))
    content = "".join(f"Luton,{who},,,baseline,,{one},{two}\n" for who, one, two in rows)
    store.commit(read_files([("a.csv", (HEADER + content).encode())]))

    def quoted() -> set[str]:
        found = " ".join([*store.to_fix()["message"], *store.to_fix()["value"]])
        return {word for word in ("4", "5", "xqqx", "yqqy") if word in found}

    assert quoted() == {"4", "5", "xqqx", "yqqy"}
    store.erase("Luton", WHO)
    assert quoted() == {"5", "yqqy"}
    # Also when an undo has removed the person first.
    store.commit(read_files([("b.csv", (HEADER + "Luton,P3,,,end,,1,zqqz\n").encode())]))
    store.undo(2)
    assert "zqqz" in str(held(url, ("problem",)))
    store.erase("Luton", "P3", in_advance=True)
    assert "zqqz" not in str(held(url, ("problem",)))


def test_a_mapping_that_names_the_person_goes(store: Store) -> None:
    for kind, said in (("a", f"words: {WHO}"), ("b", "words: none")):
        store.commit(upload(row(WHO, phq9={1: 1})), mapping_text=said, mapping_key=("typed", kind))
    store.erase("Luton", WHO)
    assert [m.text for m in store.saved_mappings("Luton")] == ["words: none"]


def test_codes_are_found_as_words_and_short_numbers_only_where_a_sentence_says_so() -> None:
    namings = Namings(["P1", "7", "anna"])
    assert namings.removed("P1, P10, xP1, p1.csv and P1-2") == (
        "[removed], P10, xP1, [removed].csv and [removed]-2"
    )
    assert namings.removed("Participant '7' has 7 rows") == "Participant '[removed]' has 7 rows"
    assert namings.removed("Participant 'anna'; anna") == "Participant '[removed]'; anna"
    assert Namings([]).removed("P1") == "P1"


def test_a_report_without_erased_people_is_left_alone(store: Store) -> None:
    given = everything()
    assert store.screen(given) is given
    store.commit(upload(row("OTHER-1", phq9={1: 1})))
    store.erase("Luton", "OTHER-1")
    assert store.screen(given) is given
    nobody = upload()
    assert store.screen(nobody) is nobody


def test_what_is_left_of_a_report_fits_together(store: Store) -> None:
    store.commit(everything())
    store.erase("Luton", WHO)
    left = store.screen(everything()).dataset
    assert left.records["participant"].tolist() == ["PARTNER"]
    for table in (*left.answers.values(), *left.supplied.values()):
        assert set(table.index) <= set(left.records.index)
    assert left.supplied == {}
    assert left.reasons.empty
    assert store.screen(replace(everything(), dataset=left)).dataset is left


# --- retention -------------------------------------------------------------------------------


TODAY = dt.date(2020, 1, 31)


def aged() -> ImportReport:
    """Somebody whose last record is old, and others for one reason or another not."""
    return upload(
        row("OLD-1", phq9={1: 1}, completed_on="2017-01-05"),
        row("OLD-1", "end", phq9={1: 1}, completed_on="2017-05-05"),
        row("NEW-1", phq9={1: 1}, completed_on="2017-01-05"),
        row("NEW-1", "end", phq9={1: 1}, completed_on="2019-09-05"),
        row("SEEN-1", phq9={1: 1}, completed_on="2017-01-05"),
        row("BLANK-1", phq9={1: 1}),
        service=(used("SEEN-1", referred_on="2019-12-01"), used("OLD-1", referred_on="2016-12-01")),
    )


def test_months_before_ends_with_the_month() -> None:
    assert months_before(dt.date(2020, 3, 31), 1) == dt.date(2020, 2, 29)
    assert months_before(dt.date(2020, 1, 31), 24) == dt.date(2018, 1, 31)
    assert months_before(dt.date(2020, 1, 1), 1) == dt.date(2019, 12, 1)
    for wrong in (0, -3, 30_000):
        with pytest.raises(ValueError, match="months"):
            months_before(TODAY, wrong)


def test_those_whose_last_record_is_too_old_are_erased(store: Store, url: str) -> None:
    store.commit(aged())
    seen = store.expired(24, today=TODAY)
    assert (seen.before, seen.people) == (dt.date(2018, 1, 31), 1)
    assert seen.sites.to_dict("records") == [
        {"site": "Luton", "people": 1, "oldest": dt.date(2017, 5, 5),
         "newest": dt.date(2017, 5, 5)}
    ]  # fmt: skip
    assert sorted(people(store)) == ["BLANK-1", "NEW-1", "OLD-1", "SEEN-1"]
    erased = store.erase_expired(24, by="dm", today=TODAY)
    assert (erased.people, erased.questionnaires, erased.service_rows) == (1, 2, 1)
    assert sorted(people(store)) == ["BLANK-1", "NEW-1", "SEEN-1"]
    assert b"OLD-1" not in bytes_of(url)
    (problem,) = {p.message for p in store.screen(aged()).problems}
    assert "the time it may be kept was over" in problem
    assert store.expired(24, today=TODAY).people == 0
    assert store.erase_expired(24, today=TODAY).people == 0


def test_a_record_of_the_very_day_is_not_too_old(store: Store) -> None:
    store.commit(upload(row("P1", phq9={1: 1}, completed_on="2018-01-31")))
    assert store.expired(24, today=TODAY).people == 0
    assert store.expired(24, today=TODAY + dt.timedelta(1)).people == 1


def test_a_blank_date_counts_from_the_last_upload(store: Store) -> None:
    store.commit(aged())
    today = dt.datetime.now(dt.UTC).date()
    assert store.expired(1, today=today + dt.timedelta(40)).people == 4
    assert store.expired(12, today=today).people == 3


def test_nobody_is_too_old_in_an_empty_store(store: Store) -> None:
    seen = store.expired(1)
    assert seen.people == 0
    assert isinstance(seen.sites, pd.DataFrame)
    assert seen.sites.columns.tolist() == ["site", "people", "oldest", "newest"]
