"""Sentences on the use of support: exact, short, and silent about what is hidden or not known."""

from __future__ import annotations

import pytest

from evaluation.report.dose_wording import (
    COST_COUNTS,
    DOSE_NO_PROOF,
    band_line,
    cost_sentences,
    dose_sentences,
    pounds,
)
from evaluation.report.reasons import REASONS
from evaluation.report.service_lines import MEASURE_NAMES, figure_line, figure_text, range_text
from evaluation.report.service_wording import (
    ending_sentences,
    opinion_sentences,
    service_reason,
    service_sentences,
)
from evaluation.tables.service_use import MEASURES
from instruments import registry

NAN = float("nan")


def row(measure: str, **known: object) -> dict:
    made = next(m for m in MEASURES if m.name == measure)
    blank = dict.fromkeys(("numerator", "denominator", "value", "low", "high"), NAN)
    return {
        "measure": measure, "kind": made.kind, "n": 0, "n_couples": 0, "n_unknown": 0,
        "reason": "", **blank, **known,
    }  # fmt: skip


def share(measure: str, part: int, whole: int, low: float = NAN, high: float = NAN, **more) -> dict:
    known = {"numerator": part, "denominator": whole, "value": part / whole if whole else NAN}
    return row(measure, n=whole, low=low, high=high, **known, **more)


def figures(*rows: dict) -> dict[str, dict]:
    blank = {
        made.name: row(made.name, value=0.0)
        if made.kind == "count"
        else row(made.name, reason="N0")
        for made in MEASURES
    }
    return blank | {one["measure"]: one for one in rows}


def hidden(measure: str, n: float = NAN) -> dict:
    return row(measure, n=n, n_couples=n, n_unknown=NAN, reason="SUPPRESSED")


def test_take_up_out_of_a_hundred_with_its_range() -> None:
    found = figures(
        row("referrals", n=42, value=42.0), share("take_up", 33, 42, low=0.6406, high=0.8829)
    )
    assert service_sentences(found)[0] == (
        "Of 42 people referred, 33 took up support (79 in 100; 64 to 88)."
    )


def test_few_people_are_no_hundred_and_unknown_is_told() -> None:
    found = figures(
        row("referrals", n=8, value=8.0),
        share("take_up", 6, 8, low=0.4, high=0.9, n_unknown=1),
    )
    assert service_sentences(found)[0] == (
        "Of eight people referred, six took up support. For one person it is not known yet."
    )


def test_sessions_and_hours() -> None:
    found = figures(
        row("sessions_offered", n=33, value=200.0, n_unknown=2),
        share("attended_share", 150, 200, low=0.7, high=0.8),
        share("dna_rate", 40, 200, low=0.15, high=0.25),
        share("fewer_than_half", 4, 33, low=0.048, high=0.273),
        row("hours_offered", n=33, value=400.0),
        row("hours_used", n=33, value=300.0),
        share("hours_used_share", 300, 400),
    )
    assert service_sentences(found)[1:] == [
        "200 sessions were offered to 33 people; of every 100, 75 were attended (70 to 80) and 20 "
        "were missed without notice (15 to 25). For two people nobody noted the sessions.",
        "Of 33 people who were offered sessions, four (12 in 100; 5 to 27) came to fewer than half "
        "of them.",
        "Of 400 hours offered, 300 were used (75 in 100).",
    ]


def test_attended_sessions_without_those_offered() -> None:
    found = figures(
        row("sessions_offered", reason="NOT_RECORDED", n_unknown=9),
        row("sessions_attended", n=9, value=1.0),
    )
    assert service_sentences(found)[1] == (
        "Nine people attended 1 session; how many sessions they were offered nobody noted."
    )


def test_contradictions_are_told_whatever_else_is_known() -> None:
    lines = service_sentences(figures(row("sessions_contradict", value=2.0)))
    assert any(line.startswith("For two people more sessions were noted") for line in lines)
    lines = service_sentences(figures(hidden("sessions_contradict")))
    assert any(line.startswith("For few people more sessions") for line in lines)


