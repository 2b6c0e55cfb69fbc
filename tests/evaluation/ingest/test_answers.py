"""Answer cells: numbers, words, numbers with words, reasons, and what only a person can say."""

from __future__ import annotations

import csv
import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.ingest.columns.choices import MISSING_REASONS
from evaluation.ingest.files.cells import Column
from evaluation.ingest.meaning.answer_texts import MISSING_WORDS
from evaluation.ingest.meaning.answers import answer_parser, fold, score_parser, word_key
from evaluation.ingest.meaning.values import Missing, Refusal, read_column
from evaluation.model import Recoding
from instruments.answer_words import ALIKE, EACH_ITS_OWN, PRINTED_WORDS, VARIANTS
from instruments.definition import Instrument, Item, Scale
from instruments.registry import all_instruments, get

SCORES = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "scores"
PHQ = get("phq9")
phq = answer_parser(PHQ, PHQ.item(1))
WEMWBS = get("wemwbs")
DAS = get("das_32")


def local(item: Item) -> Instrument:
    """A questionnaire of a site's own, with one question."""
    scale = Scale("total", "Total", (1,), "sum", (item.minimum, item.maximum), "lower",
                  "unverified", "made up")  # fmt: skip
    return Instrument("own", "1", "Own", "OWN", "any", "adult", (item,), (scale,), "made up",
                      "made up", "", "")  # fmt: skip


def refused(value: object, *, asks: str) -> bool:
    assert isinstance(value, Refusal), value
    return value.code == "answer_not_allowed" and value.asks == asks


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Not at all.", "not at all"), ("  NOT\u00a0at   all ", "not at all"),
        ("Don\u2019t know", "don't know"), ("1 \u2013 often", "1 - often"),
        ("\uff11", "1"), ("\u0663", "3"), ("\u200fyes\u200e", "yes"), ("?", "?"), ("...", "..."),
        (".", "."), ("12\u00b2", "12^2"), ("Stra\u00dfe", "strasse"), ("", ""), ("d.n.a.", "d.n.a"),
        ("Not at\nall", "not at all"),
    ],
)  # fmt: skip
def test_what_does_not_count_when_texts_are_compared(text: str, plain: str) -> None:
    assert fold(text) == plain
    assert fold(fold(text)) == plain


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        (0, 0), (3.0, 3), ("2", 2), (" 2 ", 2), ("2.0", 2), ("\uff12", 2), ("\u0662", 2),
        ("Not at all", 0), ("several days", 1), ("MORE THAN HALF THE DAYS", 2),
        ("Nearly every day.", 3), ("Not\u00a0at all ", 0), ("More than half", 2),
        ("Several days;", 1),  # a survey tool's list of one
        ("1 - Several days", 1), ("1 \u2013 several days", 1), ("Several days (1)", 1),
        ("1=several days", 1), ("1: several days", 1), ("1. several days", 1),
        ("(1) several days", 1), ("1) several days", 1), ("[1] several days", 1),
        ("several days [1]", 1), ("several days = 1", 1), ("1 several days", 1),
        ("0 - More than half", None), ("3 = not at all", None), ("1=not at all", None),
        ("more than half (3)", None), ("0 several days", None),
    ],
)  # fmt: skip
def test_numbers_and_the_items_own_words(cell: object, answer: float | None) -> None:
    if answer is None:
        assert refused(phq(cell), asks="word")  # number and words contradict each other
    else:
        assert phq(cell) == answer


