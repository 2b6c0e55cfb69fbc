"""The audit log and the list of releases in plain words, and who saw a site's data."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping

import pandas as pd

from evaluation.report.wording import british_date
from evaluation.store import audit
from evaluation.store.audit import AuditCheck

ACTION_WORDS = {
    audit.IMPORT: "Put data in",
    audit.UNDO: "Took an import back",
    audit.ERASE: "Erased a person",
    audit.RETENTION: "Erased people whose time was over",
    audit.RELEASE: "Took a file with small numbers hidden",
    audit.DEFINITION: "Kept a questionnaire of one's own",
    audit.SETTINGS: "Put a rule file into use",
    audit.ACCOUNT: "Changed an account",
    audit.BACKUP: "Made a copy of the store",
    audit.RESTORE: "Restored a copy of the store",
    audit.EXPORT: "Took a file with exact numbers or codes",
    audit.SIGN_IN: "Signed in",
    audit.SIGN_OUT: "Signed out",
    audit.DENIED: "Asked for what is not theirs",
    audit.VIEW: "Looked at a page",
}
SEEING = (audit.VIEW, audit.EXPORT, audit.RELEASE)
NO_SITE = "no single site"
EVERY_SITE = "every site"
LOG_COLUMNS = ("When (UTC)", "Who", "What", "Site", "Details")
PEOPLE_COLUMNS = ("Who", "Pages opened", "Files taken", "First (UTC)", "Last (UTC)")
RELEASE_TABLE_COLUMNS = (
    "When (UTC)", "Who", "What", "About", "Decision", "Hidden", "State of the data", "Rules",
)  # fmt: skip
DECISIONS = {"pass": "left", "review": "to be looked at", "fail": "refused"}
LOCAL_NOTE = (
    "Where nobody signs in, pages that are opened are not noted: only files that are taken are."
)
SEEN_NOTE = (
    "Pages and files without a single site are listed too, as far as they could be about this "
    "site for that person, by their account as it was then."
)
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_SHOWN_OF_A_HASH = 12
_PAGE = "page "


def log_rows(
    log: pd.DataFrame, *, site_names: Mapping[str, str], page_titles: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of the log (audit.AUDIT_COLUMNS) in words (LOG_COLUMNS), in their order."""
    rows = [
        (
            moment(row["at"]),
            row["who"],
            ACTION_WORDS.get(row["action"], row["action"]),
            _sites(row["site"], site_names),
            _details(row["reference"], row["counts"], page_titles),
        )
        for row in log.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(LOG_COLUMNS))


def moment(at: str) -> str:
    """A time of the log as ``22 November 2026, 14:05``."""
    try:
        time = dt.datetime.fromisoformat(str(at))
    except ValueError:
        return str(at)
    return f"{british_date(time)}, {time:%H:%M}"


def _sites(text: str, names: Mapping[str, str]) -> str:
    listed = _listed(text)
    if len(listed) > 1 and set(listed) >= set(names):
        return EVERY_SITE
    return ", ".join(names.get(site, site) for site in listed) or NO_SITE


def _listed(text: str) -> list[str]:
    return [site for site in text.split(", ") if site]


def _details(reference: str, counts: str, page_titles: Mapping[str, str]) -> str:
    if reference.startswith(_PAGE):
        page = reference.removeprefix(_PAGE)
        return f"'{page_titles.get(page, page)}'"
    short = _HASH.sub(lambda found: found.group()[:_SHOWN_OF_A_HASH] + "…", reference)
    return "; ".join(part for part in (short, _counts(counts)) if part)


def _counts(text: str) -> str:
    try:
        counts = json.loads(text or "{}")
    except ValueError:
        return text
    return ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items() if n)


# --- who saw what -----------------------------------------------------------------------------


