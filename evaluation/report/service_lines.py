"""The figures on the use of support as lines of tables that people read."""

from __future__ import annotations

from evaluation.report.service_wording import (
    LEAST_FOR_INTERVAL,
    LEAST_FOR_MEAN,
    Figures,
    service_reason,
)
from evaluation.report.wording import Row, count, interval, is_known, number, signed

MEASURE_NAMES: dict[str, str] = {
    "referrals": "People referred",
    "take_up": "Took up support",
    "sessions_offered": "Sessions offered",
    "sessions_attended": "Sessions attended",
    "sessions_cancelled": "Sessions cancelled",
    "sessions_dna": "Sessions missed (did not attend)",
    "attended_share": "Sessions attended, of those offered",
    "cancelled_rate": "Sessions cancelled, of those offered",
    "dna_rate": "Sessions missed, of those offered",
    "sessions_per_person": "Sessions attended by each person",
    "fewer_than_half": "Came to fewer than half of their sessions",
    "sessions_contradict": "People whose numbers of sessions contradict each other",
    "hours_offered": "Hours offered",
    "hours_used": "Hours used",
    "hours_used_share": "Hours used, of those offered",
    "ending_planned": "Ended as planned",
    "ending_dropped_out": "Dropped out",
    "ending_separated": "Ended because the couple separated",
    "ending_safeguarding": "Ended for safeguarding reasons",
    "ending_withdrew_consent": "Withdrew consent",
    "ending_unknown": "Ended, nobody noted how",
    "not_ended": "Still in support, or the end was not noted",
    "satisfied": "How satisfied (0 to 10)",
    "met_expectations": "Met expectations (0 to 10)",
    "would_recommend_yes": "Would recommend it",
    "would_recommend_unsure": "Unsure whether to recommend it",
    "would_recommend_no": "Would not recommend it",
    "worker_rating_before": "Worker's rating before (0 to 10)",
    "worker_rating_after": "Worker's rating after (0 to 10)",
    "worker_rating_change": "Change of the worker's rating (+ is better)",
}


def figure_text(row: Row) -> str:
    """A figure of any kind, for a table."""
    if row["reason"] == "SUPPRESSED":
        return "hidden"
    value = row["value"]
    if not is_known(value):
        return "–"
    kind = row["kind"]
    if kind in ("share", "ratio"):
        return f"{number(100 * value, 0)}%"
    if kind in ("mean", "change"):
        if row["n"] < LEAST_FOR_MEAN:
            return "too few"
        return signed(value) if kind == "change" else number(value)
    return count(value) if float(value).is_integer() else number(value)


def range_text(row: Row) -> str:
    """Both ends of a figure's interval, for a table."""
    kind, low, high = row["kind"], row["low"], row["high"]
    averaged = kind in ("mean", "change")
    if averaged and is_known(row["n"]) and row["n"] < LEAST_FOR_INTERVAL:
        return "too few" if is_known(row["value"]) else "–"
    if not (is_known(low) and is_known(high)):
        return "–"
    if kind in ("share", "ratio"):
        return f"{number(100 * low, 0)}% to {number(100 * high, 0)}%"
    if kind == "change":
        return interval(low, high)
    return f"{number(low)} to {number(high)}"


def figure_line(row: Row) -> dict[str, str]:
    """One line of the table of all figures."""

    def shown(name: str) -> str:
        return count(row[name]) if is_known(row[name]) else "hidden"

    # A count is itself how many there are.
    nobody = row["kind"] == "count" or (is_known(row["n"]) and row["n"] == 0)
    codes = str(row["reason"] or "")
    return {
        "Figure": MEASURE_NAMES[str(row["measure"])],
        "Value": figure_text(row),
        "95% interval": range_text(row),
        "People": "–" if nobody else shown("n"),
        "Couples": "–" if nobody else shown("n_couples"),
        "Not known": shown("n_unknown"),
        "Note": service_reason(codes) if codes != "SUPPRESSED" else "",
    }


def site_line(site: str, figures: Figures) -> dict[str, str]:
    """One site in the table that puts sites side by side."""
    referred = figures["referrals"]["value"]
    return {
        "Site": site,
        "Referred": count(referred) if is_known(referred) else "hidden",
        "Took up": figure_text(figures["take_up"]),
        "Sessions attended": figure_text(figures["attended_share"]),
        "Sessions missed": figure_text(figures["dna_rate"]),
        "Ended as planned": figure_text(figures["ending_planned"]),
        "Would recommend": figure_text(figures["would_recommend_yes"]),
    }