@pytest.mark.parametrize("cell", [4, -2.5, 1.5, "1.5", "2,5", "4", "1-2", "1/2", 12, True and 5])
def test_numbers_outside_the_set_are_mistakes_and_no_question(cell: object) -> None:
    assert refused(phq(cell), asks="")
    assert phq(cell).words == {
        "an_answer": "an answer to PHQ-9 item 1",
        "allowed": "0, 1, 2, 3",
    }


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("DNA", "did not attend"), ("Did not attend", "did not attend"),
        ("N/A", "not applicable"), ("n/a", "not applicable"), ("na", "not applicable"),
        ("Not applicable.", "not applicable"), ("Refused", "refused"), ("declined", "refused"),
        ("Prefer not to say", "refused"), ("not asked", "not asked"),
        ("missing", "did not answer"), ("(blank)", "did not answer"),
        ("No answer", "did not answer"), ("[not completed]", "did not answer"),
        ("Unknown", "not known"), ("Don\u2019t know", "not known"), ("not known", "not known"),
        ("99 = refused", "refused"), ("9 - not asked", "not asked"),
    ],
)  # fmt: skip
def test_words_that_say_why_there_is_no_answer(cell: str, reason: str) -> None:
    assert phq(cell) == Missing(reason)
    assert score_parser(PHQ, PHQ.scale("total"))(cell.rpartition("= ")[2].rpartition(" - ")[2]) == (
        Missing(reason)
    )


def test_every_built_in_reason_is_one_that_a_person_could_choose() -> None:
    assert set(MISSING_WORDS.values()) == set(MISSING_REASONS)
    assert all(fold(word) == word for word in MISSING_WORDS)


def test_an_items_own_label_comes_before_a_built_in_word() -> None:
    item = Item(1, 0, 2, ("not applicable", "declined", "improved"))
    read = answer_parser(local(item), item)
    assert [read("Not applicable"), read("Declined")] == [0, 1]
    assert read("n/a") == Missing("not applicable")


def test_labels_that_are_numbers_never_change_a_typed_number() -> None:
    # Labels "Less than 1", 1, 2, 3, 4 for the codes 1 to 5: a 4 stays a 4, and no 5 comes of it.
    item = Item(1, 1, 5, ("Less than 1", "1", "2", "3", "4"))
    read = answer_parser(local(item), item, words={"4": "5", "2": "3"}, readings={"3": "4"})
    assert [read(n) for n in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 5]
    assert [read(str(n)) for n in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 5]
    assert read("less than 1") == 1


def test_what_a_person_said_comes_before_our_labels_but_not_before_a_number() -> None:
    words = {"Almost every day": "3", "several days": "2", "n.c.": "did not answer", "odd": "wrong"}
    readings = {"999": "refused", "12*": "not asked", "2": "not known", "2?": "2", "7": "wrong"}
    read = answer_parser(PHQ, PHQ.item(1), words=words, readings=readings)
    assert read("almost every DAY.") == 3
    assert read("Several days") == 2
    assert read("N.C.") == Missing("did not answer")
    assert read(999) == read("999") == Missing("refused")
    assert read("12*") == Missing("not asked")
    assert read(2) == 2
    assert read("2?") == 2
    assert refused(read("odd"), asks="")
    assert refused(read(7), asks="")
    assert read("3 - almost every day") == 3
    assert refused(read("1 - almost every day"), asks="word")


def test_a_meaning_that_is_none_is_asked_again() -> None:
    read = answer_parser(PHQ, PHQ.item(1), words={"most days": "", "odd": "perhaps"})
    assert refused(read("most days"), asks="word")
    assert refused(read("odd"), asks="word")
    assert refused(answer_parser(PHQ, PHQ.item(1), words={"odd": "4"})("odd"), asks="")


def test_recodings_change_typed_numbers_and_leave_words_alone() -> None:
    one_to_four = answer_parser(PHQ, PHQ.item(1), recodings=[Recoding("add", amount=-1)])
    assert [one_to_four(n) for n in (1, 2, 3, 4)] == [0, 1, 2, 3]
    assert refused(one_to_four(0), asks="")
    assert one_to_four("Nearly every day") == 3
    assert one_to_four("4 - nearly every day") == 3
    assert refused(one_to_four("3 - nearly every day"), asks="word")
    assert one_to_four(0).words["allowed"] == "1, 2, 3, 4 (decided: subtract 1)"
    turned = answer_parser(
        PHQ, PHQ.item(1), recodings=[Recoding("reverse")], words={"rarely": "1"},
        readings={"3?": "3"},
    )  # fmt: skip
    assert [turned(0), turned("not at all"), turned("rarely"), turned("3?")] == [3, 0, 1, 0]