def test_endings_are_told_apart_and_what_is_not_known() -> None:
    found = figures(
        share("ending_planned", 20, 30, low=0.488, high=0.808),
        share("ending_dropped_out", 9, 30), share("ending_separated", 1, 30),
        share("ending_safeguarding", 0, 30), share("ending_withdrew_consent", 0, 30),
        row("ending_unknown", value=2.0), row("not_ended", value=1.0),
    )  # fmt: skip
    assert ending_sentences(found) == [
        "Of 30 people of whom it is known how support ended, 20 (67 in 100; 49 to 81) ended as "
        "planned and nine (30 in 100) dropped out.",
        "Of the same 30 people, one (3 in 100) ended because the couple separated.",
        "For two people support has ended and nobody noted how. One person is still in support, or "
        "nobody noted its end.",
    ]


def test_a_hidden_ending_is_never_called_few_people() -> None:
    """It may be hidden because few did not end so."""
    found = figures(
        hidden("ending_planned", n=40), share("ending_dropped_out", 0, 40),
        share("ending_separated", 0, 40), share("ending_safeguarding", 0, 40),
        share("ending_withdrew_consent", 0, 40),
    )  # fmt: skip
    [line] = ending_sentences(found)
    assert line == (
        "Of 40 people of whom it is known how support ended, how many ended as planned is hidden "
        "to protect single people."
    )
    thin = figures(hidden("ending_planned"))
    assert ending_sentences(thin) == [f"Endings: {service_reason('SUPPRESSED')}"]


def test_opinions() -> None:
    found = figures(
        row("satisfied", n=25, value=7.62, low=7.04, high=8.2),
        row("met_expectations", n=2, value=7.0),
        share("would_recommend_yes", 20, 25, low=0.61, high=0.91),
        share("would_recommend_unsure", 1, 25), share("would_recommend_no", 4, 25),
        row("worker_rating_before", n=20, value=4.4), row("worker_rating_after", n=20, value=6.2),
        row("worker_rating_change", n=20, value=1.8, low=1.1, high=2.5),
    )  # fmt: skip
    assert opinion_sentences(found) == [
        "How satisfied people were: 7.6 out of 10 on average (25 people answered; fairly sure "
        "between 7.0 and 8.2).",
        "How far it met what they expected: two people answered, which is too few for an average.",
        "Of 25 people who answered, 20 (80 in 100; 61 to 91) would recommend it, one (4 in 100) "
        "was unsure and four (16 in 100) would not.",
        "Workers rated 20 people both times: 4.4 out of 10 before and 6.2 after on average, a "
        "change of +1.8 (fairly sure between +1.1 and +2.5).",
    ]


def test_hidden_opinions_give_no_number() -> None:
    names = ("satisfied", "met_expectations", "would_recommend_yes", "would_recommend_unsure",
             "would_recommend_no", "worker_rating_change")  # fmt: skip
    lines = opinion_sentences(figures(*(hidden(name) for name in names)))
    assert len(lines) == 4
    assert not any(character.isdigit() for line in lines for character in line)
    part = figures(
        hidden("would_recommend_yes", n=40), hidden("would_recommend_unsure", n=40),
        share("would_recommend_no", 0, 40),
    )  # fmt: skip
    assert "how many would recommend it is hidden" in opinion_sentences(part)[0]


def test_nothing_known_is_said_plainly() -> None:
    assert service_sentences(figures())[0] == "Nobody has been referred yet."
    assert ending_sentences(figures()) == ["It is not known of anybody how support ended."]
    assert opinion_sentences(figures()) == []


# --- sessions beside change, and cost -----------------------------------------------------------


def line(**known: object) -> dict:
    usual = {
        "row": "slope", "n": 40, "n_couples": 30, "n_unknown": 0, "estimate": 0.4, "low": 0.1,
        "high": 0.7, "reason": "",
    }  # fmt: skip
    return usual | known


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "improved by 0.40 points more for each further session"),
        ({"estimate": -0.4, "low": -0.7, "high": -0.1}, "improved by 0.40 points less"),
        ({"low": -0.1}, "did not clearly improve more or less"),
        ({"n": 4}, "too few"),
        ({"low": NAN, "high": NAN, "reason": "G1"}, "too few"),
        ({"n_unknown": 3}, "For three people nobody noted the sessions attended."),
    ],
)
def test_dose_always_says_that_it_proves_nothing(known: dict, words: str) -> None:
    scale = registry.get("phq9").scale("total")
    lines = dose_sentences(line(**known), scale)
    assert words in lines[0]
    assert lines[1] == DOSE_NO_PROOF


