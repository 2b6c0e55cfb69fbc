"""Patient Health Questionnaire and GAD-7. Wording and labels are free to reproduce."""

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
_SPITZER = "Spitzer RL et al. (2006) Arch Intern Med 166:1092-1097"
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
_ANXIETY_WORDING = (
    "Feeling nervous, anxious, or on edge",
    "Not being able to stop or control worrying",
    "Worrying too much about different things",
    "Trouble relaxing",
    "Being so restless that it is hard to sit still",
    "Becoming easily annoyed or irritable",
    "Feeling afraid, as if something awful might happen",
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
    risk_items=(9,),
)

GAD7 = Instrument(
    id="gad7",
    version="GAD-7",
    name="Generalised Anxiety Disorder-7",
    short_name="GAD-7",
    construct="anxiety",
    respondent="adult, about themselves",
    items=tuple(
        Item(number, 0, 3, _LABELS, wording)
        for number, wording in enumerate(_ANXIETY_WORDING, start=1)
    ),
    scales=(
        Scale(
            id="total",
            label="Anxiety (GAD-7 total)",
            items=tuple(range(1, 8)),
            rule="sum",
            score_range=(0, 21),
            better="lower",
            evidence="confirmed",
            citation=_SPITZER,
            missing=Missing(
                method="strict",
                citation="All seven answers are required. Source not published",
                evidence="confirmed",
            ),
            bands=(
                banded(
                    "severity",
                    (
                        ("minimal", "Minimal"),
                        ("mild", "Mild"),
                        ("moderate", "Moderate"),
                        ("severe", "Severe"),
                    ),
                    (0, 5, 10, 15),
                    citation=_SPITZER,
                    evidence="confirmed",
                ),
            ),
            cutoffs=(
                Cutoff(8, ">=", _TRIAL, "confirmed", "NHS Talking Therapies caseness"),
                Cutoff(10, ">=", _SPITZER, "confirmed", "possible generalised anxiety disorder"),
            ),
            norms=(
                Norm(
                    "functional",
                    "general population, Germany",
                    5030,
                    2.95,
                    3.41,
                    "Löwe B et al. (2008)",
                    "unverified",
                ),
            ),
            reliability=(
                Reliability("alpha", 0.92, _SPITZER, "unverified"),
                Reliability("test-retest, 1 week", 0.83, _SPITZER, "unverified"),
            ),
            reliable_change=(
                Sourced(
                    4, _TRIAL, "confirmed", "a change of 4 points or more (NHS Talking Therapies)"
                ),
            ),
        ),
    ),
    citation=_SPITZER,
    licence="No permission is needed to reproduce, translate, display or distribute it.",
    recall_period="last 2 weeks",
    population="adults",
    notes=("Answers are coded 0 to 3.", "Incomplete questionnaires are not scored."),
)