@pytest.mark.parametrize(
    "cell",
    [9, 99, 999, "999", -9, "-1", 77, "\uff19\uff19", 8.0, "?", "-", ".", "x", "X", "...", "12?",
     "2*", "~2", "2 ?", "2\u2020", "2\u00b9", "*2", "2 (?)", "2!"],
)  # fmt: skip
def test_codes_and_marks_that_a_person_can_explain(cell: object) -> None:
    asks = "" if cell == "12?" else "reading"  # 12 is no answer either
    assert refused(phq(cell), asks=asks)


@pytest.mark.parametrize(
    "cell", ["Almost every day", "a couple of days", "ok", "2 or 3", "none", "1 - Mehrere Tage"]
)
def test_words_that_a_person_can_explain(cell: str) -> None:
    assert refused(phq(cell), asks="word")


def test_free_text_is_neither_repeated_nor_asked_about() -> None:
    text = "She told me that her husband Dave has been drinking again since March"
    found = phq(text)
    assert refused(found, asks="")
    assert found.words["value"] == "a text of 13 words"
    assert phq("a b c d e f g").words["value"] == "a text of 7 words"
    assert phq("x" * 41).words["value"] == "a long text"
    assert phq("y" * 100_000).words["value"] == "a long text"
    assert score_parser(PHQ, PHQ.scale("total"))(text).words["value"] == "a text of 13 words"


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("jo@example.org", "an e-mail address"), ("07700 900123", "a phone number"),
     ("SW1A 1AA", "a postcode"), (dt.date(1985, 4, 3), "a date of birth")],
)  # fmt: skip
def test_personal_details_in_an_answer_cell_are_only_named(cell: object, kind: str) -> None:
    assert phq(cell) == Refusal("personal_data", {"where": "This cell", "kind": kind})


def test_a_cell_without_anything_to_see_is_blank() -> None:
    assert math.isnan(phq("\u200b"))
    assert refused(phq(dt.date(2024, 2, 1)), asks="")  # 1-2 that Excel took for a date


ANY_CELL = st.one_of(
    st.text(max_size=60), st.integers(), st.floats(allow_nan=False), st.datetimes(), st.times(),
    st.text(alphabet="0123 -=:.()[]*?~dnaot", max_size=12),
)  # fmt: skip


@settings(max_examples=50)
@given(ANY_CELL)
def test_every_cell_is_an_answer_a_reason_a_blank_or_a_complaint(cell: object) -> None:
    for read, allowed in (
        (phq, {0, 1, 2, 3}),
        (answer_parser(DAS, DAS.item(23)), {0, 1, 2, 3, 4}),
    ):
        found = read(cell)
        if isinstance(found, Missing):
            assert found.reason in MISSING_REASONS
        elif isinstance(found, Refusal):
            assert not found.asks or len(fold(str(cell))) <= 40
        else:
            assert found in allowed or (math.isnan(found) and not fold(str(cell)))


@pytest.mark.parametrize(
    ("instrument", "item", "cell", "answer"),
    [
        ("core_om", 3, "Most or all the time", 4), ("core_10", 1, "Only occasionally", 1),
        ("wemwbs", 5, "None of the time", 1), ("swemwbs", 7, "All of the time", 5),
        ("sdq_parent_4_17", 25, "Certainly true", 2), ("sdq_self_11_17", 1, "Not True", 0),
        ("parental_stress_scale_18", 1, "Undecided", 3), ("rds_8", 8, "Once in a while", 2),
    ],
)  # fmt: skip
def test_words_as_they_are_printed(instrument: str, item: int, cell: str, answer: int) -> None:
    known = get(instrument)
    assert answer_parser(known, known.item(item))(cell) == answer


def test_words_of_a_form_stop_where_its_other_questions_begin() -> None:
    sdq = get("sdq_parent_4_17")
    assert refused(answer_parser(sdq, sdq.item(28))("Certainly true"), asks="word")


def test_a_number_with_words_that_are_not_known_counts_where_no_labels_are() -> None:
    read = answer_parser(DAS, DAS.item(1))
    assert [read("4 - almost always agree"), read("(0) never"), read("agree (5)")] == [4, 0, 5]
    for cell in (
        "3 (unsure)",
        "3 perhaps",
        "3 - not known",
        "2 - 3 times",
        "6 - more",
        "2.5 times",
    ):
        assert refused(read(cell), asks="word"), cell


