"""The last gate before a table leaves its site: small counts hidden, the rest rounded.

``site``: a site looking at itself sees its own counts. ``release``: anything seen across sites or
exported. A hidden value is an empty cell with the reason ``SUPPRESSED``; everything that could give
it away in the same row is emptied with it.
"""

from evaluation.disclosure.cells import SUPPRESSED, Level, few_people, rounded, small
from evaluation.disclosure.comparisons import (
    release_couples,
    release_site_estimates,
    release_sites,
    release_subgroups,
)
from evaluation.disclosure.follow_up import release_attrition, release_maintenance, release_waves
from evaluation.disclosure.outcomes import (
    release_change,
    release_early_help,
    release_effects,
    release_meaningful_change,
    release_payment,
    release_robustness,
    release_talking_therapies,
)

__all__ = [
    "SUPPRESSED",
    "Level",
    "few_people",
    "release_attrition",
    "release_change",
    "release_couples",
    "release_early_help",
    "release_effects",
    "release_maintenance",
    "release_meaningful_change",
    "release_payment",
    "release_robustness",
    "release_site_estimates",
    "release_sites",
    "release_subgroups",
    "release_talking_therapies",
    "release_waves",
    "rounded",
    "small",
]
