"""What is known not to be accessible: the same list as in the accessibility statement.

Each name stands in bold on the page 'About and accessibility'. A test compares the two, and
another fails as soon as an exception is no longer needed.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.browser.looking import NARROW, WIDE, Violation


class Limit(NamedTuple):
    """A rule of the checker that cannot be kept, where, and why."""

    name: str
    rule: str
    part_of_element: str
    widths: frozenset[int]
    why: str


EVERYWHERE = frozenset({NARROW, WIDE})

FOUND_BY_AXE = (
    Limit(
        "Wide tables on a phone",
        "scrollable-region-focusable",
        '<div class="st-emotion-cache-',
        EVERYWHERE,
        "st.table puts its table into a box that scrolls and takes no focus of its own; "
        "no argument of it changes that",
    ),
    Limit(
        "The button that chooses files",
        "presentation-role-conflict",
        'data-testid="stFileUploaderDropzone"',
        EVERYWHERE,
        "st.file_uploader gives its drop zone the role 'presentation' and a name",
    ),
)

# What an automatic checker does not see, and is true all the same.
SEEN_BY_PEOPLE = (
    "The table in which columns are chosen",
    "Charts",
    "Choosing a date",
    "After a choice",
    "The language",
)


def limit_of(violation: Violation, width: int) -> Limit | None:
    """The known limit that a violation falls under."""
    for limit in FOUND_BY_AXE:
        same = violation.rule == limit.rule and limit.part_of_element in violation.element
        if same and width in limit.widths:
            return limit
    return None