def seen_between(log: pd.DataFrame, site: str, *, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of a whole log about opened pages and taken files that could show a site (by id).

    ``first`` and ``last`` are days in UTC and both count; ``site=""`` asks for every site. A row
    without a site is about as many as the person could reach then; where the log does not say how
    many these were, it stays in.
    """
    if log.empty:
        return log
    days = log["at"].str[:10]
    seen = log[log["action"].isin(SEEING) & days.between(first.isoformat(), last.isoformat())]
    if not site or seen.empty:
        return seen
    named = seen["site"].map(_listed)
    about = named.map(lambda sites: site in sites)
    within = pd.Series(
        [not sites or site in sites for sites in _reach(log, seen)], index=seen.index, dtype=bool
    )
    return seen[about | (~named.map(bool) & within)]


def _reach(log: pd.DataFrame, rows: pd.DataFrame) -> list[list[str]]:
    """The sites that the person behind each row could reach at that time; none = every site."""
    known = pd.concat([_sign_ins(log), _changed_accounts(log)]).sort_values("number")
    before = pd.merge_asof(
        rows[["number", "who"]].sort_values("number"), known, on="number", by="who"
    ).set_index("number")["reach"]
    return [_listed(text) for text in before.fillna("").reindex(rows["number"])]


def _sign_ins(log: pd.DataFrame) -> pd.DataFrame:
    rows = log[log["action"] == audit.SIGN_IN]
    return pd.DataFrame({"number": rows["number"], "who": rows["who"], "reach": rows["site"]})


def _changed_accounts(log: pd.DataFrame) -> pd.DataFrame:
    """A changed account counts for whom it belongs to, not for who has changed it."""
    rows = log[log["action"] == audit.ACCOUNT]
    whose = rows["reference"].map(lambda text: text.rpartition(": ")[0])
    return pd.DataFrame({"number": rows["number"], "who": whose, "reach": rows["site"]})


def people_who_saw(seen: pd.DataFrame) -> pd.DataFrame:
    """One row for each person (PEOPLE_COLUMNS), by name."""
    rows = [
        (
            who,
            str(int((theirs["action"] == audit.VIEW).sum())),
            str(int((theirs["action"] != audit.VIEW).sum())),
            moment(theirs["at"].min()),
            moment(theirs["at"].max()),
        )
        for who, theirs in seen.groupby("who", sort=True)
    ]
    return pd.DataFrame(rows, columns=list(PEOPLE_COLUMNS))


# --- the chain, and what left -----------------------------------------------------------------


def check_sentences(check: AuditCheck) -> list[str]:
    """What the check of the chain found, and what to do."""
    if not check.ok:
        return [
            check.finding,
            "Somebody may have changed the log. Keep the database as it is, make a copy of it, and "
            "tell your data protection officer today.",
        ]
    if not check.n_rows:
        return [check.finding]
    return [
        check.finding,
        f"Its last fingerprint is {check.head}. Note it down elsewhere: with it, a log that was "
        "written anew as a whole can be told from this one.",
    ]


def release_rows(releases: pd.DataFrame) -> pd.DataFrame:
    """Releases (RELEASE_COLUMNS of the store) in words (RELEASE_TABLE_COLUMNS)."""
    rows = [
        (
            f"{british_date(row['released_at'])}, {row['released_at']:%H:%M}",
            row["who"],
            row["kind"].replace("_", " "),
            _about(row["filters"]),
            DECISIONS.get(row["decision"], row["decision"]),
            _counts(row["suppressed"]) or "nothing noted",
            f"no. {row['snapshot']}",
            row["rule_sha256"][:_SHOWN_OF_A_HASH],
        )
        for row in releases.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(RELEASE_TABLE_COLUMNS))


def _about(filters: str) -> str:
    try:
        chosen = json.loads(filters or "{}")
    except ValueError:
        return filters
    words = [", ".join(v) if isinstance(v, list) else str(v) for v in chosen.values()]
    return "; ".join("all sites" if word == "ALL" else word for word in words) or "all sites"