def test_a_word_that_stands_for_another_number_elsewhere_is_kept_apart() -> None:
    # "All the time" is the best answer to question 18 of the form and the worst one to 16.
    assert word_key(DAS, DAS.item(3), "always") == "always"
    assert word_key(DAS, DAS.item(20), "always") == "question 16, always"
    assert word_key(DAS, DAS.item(19), "always") == "question 18, always"
    assert word_key(get("hads"), get("hads").item(2), "often") == "question 2, often"
    assert word_key(PHQ, PHQ.item(9), "often") == "often"
    words = {
        "always": "1",
        "question 16, always": "0",
        "question 18, always": "5",
        "gone": "refused",
    }
    read = {n: answer_parser(DAS, DAS.item(n), words=words) for n in (1, 16, 17, 18, 25)}
    assert [read[n]("Always") for n in (1, 16, 17, 18)] == [1, 0, 0, 5]
    assert refused(read[25]("Always"), asks="word")
    assert read[25]("gone") == Missing("refused")  # a reason is the same everywhere


@pytest.mark.parametrize(
    ("cell", "score"),
    [(12, 12), ("12.5", 12.5), ("12,5", 12.5), (27, 27), (0, 0), ("\uff11\uff12", 12)],
)
def test_supplied_scores_may_be_fractions_with_a_comma(cell: object, score: float) -> None:
    assert score_parser(PHQ, PHQ.scale("total"))(cell) == score


def test_supplied_scores_that_are_none() -> None:
    read = score_parser(
        PHQ, PHQ.scale("total"), words={"often": "3", "gone": "refused"},
        readings={"12*": "12", "99": "not asked", "88": "wrong", "?": "not known", "45*": "45"},
    )  # fmt: skip
    assert refused(read(28), asks="")
    assert refused(read("often"), asks="")  # a word of answers says nothing about scores
    assert refused(read("45*"), asks="")
    assert refused(read(88), asks="")
    assert refused(read(999), asks="reading")
    assert refused(read("14?"), asks="reading")
    assert refused(read("14,5?"), asks="reading")
    assert refused(read("1,000"), asks="")
    assert read("gone") == Missing("refused")
    assert [read("12*"), read(99), read("?")] == [12, Missing("not asked"), Missing("not known")]


def test_the_published_words_fit_the_questionnaires() -> None:
    known = {instrument.id: instrument for instrument in all_instruments()}
    for name, (last, lowest, words) in PRINTED_WORDS.items():
        items = [item for item in known[name].items if item.number <= last]
        assert items[-1].number <= last, name
        ranges = {(item.minimum, item.maximum) for item in items}
        assert ranges == {(lowest, lowest + len(words) - 1)}, name
        assert all(fold(word) == word for word in words)
    for name, groups in ALIKE.items():
        grouped = [number for group in groups for number in group]
        assert sorted(grouped) == sorted(set(grouped)), name
        assert {item.number for item in known[name].items} <= set(grouped), name
        for group in groups:
            ranges = {(i.minimum, i.maximum) for i in known[name].items if i.number in group}
            assert len(ranges) <= 1, (name, group)
    assert set(known) >= EACH_ITS_OWN
    assert set(known) >= set(VARIANTS)


@pytest.mark.skipif(not SCORES.exists(), reason="the real score files are not here")
def test_a_real_file_of_answer_words_agrees_with_its_numbers() -> None:
    with (SCORES / "phq9_chiu_n2177.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for n in range(1, 10):
        typed = [int(row[f"Item{n}_num"]) for row in rows]
        reading = read_column(
            Column.of([row[f"Item{n}"] for row in rows]),
            answer_parser(PHQ, PHQ.item(n), words={"almost every day": "3"}),
            blank=np.nan,
        )
        assert list(reading.refused()) == []
        assert reading.floats().tolist() == typed
        unread = read_column(reading.column, phq, blank=np.nan)
        assert len(list(unread.refused())) == typed.count(3)
        assert {r.asks for _, r in unread.refused()} == {"word"}
