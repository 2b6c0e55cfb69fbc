"""Sentences on training and sessions: plain, honest about numbers, right about direction."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evaluation.report import training_wording as words

NAN = float("nan")
CONFIDENCE = SimpleNamespace(label="Confidence", better="higher")
WORRY = SimpleNamespace(label="Worry", better="lower")
PHQ9 = SimpleNamespace(label="PHQ-9", better="lower")


def effect(n=34, change=1.2, low=0.8, high=1.6, contrast="baseline_post", **more) -> dict:
    """``change`` as the score moved; ``low``, ``high`` as the improvement."""
    return {
        "contrast": contrast, "n": n, "raw_change": change, "improvement_low": low,
        "improvement_high": high, "reason": "",
    } | more  # fmt: skip


def test_a_gain_in_one_sentence() -> None:
    assert words.training_sentence(effect(), CONFIDENCE) == (
        "Straight after the training, confidence was 1.2 points higher (fairly sure between 0.8 "
        "and 1.6), among the 34 who answered both times."
    )


def test_a_falling_score_that_is_better_falls_in_words_too() -> None:
    assert words.training_sentence(effect(change=-1.2), WORRY) == (
        "Straight after the training, worry was 1.2 points lower (fairly sure between 0.8 and "
        "1.6), among the 34 who answered both times (lower is better)."
    )
    worse = words.training_sentence(effect(change=1.2, low=-1.6, high=-0.8), PHQ9)
    assert "PHQ-9 was 1.2 points higher (fairly sure between 0.8 and 1.6)" in worse


def test_what_was_kept_is_against_straight_after_and_may_be_nothing() -> None:
    row = effect(20, -0.4, -1.1, 0.3, "post_4m")
    assert words.training_sentence(row, CONFIDENCE) == (
        "4 months after the training, confidence was 0.4 points lower than straight after the "
        "training (from 0.3 higher to 1.1 lower, so there may be no difference), among the 20 who "
        "answered both times."
    )
    rising = words.training_sentence(effect(20, 0.4, -0.3, 1.1), CONFIDENCE)
    assert "(from 0.3 lower to 1.1 higher, so there may be no difference)" in rising


@pytest.mark.parametrize(
    ("n", "there", "absent"),
    [
        (0, "nobody has answered both times", "points"),
        (2, "two people answered both times, too few", "points"),
        (3, "1.2 points higher, among the 3", "fairly sure"),
        (7, "rough picture", "baseline"),
        (10, "fairly sure", "rough"),
    ],
)
def test_small_numbers_say_less(n, there, absent) -> None:
    text = words.training_sentence(effect(n), CONFIDENCE)
    assert there in text and absent not in text


def test_no_change_and_hidden() -> None:
    same = words.training_sentence(effect(change=0.0, low=-0.2, high=0.2), CONFIDENCE)
    assert "confidence was the same on average as before" in same
    hidden = words.training_sentence(effect(None, reason="SUPPRESSED"), CONFIDENCE)
    assert "Hidden because it rests on few people" in hidden


def step(name: str, done, missed, n=None, **more) -> dict:
    counts = {"window_open": 0, "not_yet_due": 0, "day_assumed": 0, "day_unknown": 0}
    return {"step": name, "done": done, "missed": missed, "n": n} | counts | more


def test_steps() -> None:
    assert words.training_step_sentence(step("baseline", 47, 1, 48)) == (
        "48 practitioners took part; 47 of 48 (98 out of every 100) answered before the training."
    )
    assert "six practitioners took part; all of them".capitalize() in words.training_step_sentence(
        step("baseline", 6, 0, 6)
    )
    assert words.training_step_sentence(step("4m", 15, 20, window_open=1, not_yet_due=12)) == (
        "4 months after the training, 15 of 35 (43 out of every 100) whose questionnaire has come "
        "due answered (one practitioner can still answer; 12 practitioners not due yet)."
    )
    assert "come due yet (two practitioners not due yet)." in words.training_step_sentence(
        step("4m", 0, 0, not_yet_due=2)
    )
    assert "Hidden" in words.training_step_sentence(step("4m", None, None))
    assert "about 75 practitioners answered; how many did not is hidden" in (
        words.training_step_sentence(step("post", 75.0, None))
    )


def test_notes_say_whom_a_number_leaves_out() -> None:
    assert words.training_note(step("baseline", 5, 0, 5)) == ""
    assert "Two practitioners have no questionnaire" in words.training_note(step("baseline", 5, 2))
    assumed = words.training_note(step("post", 5, 1, day_assumed=1, day_unknown=3))
    assert "For one practitioner nothing came straight after" in assumed
    assert "For three practitioners the day of the training is not known" in assumed


def test_names_of_times() -> None:
    assert words.training_contrast_name("baseline_post") == "Before to straight after"
    assert words.training_contrast_name("post_4m") == "Straight after to 4 months after"
    assert words.training_wave_name("1m") == "1 month after the training"
    assert words.training_wave_name("end") == "straight after the training"


def change(n=31, mean=1.5, low=0.4, high=2.6, **more) -> dict:
    row = {"n": n, "mean": mean, "low": low, "high": high, "n_scores": 120, "reason": ""}
    return row | more


def test_each_persons_own_change() -> None:
    text = words.first_last_sentence(change(), PHQ9)
    assert "scores improved by 1.5 points on average (fairly sure between +0.4 and +2.6)" in text
    assert "among 31 people with two sessions or more" in text
    worse = words.first_last_sentence(change(mean=-1.5, low=-3.4, high=0.4), PHQ9)
    assert "got worse by 1.5 points" in worse and "so there may be no change" in worse
    assert "nobody has answered at two sessions" in words.first_last_sentence(change(0), PHQ9)
    two = words.first_last_sentence(change(2), PHQ9, ("report about a child", "reports"))
    assert "only two reports with two sessions, too few" in two
    assert "fairly sure" not in words.first_last_sentence(change(4), PHQ9)
    neither = change(mean=NAN, reason="NO_DIRECTION")
    assert "neither higher nor lower" in words.first_last_sentence(neither, PHQ9)


def test_how_the_group_shrinks_and_where_the_rest_began() -> None:
    first = {"session_number": 1, "n": 149}
    last = {"session_number": 7, "n": 40, "mean": 5.42, "mean_at_first": 7.7}
    assert words.shrinking_sentence([first, last]) == (
        "There are 149 answers from session 1 and 40 from session 7."
    )
    assert words.shrinking_sentence([first]) == "There are 149 answers from session 1."
    assert words.stayers_sentence(last) == (
        "The 40 from session 7 had an average of 7.7 at their own first session and of 5.4 at "
        "session 7."
    )
    assert words.stayers_sentence(last | {"n": 2}) == ""


def test_the_straight_line() -> None:
    text = words.slope_sentence(change(mean=0.389, low=0.31, high=0.47))
    assert "0.39 points better from one session to the next (95% interval +0.31 to +0.47)" in text
    assert "All 120 questionnaires of 31 people" in text
    assert words.slope_sentence(change(5)) == words.slope_sentence(change(mean=NAN)) == ""


def test_stand_ins() -> None:
    assert words.stand_in_sentence(7, 31) == (
        "For 7 of 31 people the last session stands in for the end questionnaire."
    )
    assert words.stand_in_sentence(0, 31) == ""
    row = {
        "end_stand_ins": 7, "improvement": 2.0, "n_without": 24, "improvement_without": 2.4,
        "low_without": 1.1, "high_without": 3.7,
    }  # fmt: skip
    assert words.without_stand_ins_sentence(row) == (
        "Without them the average improvement would be +2.4 points (fairly sure between +1.1 and "
        "+3.7) instead of +2.0, from 24 people."
    )
    assert "too few are left" in words.without_stand_ins_sentence(row | {"n_without": 1})
    assert words.without_stand_ins_sentence(row | {"end_stand_ins": 0}) == ""
