"""What needs doing, and what has come in: worked out once, and kept while data and day stay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from evaluation import access
from evaluation.config import DisclosureRule
from evaluation.disclosure import rounded
from evaluation.programme import Results
from evaluation.report.measures import sites_with_data, split
from evaluation.tables.contradictions import find_contradicting_sites
from evaluation.tables.due import DUE_STATES, PERSON, due_list
from instruments.definition import Scale
from pages.shell.due import first_day
from pages.shell.loaders import ReachKey, get_store, reach_key

FILLED_IN = ["site", "participant", "child", "informant", "wave", "session_number", "instrument"]
# Why a score of answers that came in waits for somebody.
WAITING = {
    "verification_needed": "nothing is scored until somebody has compared the form with the "
    "definition",
    "key_needed": "its key is not public, so only scores that a site gives itself are used",
    "table_needed": "some scores need a table that only its owner has",
}
UNVERIFIED = "its key has not been checked, so it never stands at the top of a page"


@dataclass(frozen=True, slots=True)
class ToDo:
    """What the overview shows.

    ``due`` holds the exact number of people in each state, a row for each site with anybody in the
    list; ``people`` and ``questionnaires`` are rounded for release. ``without_end`` are the sites
    from whose end of support no questionnaire has come in: with ``True`` where some are due.
    ``held_back`` are pairs of site and measure, ``unchecked`` of questionnaire and reason.
    """

    day: dt.date
    to_fix: pd.Series
    due: pd.DataFrame
    without_end: tuple[tuple[str, bool], ...]
    silent: tuple[str, ...]
    held_back: tuple[tuple[str, str], ...]
    unchecked: tuple[tuple[str, str], ...]
    people: pd.Series
    questionnaires: pd.DataFrame


def load_to_do(results: Results) -> ToDo:
    """What needs doing on the day for which the pages speak."""
    return _to_do(reach_key(), first_day(results), results)


@st.cache_data(max_entries=32, show_spinner=False)
def _to_do(key: ReachKey, day: dt.date, _results: Results) -> ToDo:
    """``key`` stands for the results, which are too large to be told apart by their content."""
    results, store = _results, get_store()
    rule, names = results.settings.disclosure, sites_with_data(results)
    uploads = store.scope.may(access.ADD_DATA)
    return ToDo(
        day=day,
        to_fix=count_to_fix(store.to_fix()) if uploads else pd.Series(dtype=int),
        due=count_due(results, day),
        without_end=sites_without_end(results),
        silent=tuple(site.name for site in store.sites() if site.id not in names),
        held_back=measures_held_back(results),
        unchecked=unchecked_questionnaires(results),
        people=people_by_site(results, rule),
        questionnaires=questionnaires_in(results, rule),
    )


def count_to_fix(problems: pd.DataFrame) -> pd.Series:
    """Things to correct in each file, the newest first."""
    return problems.groupby("file", sort=False).size()


def count_due(results: Results, day: dt.date) -> pd.DataFrame:
    """People in each of DUE_STATES at each site where there is anybody."""
    due = due_list(results.states, results.people, results.participants, today=day)
    once = due.drop_duplicates([*PERSON, "state"])
    table = pd.crosstab(once["site"].astype(str), once["state"].astype(str))
    return table.reindex(columns=list(DUE_STATES), fill_value=0).sort_index(key=_by_name)


def _by_name(names: pd.Index) -> pd.Index:
    return names.map(str.casefold)


def sites_without_end(results: Results) -> tuple[tuple[str, bool], ...]:
    """Sites of which no end questionnaire has come in, and whether any has come due."""
    ends = results.states[results.states["wave"] == "end"]
    found = []
    for site, states in ends.groupby(ends["site"].astype(str), sort=False)["state"]:
        if not (states == "done").any():
            found.append((str(site), bool(states.isin(["missed", "window_open"]).any())))
    return tuple(sorted(found, key=lambda one: one[0].casefold()))


def measures_held_back(results: Results) -> tuple[tuple[str, str], ...]:
    """Sites and measures of which nothing is said until somebody has looked at the answers."""
    return tuple(
        (site, split(measure, results.instruments)[1].label)
        for site, found in find_contradicting_sites(results).items()
        for measure in found
    )


def unchecked_questionnaires(results: Results) -> tuple[tuple[str, str], ...]:
    """Questionnaires that came in and whose scoring somebody has to look at, and why.

    One reason for each: what keeps a score back comes before a doubt about it.
    """
    used = results.scores[["instrument", "scale", "reason"]].drop_duplicates()
    used = used.assign(waits=~used["reason"].isin(WAITING)).sort_values("waits", kind="stable")
    found: dict[str, str] = {}
    for row in used.to_dict("records"):
        instrument = results.instruments[row["instrument"]]
        why = WAITING.get(row["reason"]) or _unverified(instrument.scale(row["scale"]))
        if why:
            found.setdefault(instrument.short_name, why)
    return tuple(found.items())


def _unverified(scale: Scale) -> str:
    return UNVERIFIED if scale.evidence == "unverified" else ""


def people_by_site(results: Results, rule: DisclosureRule) -> pd.Series:
    """Rounded numbers of people of whom anything has come in."""
    people = pd.concat([results.people[PERSON], results.scores[PERSON]]).astype(str)
    return rounded(people.drop_duplicates().groupby("site").size(), rule)


def questionnaires_in(results: Results, rule: DisclosureRule) -> pd.DataFrame:
    """How many of each questionnaire were filled in (``n``, rounded), and at how many sites."""
    filled_in = results.scores.drop_duplicates(FILLED_IN)
    groups = filled_in.groupby(filled_in["instrument"].astype(str), sort=False)
    table = pd.DataFrame({"n": rounded(groups.size(), rule), "sites": groups["site"].nunique()})
    return table.rename_axis("instrument").reset_index()
