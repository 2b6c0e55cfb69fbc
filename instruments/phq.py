"""Patient Health Questionnaire. Wording and answer labels are free to reproduce."""

from __future__ import annotations

from instruments.definition import (
    Cutoff,
    Instrument,
    Item,
    Missing,
    Norm,
    Reliability,
    Scale,
    Sourced,
    banded,
)

_KROENKE = "Kroenke K, Spitzer RL, Williams JBW (2001) J Gen Intern Med 16:606-613"
_TRIAL = "Trial registration NCT05134103 (NHS Talking Therapies definitions)"
_LABELS = ("not at all", "several days", "more than half the days", "nearly every day")
_WORDING = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    (
        "Feeling bad about yourself - or that you are a failure or have let yourself or your "
        "family down"
    ),
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    (
        "Moving or speaking so slowly that other people could have noticed? Or the opposite - "
        "being so fidgety or restless that you have been moving around a lot more than usual"
    ),
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)

PHQ9 = Instrument(
    id="phq9",
    version="PHQ-9",
    name="Patient Health Questionnaire-9 (depression)",
    short_name="PHQ-9",
    construct="low mood",
    respondent="adult, about themselves",
    items=tuple(
        Item(number, 0, 3, _LABELS, wording) for number, wording in enumerate(_WORDING, start=1)
    ),
    scales=(
        Scale(
            id="total",
            label="Low mood (PHQ-9 total)",
            items=tuple(range(1, 10)),
            rule="sum",
            score_range=(0, 27),
            better="lower",
            evidence="confirmed",
            citation=_KROENKE,
            missing=Missing(
                method="strict",
                citation="All nine answers are required. Source not published",
                evidence="confirmed",
            ),
            bands=(
                banded(
                    "severity",
                    (
                        ("none_minimal", "None or minimal"),
                        ("mild", "Mild"),
                        ("moderate", "Moderate"),
                        ("moderately_severe", "Moderately severe"),
                        ("severe", "Severe"),
                    ),
                    (0, 5, 10, 15, 20),
                    citation=_KROENKE,
                    evidence="confirmed",
                ),
            ),
            cutoffs=(
                Cutoff(
                    10,
                    ">=",
                    "Arroll B et al. (2010) Ann Fam Med 8:348-353",
                    "confirmed",
                    "possible major depression; NHS Talking Therapies caseness",
                ),
            ),
            norms=(
                Norm(
                    "functional",
                    "general population, Germany",
                    5018,
                    2.91,
                    3.52,
                    "Kocalevent RD et al. (2013)",
                    "unverified",
                ),
            ),
            reliability=(
                Reliability("alpha", 0.89, _KROENKE, "unverified"),
                Reliability("test-retest, 48 hours", 0.84, _KROENKE, "unverified"),
            ),
            reliable_change=(
                Sourced(
                    6, _TRIAL, "confirmed", "a change of 6 points or more (NHS Talking Therapies)"
                ),
                Sourced(
                    5, _KROENKE, "unverified", "a change of 5 points or more matters clinically"
                ),
            ),
        ),
    ),
    citation=_KROENKE,
    licence="No permission is needed to reproduce, translate, display or distribute it.",
    recall_period="last 2 weeks",
    population="adults",
    notes=(
        "Answers are coded 0 to 3. The tenth question, on daily life, is not part of the score.",
        "Any answer above 0 to item 9 asks for clinical follow-up, whatever the total.",
        "Incomplete questionnaires are not scored.",
    ),
)