def test_no_line_gives_its_reason() -> None:
    scale = registry.get("phq9").scale("total")
    [text] = dose_sentences(line(estimate=NAN, reason="SAME_SESSIONS"), scale)
    assert REASONS["SAME_SESSIONS"] in text
    [text] = dose_sentences(line(estimate=None, reason="SUPPRESSED"), scale)
    assert "Hidden" in text


def test_bands_of_few_people_give_no_average() -> None:
    shown = band_line(line(row="5 sessions or more", n=2, estimate=3.0))
    assert (shown["Attended"], shown["Change (+ is better)"]) == ("5 sessions or more", "too few")
    assert band_line(line(n=4))["Fairly sure between"] == "too few"
    assert band_line(line(n=9))["Fairly sure between"] == "+0.1 to +0.7"


def test_a_number_hidden_beside_an_average_is_no_small_one() -> None:
    scale = registry.get("phq9").scale("total")
    assert band_line(line(n=None))["People"] == "hidden"
    assert band_line(line(n=None))["Fairly sure between"] == "+0.1 to +0.7"
    [text, _] = dose_sentences(line(n=None), scale)
    assert "How many people this is from is hidden." in text


def cost(**known: object) -> dict:
    usual = {
        "cost": 50_000, "n_took_up": 50, "cost_per_person": 1000.0, "n_measured": 40,
        "reliably_improved": 20, "n_unknown": 10, "cost_per_reliably_improved": 2500.0,
        "low": 1929.0, "high": 3551.0, "cost_if_unmeasured_alike": 2000.0, "reason": "",
    }  # fmt: skip
    return usual | known


def test_a_cost_says_whom_it_counts_and_its_band() -> None:
    lines = cost_sentences(cost())
    assert lines == [
        "£50,000 for 50 people who took up support is £1,000 for each.",
        "Of 40 people measured at the start and at the end, 20 (50 out of every 100) clearly "
        "improved: £2,500 for each of them (fairly sure between £1,929 and £3,551).",
        "10 people took up support and were not measured both times. If none of them improved, it "
        "is £2,500 for each; if they improved as often as the others, £2,000.",
        COST_COUNTS,
    ]


def test_a_cost_without_an_upper_end_or_without_improvement() -> None:
    assert "at least £1,929" in cost_sentences(cost(high=NAN, reason="NO_UPPER_END"))[1]
    none = cost(cost_per_reliably_improved=NAN, reason="NONE_IMPROVED")
    assert cost_sentences(none)[1] == REASONS["NONE_IMPROVED"]
    assert (pounds(3.5), pounds(NAN), pounds(1234.6)) == ("£3.50", "–", "£1,235")


# --- lines of tables ------------------------------------------------------------------------------


def test_every_measure_has_a_name() -> None:
    assert list(MEASURE_NAMES) == [made.name for made in MEASURES]


def test_figures_of_each_kind() -> None:
    assert figure_text(share("take_up", 33, 42)) == "79%"
    assert range_text(share("take_up", 33, 42, low=0.64, high=0.88)) == "64% to 88%"
    assert figure_text(row("satisfied", n=2, value=8.0)) == "too few"
    assert figure_text(row("worker_rating_change", n=9, value=-0.5)) == "−0.5"
    assert figure_text(row("hours_used", n=9, value=12.5)) == "12.5"
    assert figure_text(hidden("dna_rate")) == "hidden"
    found = figure_line(row("dna_rate", reason="NOT_RECORDED", n_unknown=3))
    assert (found["Value"], found["People"], found["Not known"]) == ("–", "–", "3")
    assert found["Note"] == REASONS["NOT_RECORDED"]
