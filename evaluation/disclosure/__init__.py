"""The last gate before a table leaves its site: small counts hidden, the rest rounded.

``site``: a site looking at itself sees its own counts. ``release``: anything seen across sites or
exported. A hidden value is an empty cell with the reason ``SUPPRESSED``; everything that could give
it away in the same row is emptied with it.
"""

from evaluation.disclosure.cells import SUPPRESSED, Level
from evaluation.disclosure.comparisons import (
    release_couples,
    release_site_estimates,
    release_sites,
    release_subgroups,
)
from evaluation.disclosure.decision import (
    Decision,
    ReleaseError,
    check_released,
    decide,
    ensure_released,
)
from evaluation.disclosure.evidence import release_evidence
from evaluation.disclosure.flow import release_flow
from evaluation.disclosure.follow_up import release_attrition, release_maintenance, release_waves
from evaluation.disclosure.indicators import release_indicators
from evaluation.disclosure.levels import release_groups, release_periods
from evaluation.disclosure.lost_and_kept import (
    release_differential_attrition,
    release_dropout,
    release_lost_vs_kept,
    release_missing_at_random,
)
from evaluation.disclosure.missing import (
    release_missing_items,
    release_missing_patterns,
    release_reporter_gap,
)
from evaluation.disclosure.outcomes import (
    release_change,
    release_early_help,
    release_effects,
    release_meaningful_change,
    release_payment,
    release_robustness,
    release_talking_therapies,
)
from evaluation.disclosure.rounding import few_people, rounded, rounded_points, small
from evaluation.disclosure.sensitivity import release_sensitivity
from evaluation.disclosure.service_use import release_costs, release_dose, release_service_use
from evaluation.disclosure.sessions import release_session_course, release_stand_ins
from evaluation.disclosure.training import release_training, release_training_change

__all__ = [
    "SUPPRESSED",
    "Decision",
    "Level",
    "ReleaseError",
    "check_released",
    "decide",
    "ensure_released",
    "few_people",
    "release_attrition",
    "release_change",
    "release_costs",
    "release_couples",
    "release_differential_attrition",
    "release_dose",
    "release_dropout",
    "release_early_help",
    "release_effects",
    "release_evidence",
    "release_flow",
    "release_groups",
    "release_indicators",
    "release_lost_vs_kept",
    "release_maintenance",
    "release_meaningful_change",
    "release_missing_at_random",
    "release_missing_items",
    "release_missing_patterns",
    "release_payment",
    "release_periods",
    "release_reporter_gap",
    "release_robustness",
    "release_sensitivity",
    "release_service_use",
    "release_session_course",
    "release_site_estimates",
    "release_sites",
    "release_stand_ins",
    "release_subgroups",
    "release_talking_therapies",
    "release_training",
    "release_training_change",
    "release_waves",
    "rounded",
    "rounded_points",
    "small",
]
