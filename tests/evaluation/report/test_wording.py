"""Every sentence about results: direction, size, uncertainty and number of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.report import wording
from instruments.definition import Scale

MOOD = Scale("total", "Low mood", (1,), "sum", (0, 27), "lower", "confirmed", "")
WELLBEING = replace(MOOD, label="Wellbeing", score_range=(14, 70), better="higher")
NAN = float("nan")

# A PHQ-9 that falls from 12.1 to 8.7: worked by hand, improvement is start minus end.
FALLING = {
    "contrast": "baseline_end", "n": 84, "mean_before": 12.1, "mean_after": 8.7,
    "improvement": 3.4, "improvement_low": 2.1, "improvement_high": 4.7,
    "g_pre": 0.55, "g_pre_low": 0.3, "g_pre_high": 0.8, "display_tier": "full", "reason": "",
}  # fmt: skip
CHANGED = {
    "n": 84, "recovered": 20, "improved": 25, "unchanged": 35, "deteriorated": 3, "harmed": 1,
    "clinical_at_start": 40, "reason": "",
}  # fmt: skip
FOLLOW_UP = {
    "step": "3m", "unit": "person", "n": 155, "done": 68, "missed": 62, "window_open": 5,
    "not_yet_due": 20, "rate": 68 / 130, "reason": "",
}  # fmt: skip


# --- how much changed -----------------------------------------------------------------------


def test_a_falling_phq9_is_an_improvement():
    assert wording.improvement_sentence(FALLING, MOOD) == (
        "Low mood: scores improved by 3.4 points on average, from 12.1 at the start to 8.7 at the "
        "end of support (84 people; lower scores are better)."
    )


def test_a_rising_phq9_is_a_worsening():
    row = FALLING | {"mean_before": 8.7, "mean_after": 12.1, "improvement": -3.4}
    sentence = wording.improvement_sentence(row, MOOD)
    assert "got worse by 3.4 points" in sentence
    assert "improved" not in sentence


def test_rising_wellbeing_is_an_improvement():
    row = FALLING | {"mean_before": 40.0, "mean_after": 44.0, "improvement": 4.0}
    sentence = wording.improvement_sentence(row, WELLBEING)
    assert "improved by 4.0 points" in sentence
    assert "higher scores are better" in sentence


def test_no_change_is_no_improvement():
    row = FALLING | {"mean_after": 12.1, "improvement": 0.0}
    assert "did not change on average" in wording.improvement_sentence(row, MOOD)


def test_a_change_below_the_rounding_is_not_called_zero_points():
    sentence = wording.improvement_sentence(FALLING | {"improvement": 0.03}, MOOD)
    assert "improved by less than 0.1 points" in sentence


def test_one_point_is_singular():
    assert "by 1.0 point on" in wording.improvement_sentence(FALLING | {"improvement": 1.0}, MOOD)


def test_a_scale_without_direction_has_no_improvement():
    sentence = wording.improvement_sentence(
        FALLING | {"improvement": NAN}, replace(MOOD, better="neither")
    )
    assert "improved" not in sentence and "worse" not in sentence
    assert "from 12.1 at the start to 8.7" in sentence


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (
            2.1,
            4.7,
            "We can be fairly sure that the true average lies between 2.1 and 4.7 points better.",
        ),
        (
            -3.1,
            -0.4,
            "We can be fairly sure that the true average lies between 0.4 and 3.1 points worse.",
        ),
        (
            -0.5,
            2.3,
            "The true average may lie anywhere between 0.5 points worse and 2.3 points better, so "
            "there could be no change at all.",
        ),
        (NAN, NAN, "How precise this average is cannot be said from these answers."),
        (None, None, "How precise this average is cannot be said from these answers."),
    ],
)
def test_uncertainty(low, high, expected):
    row = {"improvement_low": low, "improvement_high": high}
    assert wording.uncertainty_sentence(row) == expected


def test_an_interval_that_ends_at_zero_could_be_no_change():
    row = {"improvement_low": 0.0, "improvement_high": 2.0}
    assert "no change at all" in wording.uncertainty_sentence(row)


@pytest.mark.parametrize(
    ("g", "word"),
    [
        (0.0, "very small"), (0.19, "very small"), (0.2, "small"), (0.49, "small"),
        (0.5, "medium"), (0.79, "medium"), (0.8, "large"), (2.0, "large"),
        (-0.1, "very small"), (-0.5, "medium"), (-0.8, "large"),
    ],
)  # fmt: skip
def test_size_words_follow_cohen_1988(g, word):
    assert wording.size_word(g) == word


def test_size_of_an_improvement_and_of_a_worsening():
    assert wording.size_sentence(FALLING) == "In size this is a medium improvement."
    worse = FALLING | {"g_pre": -0.3, "g_pre_low": -0.5, "g_pre_high": -0.1}
    assert wording.size_sentence(worse) == "In size this is a small worsening."


def test_size_that_may_be_nothing_is_taken_at_face_value():
    unsure = FALLING | {"g_pre": 0.25, "g_pre_low": -0.1, "g_pre_high": 0.6}
    assert wording.size_sentence(unsure) == "Taken at face value this is a small improvement."
    assert wording.size_sentence(FALLING | {"g_pre": NAN}) == ""


# --- as much as the number of people can carry ----------------------------------------------


def test_nobody():
    row = FALLING | {"n": 0, "display_tier": "counts", "reason": "N0"}
    assert wording.effect_sentences(row, MOOD) == [
        "Nobody has answered both at the start and at the end of support yet, so nothing can be "
        "said about change."
    ]


@pytest.mark.parametrize(
    ("n", "tier", "n_sentences", "has", "has_not"),
    [
        (2, "counts", 1, "too few for an average", "points"),
        (4, "mean_only", 2, "little about anybody else", "fairly sure"),
        (7, "imprecise", 3, "rough picture only", "In size"),
        (15, "no_subgroup", 3, "In size", "rough"),
        (84, "full", 3, "In size", "rough"),
    ],
)
def test_small_groups_are_told_less(n, tier, n_sentences, has, has_not):
    found = wording.effect_sentences(FALLING | {"n": n, "display_tier": tier}, MOOD)
    assert len(found) == n_sentences
    assert has in " ".join(found)
    assert has_not not in " ".join(found)


def test_a_hidden_result_says_why():
    row = FALLING | {"n": None, "improvement": None, "reason": "SUPPRESSED"}
    assert wording.effect_sentences(row, MOOD) == [wording.reason_text("SUPPRESSED")]


# --- how many changed -----------------------------------------------------------------------


def test_reliable_change_out_of_100():
    assert wording.reliable_change_sentence(CHANGED) == (
        "Of 84 people measured both times, 45 (54 out of every 100) clearly got better and 4 (5 "
        "out of every 100) clearly got worse; for 35 (42 out of every 100) the change was no "
        "larger than the ordinary ups and downs of answers."
    )


def test_reliable_change_of_few_people_is_not_out_of_100():
    few = {
        "n": 7, "recovered": 1, "improved": 2, "unchanged": 4, "deteriorated": 0, "harmed": 0,
        "reason": "",
    }  # fmt: skip
    sentence = wording.reliable_change_sentence(few)
    assert "three clearly got better and none clearly got worse; for four" in sentence
    assert "100" not in sentence


def test_an_unverified_reliability_is_said_in_the_same_breath():
    sentence = wording.reliable_change_sentence(CHANGED | {"reason": "REL_UNVERIFIED"})
    assert sentence.endswith("has not been verified.")


def test_nobody_without_clear_change_is_not_mentioned():
    row = CHANGED | {"unchanged": 0, "n": 49}
    assert wording.reliable_change_sentence(row).endswith("clearly got worse.")


def test_without_a_cut_off_only_reliability_counts():
    row = CHANGED | {"recovered": NAN, "harmed": NAN}
    assert wording.change_counts(row) == {"better": 25, "unchanged": 35, "worse": 3}
    assert wording.recovery_sentence(row) == ""


def test_reliable_change_that_is_not_known_says_why():
    row = CHANGED | {"improved": NAN, "reason": "REL_MISSING"}
    assert wording.reason_text("REL_MISSING") in wording.reliable_change_sentence(row)


def test_recovery():
    assert wording.recovery_sentence(CHANGED) == (
        "40 people were in the range of concern at the start; 20 (50 out of every 100) clearly "
        "improved and left it."
    )
    nobody = CHANGED | {"recovered": 0, "clinical_at_start": 0}
    assert wording.recovery_sentence(nobody) == "Nobody was in the range of concern at the start."


# --- who was heard from ---------------------------------------------------------------------


def test_follow_up_counts_only_what_has_come_due():
    assert wording.follow_up_sentence(FOLLOW_UP) == (
        "3 months after the end we heard from 68 of 130 (52 out of every 100) people whose "
        "questionnaire has come due (five people can still answer; 20 people not due yet)."
    )


def test_follow_up_of_couples_and_of_few():
    row = FOLLOW_UP | {
        "unit": "couple", "done": 3, "missed": 2, "window_open": 0, "not_yet_due": 0,
    }  # fmt: skip
    assert wording.follow_up_sentence(row) == (
        "3 months after the end we heard from 3 of 5 couples whose questionnaire has come due."
    )


def test_follow_up_that_is_not_due():
    row = FOLLOW_UP | {"done": 0, "missed": 0}
    assert wording.follow_up_sentence(row) == (
        "3 months after the end: nobody's questionnaire has come due yet."
    )


def test_follow_up_that_is_hidden():
    row = FOLLOW_UP | {"missed": None, "reason": "SUPPRESSED"}
    assert wording.reason_text("SUPPRESSED") in wording.follow_up_sentence(row)


def test_first_steps():
    took_up = {
        "step": "took_up", "unit": "person", "n": 100, "done": 80, "missed": 15, "window_open": 5,
        "not_yet_due": 0, "reason": "",
    }  # fmt: skip
    assert wording.follow_up_sentence(took_up) == (
        "80 of 100 (80 out of every 100) people referred took up support."
    )
    assert wording.follow_up_sentence(took_up | {"step": "referred", "done": 1}) == (
        "One person was referred."
    )


# --- numbers, dates and names ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.44, "3.4"), (-3.44, "−3.4"), (-0.04, "0.0"), (1234.5, "1,234.5"), (None, "–"), (NAN, "–")],
)
def test_numbers(value, text):
    assert wording.number(value) == text


def test_signed_numbers_and_intervals():
    assert wording.signed(2.04) == "+2.0"
    assert wording.signed(-2.04) == "−2.0"
    assert wording.signed(-0.01) == "0.0"
    assert wording.interval(-0.51, 2.3) == "−0.5 to +2.3"
    assert wording.interval(NAN, 2.3) == "–"


def test_percent_and_people():
    assert wording.percent(0.536) == "54%"
    assert wording.people(1) == "one person"
    assert wording.people(0) == "no people"
    assert wording.people(1234) == "1,234 people"
    assert wording.people(None) == "few people"


def test_british_dates():
    assert wording.british_date(dt.date(2017, 6, 30)) == "30 June 2017"
    assert wording.british_date(dt.datetime(2018, 3, 1, 9, 30)) == "1 March 2018"


@pytest.mark.parametrize(
    ("wave", "name"),
    [
        ("baseline", "at the start"),
        ("end", "at the end of support"),
        ("3m", "3 months after the end"),
        ("1m", "1 month after the end"),
        ("post", "straight afterwards"),
    ],
)
def test_names_of_waves(wave, name):
    assert wording.wave_name(wave) == name


def test_names_of_contrasts_and_steps():
    assert wording.contrast_name("baseline_end") == "Start to end"
    assert wording.contrast_name("end_6m") == "End to 6 months after the end"
    assert wording.step_name("took_up") == "Took up support"
    assert wording.step_name("3m") == "Answered 3 months after the end"


def test_lists_and_files():
    assert wording.joined(["a"]) == "a"
    assert wording.joined(["a", "b", "c"]) == "a, b and c"
    assert wording.understood_sentence(
        site="Luton", n_people=212, n_couples=130, n_waves=4, questionnaires=["PHQ-9", "EMS"], n=703
    ) == (
        "Luton: 212 people in 130 couples, four points in time, PHQ-9 and EMS: 703 questionnaires."
    )


# --- what is never said ---------------------------------------------------------------------


def test_no_word_that_blames_or_misleads():
    folder = Path(wording.__file__).parent
    names = ("wording", "reasons", "keying_wording", "outcome_wording", "quality_wording")
    for name in names:
        source = (folder / f"{name}.py").read_text(encoding="utf-8").casefold()
        for word in ("significant", "failed to respond", "users", "failure", "non-response"):
            assert word not in source


def test_of_couples_a_share_alone_is_told():
    row = {"step": "3m", "unit": "couple", "done": None, "missed": None, "rate": 0.7, "reason": ""}
    assert wording.follow_up_sentence(row) == (
        "Answered 3 months after the end: about 70 of every 100 couples whose questionnaire has "
        "come due."
    )
