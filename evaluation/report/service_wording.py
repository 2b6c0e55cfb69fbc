"""Sentences on the use of support: take-up, sessions, endings and opinions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    FEW_FOR_100,
    Row,
    capital,
    is_known,
    number,
    people,
    signed,
)

Figures = Mapping[str, Row]
LEAST_FOR_MEAN, LEAST_FOR_INTERVAL = 3, 5
HIGHEST_RATING = 10.0

HOW_COUNTED = (
    "Sessions and hours are added up over all people and then divided, and people of whom nobody "
    "noted them are left out. Partners mostly do the same, so every range counts couples and not "
    "single people; only that of take-up is Wilson's interval of single people, as under "
    "Follow-up. A blank is taken as not known, never as none."
)

# Why a figure about the use of support is missing, or what to know of it.
# Said otherwise here than of a pair of scores.
SERVICE_REASONS: dict[str, str] = {
    "N0": "There is nobody to count here.",
    "G1": "All of this comes from one couple, so how sure it is cannot be said.",
    "SE0": "Everybody is alike here, so how sure it is cannot be said.",
}

_ENDINGS = (
    ("ending_planned", "ended as planned"),
    ("ending_dropped_out", "dropped out"),
    ("ending_separated", "ended because the couple separated"),
    ("ending_safeguarding", "ended for safeguarding reasons"),
    ("ending_withdrew_consent", "withdrew consent"),
)


def service_reason(codes: str) -> str:
    """What the reason codes of a figure mean; other codes as everywhere."""
    parts = [code.strip() for code in str(codes or "").split(";") if code.strip()]
    return " ".join(SERVICE_REASONS.get(code) or reason_text(code) for code in parts)


def service_sentences(figures: Figures) -> list[str]:
    """What may be said of one site, or of all, from its rows of service_use.csv by measure."""
    made = (
        _take_up(figures["referrals"], figures["take_up"]),
        _sessions(figures),
        _fewer_than_half(figures["fewer_than_half"]),
        _hours(figures),
        _contradictions(figures["sessions_contradict"]),
    )
    return [sentence for sentence in made if sentence]


def ending_sentences(figures: Figures) -> list[str]:
    """How support ended, and for how many nobody noted it."""
    made = (*_endings(figures), _open_ends(figures))
    return [sentence for sentence in made if sentence]


def opinion_sentences(figures: Figures) -> list[str]:
    """What people and workers thought of it."""
    made = (
        _rating(figures["satisfied"], "How satisfied people were"),
        _rating(figures["met_expectations"], "How far it met what they expected"),
        _recommend(figures),
        _worker(figures),
    )
    return [sentence for sentence in made if sentence]


# --- sentences -------------------------------------------------------------------------------


def _in_100(row: Row) -> str:
    """``79 in 100; 64 to 88``: a share with its interval, where it has one."""
    ends = _ends_of_100(row)
    low = 0 < row["value"] < 0.005
    share = "under 1 in 100" if low else f"{number(100 * row['value'], 0)} in 100"
    return f"{share}; {ends}" if ends else share


def _of_100(row: Row, words: str) -> str:
    """``87 were attended (86 to 88)``, in a sentence about every 100."""
    ends = _ends_of_100(row)
    return f"{number(100 * row['value'], 0)} {words}{' (' + ends + ')' if ends else ''}"


def _ends_of_100(row: Row) -> str:
    if not (is_known(row["low"]) and is_known(row["high"])):
        return ""
    return f"{number(100 * row['low'], 0)} to {number(100 * row['high'], 0)}"


def _part(row: Row) -> str:
    """How many of a group it is, and out of 100 where the group is large enough."""
    if not is_known(row["numerator"]) or not is_known(row["value"]):
        return "few"
    text = _small(row["numerator"])
    enough = is_known(row["denominator"]) and row["denominator"] >= FEW_FOR_100
    return f"{text} ({_in_100(row)})" if enough else text


def _small(amount: float) -> str:
    return "none" if amount == 0 else people(amount, "", "").strip()


def _take_up(referred: Row, took_up: Row) -> str:
    if not is_known(referred["value"]):
        return f"Referrals: {service_reason('SUPPRESSED')}"
    if referred["value"] == 0:
        return "Nobody has been referred yet."
    opening = f"Of {people(referred['value'])} referred"
    if took_up["reason"] == "SUPPRESSED":
        return f"{opening}, how many took up support is hidden because few are behind it."
    if not is_known(took_up["value"]):
        return f"{opening}: {service_reason(str(took_up['reason']))}"
    done = took_up["numerator"]
    text = _small(done) + " took up support"
    if took_up["denominator"] >= FEW_FOR_100:
        text += f" ({_in_100(took_up)})"
    return f"{opening}, {text}.{_not_known(took_up, 'it is not known yet')}"


def _not_known(row: Row, what: str) -> str:
    unknown = row["n_unknown"]
    if not is_known(unknown):
        return f" For a few {what}."
    return f" For {people(unknown)} {what}." if unknown else ""


def _sessions(figures: Figures) -> str:
    offered, share = figures["sessions_offered"], figures["attended_share"]
    if offered["reason"] == "SUPPRESSED":
        return f"Sessions: {service_reason('SUPPRESSED')}"
    if not is_known(offered["value"]):
        known = figures["sessions_attended"]
        if is_known(known["value"]):
            return f"{_people_attended(known)}; how many sessions they were offered nobody noted."
        return f"Sessions: {service_reason(str(offered['reason']))}"
    if not offered["value"]:
        return "No session has been offered yet."
    text = f"{_events(offered['value'], 'session')} {_were(offered['value'])} offered to "
    text += people(offered["n"])
    parts = [
        _of_100(row, words)
        for row, words in (
            (share, "were attended"),
            (figures["dna_rate"], "were missed without notice"),
            (figures["cancelled_rate"], "were cancelled"),
        )
        if is_known(row["value"])
    ]
    unknown = _not_known(offered, "nobody noted the sessions")
    if not parts:
        return f"{text}.{unknown}"
    return f"{text}; of every 100, {_listed(parts)}.{unknown}"


def _people_attended(known: Row) -> str:
    return f"{capital(people(known['n']))} attended {_events(known['value'], 'session')}"


def _fewer_than_half(row: Row) -> str:
    if row["reason"] == "SUPPRESSED" or not is_known(row["value"]) or not row["denominator"]:
        return ""
    return (
        f"Of {people(row['denominator'])} who were offered sessions, {_part(row)} came to fewer "
        "than half of them."
    )


def _hours(figures: Figures) -> str:
    offered, used = figures["hours_offered"], figures["hours_used"]
    share = figures["hours_used_share"]
    if not is_known(share["value"]):
        return f"{_events(used['value'], 'hour')} were used." if is_known(used["value"]) else ""
    return (
        f"Of {_events(share['denominator'], 'hour')} offered, {number(share['numerator'], 0)} were "
        f"used ({_in_100(share)}).{_not_known(offered, 'nobody noted the hours')}"
    )


def _events(amount: float, noun: str) -> str:
    return f"{number(amount, 0)} {noun if amount == 1 else noun + 's'}"


def _were(amount: float) -> str:
    return "was" if amount == 1 else "were"


def _contradictions(row: Row) -> str:
    if is_known(row["value"]) and row["value"] == 0:
        return ""
    n = row["value"] if is_known(row["value"]) else None
    return (
        f"For {people(n)} more sessions were noted as attended, cancelled or missed than were "
        "offered. They are counted as given; please check them."
    )


def _endings(figures: Figures) -> list[str]:
    """The usual endings, the rarer ones, and those that are hidden: a sentence each."""
    planned = figures["ending_planned"]
    whole = planned["n"]
    if planned["reason"] == "SUPPRESSED" and not is_known(whole):
        return [f"Endings: {service_reason('SUPPRESSED')}"]
    if not whole:
        return ["It is not known of anybody how support ended."]
    opening = f"Of {people(whole)} of whom it is known how support ended"
    lines = []
    told = [(name, words) for name, words in _ENDINGS if is_known(figures[name]["numerator"])]
    for names in (_ENDINGS[:2], _ENDINGS[2:]):
        shown = [
            f"{_part(figures[name])} {words}"
            for name, words in told
            if (name, words) in names and figures[name]["numerator"]
        ]
        if shown:
            lines.append(f"{opening}, {_listed(shown)}.")
            opening = f"Of the same {people(whole)}"
    hidden = [words for name, words in _ENDINGS if not is_known(figures[name]["numerator"])]
    if hidden:
        lines.append(f"{opening}, how many {_listed(hidden)} is hidden to protect single people.")
    return lines


def _open_ends(figures: Figures) -> str:
    unknown, open_still = figures["ending_unknown"]["value"], figures["not_ended"]["value"]
    parts = []
    if not is_known(unknown) or unknown:
        parts.append(f"For {people(unknown)} support has ended and nobody noted how.")
    if not is_known(open_still) or open_still:
        verb = "is" if open_still == 1 else "are"
        parts.append(
            f"{capital(people(open_still))} {verb} still in support, or nobody noted its end."
        )
    return " ".join(parts)


def _rating(row: Row, opening: str) -> str:
    if row["reason"] == "SUPPRESSED":
        return f"{opening}: hidden, because few people said."
    if not is_known(row["value"]):
        return ""
    said = f"{people(row['n'])} answered"
    if row["n"] < LEAST_FOR_MEAN:
        return f"{opening}: {said}, which is too few for an average."
    ends = ""
    if row["n"] >= LEAST_FOR_INTERVAL and is_known(row["low"]):
        top = min(HIGHEST_RATING, row["high"])
        ends = f"; fairly sure between {number(max(0.0, row['low']))} and {number(top)}"
    return f"{opening}: {number(row['value'])} out of 10 on average ({said}{ends})."


def _recommend(figures: Figures) -> str:
    yes = figures["would_recommend_yes"]
    unsure, no = figures["would_recommend_unsure"], figures["would_recommend_no"]
    if not is_known(yes["n"]):
        return "Whether people would recommend it is hidden, because few people said."
    if not yes["n"]:
        return ""
    opening = f"Of {people(yes['n'])} who answered"
    if not all(is_known(row["numerator"]) for row in (yes, unsure, no)):
        if is_known(yes["numerator"]):
            return f"{opening}, {_part(yes)} would recommend it."
        return (
            f"{opening}, how many would recommend it is hidden, because few people gave one of "
            "the answers."
        )
    return (
        f"{opening}, {_part(yes)} would recommend it, {_part(unsure)} "
        f"{_were(unsure['numerator'])} unsure and {_part(no)} would not."
    )


def _worker(figures: Figures) -> str:
    before, after, change = (
        figures[f"worker_rating_{name}"] for name in ("before", "after", "change")
    )
    if change["reason"] == "SUPPRESSED":
        return "Workers' ratings are hidden, because few people were rated."
    if not is_known(change["value"]) or change["n"] < LEAST_FOR_MEAN:
        return ""
    ends = ""
    if change["n"] >= LEAST_FOR_INTERVAL and is_known(change["low"]):
        ends = f" (fairly sure between {signed(change['low'])} and {signed(change['high'])})"
    return (
        f"Workers rated {people(change['n'])} both times: {number(before['value'])} out of 10 "
        f"before and {number(after['value'])} after on average, a change of "
        f"{signed(change['value'])}{ends}."
    )


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
