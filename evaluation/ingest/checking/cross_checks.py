"""What shows only when the rows of all files lie side by side, and is for a person to judge.

Nothing is refused or changed here. A contradiction between two rows of one person or couple is
asked about; what may well be right is told in one note for many rows. Refused rows do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.ingest.checking.row_lists import counted, joined, listed_rows
from evaluation.ingest.checking.same_answers import (
    check_copied_answers,
    check_same_answer_throughout,
)
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import make_problem
from evaluation.model import due_days, months_of
from instruments.definition import Instrument

# More questions of one kind at one site than these become one question: they have one cause.
MOST_SINGLE_QUESTIONS = 10
MOST_CODES = 10
MOST_SITES_NAMED = 4
MOST_SITES = 500  # beyond that, the column of sites holds something else
USUAL_WINDOW = 30
# A person may enter the next age band while taking part; further apart, it is somebody else.
MOST_YEARS_BETWEEN_BANDS = 10

_STEPS = {"baseline": 0, "mid": 1, "end": 2, "post": 3}
_WOMEN = frozenset(
    {"f", "female", "woman", "mother", "mum", "wife", "stepmother", "step-mother", "grandmother"}
)
_MEN = frozenset(
    {"m", "male", "man", "father", "dad", "husband", "stepfather", "step-father", "grandfather"}
)
_PARTNERS = {"partner_a": 0, "partner a": 0, "partner_b": 1, "partner b": 1}
_WORKERS = frozenset({"practitioner", "worker", "professional"})
# Nor is a row of the couple's mean one of its partners.
_NO_PARTNERS = _WORKERS | {"child", "son", "daughter", "young person", "teacher", "couple"}
_OTHER_INFORMANTS = frozenset({"self", "teacher", "child"})
_PERSON = ["site", "participant"]


def check_across_rows(
    parsed: ParsedRows,
    instruments: dict[str, Instrument],
    *,
    follow_up: Mapping[str, tuple[int, int]] | None = None,
    service: ParsedRows | None = None,
) -> None:
    """Append what the rows of all files together say that no row says alone.

    ``follow_up``: for a wave such as ``3m``, the days after the end of support at which it is due
    and the days either side that count; else its months and 30 days. ``service``: the rows on
    service use, which know when support ended.
    """
    rows = _usable(parsed, instruments)
    if rows.empty:
        return
    n_sites = rows["site"].nunique()
    if n_sites > MOST_SITES:  # a note for each of them would bury what is wrong
        place = parsed.place(int(rows.index[0]))
        parsed.problems.append(make_problem("too_many_sites", place, count=f"{n_sites:,}"))
        return
    disordered = _check_date_order(parsed, rows, instruments)
    _check_windows(parsed, rows[~rows.index.isin(disordered)], follow_up or {}, service)
    _check_baselines(parsed, rows)
    _check_same_person(parsed, rows)
    _check_couples(parsed, rows)
    _check_codes_at_sites(parsed, rows)
    check_copied_answers(parsed, instruments)
    check_same_answer_throughout(parsed, instruments)


def _usable(parsed: ParsedRows, instruments: dict[str, Instrument]) -> pd.DataFrame:
    """The rows that count, by position, with whose they are, how far along, and what they hold.

    ``unit`` tells apart the children a person is asked about; ``<instrument>`` whether the row has
    anything of that questionnaire. ``person_whole`` and ``couple_whole``: no row of theirs was
    refused, so that what is not there was not in the file either.
    """
    rows = parsed.rows.copy()
    rows["person"] = rows.groupby(_PERSON, sort=False).ngroup()
    accepted = pd.Series(~parsed.refused, index=rows.index)
    rows["person_whole"] = accepted.groupby(rows["person"]).transform("all")
    couples = rows.groupby(["site", "couple"], sort=False).ngroup()
    rows["couple_whole"] = accepted.groupby(couples).transform("all")
    rows = rows[accepted & (rows["participant"] != "")]
    rows["unit"] = rows.groupby(["person", "child", "informant"], sort=False).ngroup()
    steps = {wave: _step(wave) for wave in rows["wave"].unique()}
    rows["step"] = rows["wave"].map(steps).astype(float)
    rows.loc[(rows["wave"] == "session") & (rows["session_number"] == 1), "step"] = -1
    for tables in (parsed.answers, parsed.supplied):
        for name in (name for name in tables if name in instruments):
            held = tables[name].loc[rows.index].notna().any(axis=1)
            rows[name] = held | rows[name] if name in rows else held
    return rows


def _step(wave: str) -> float:
    """The order of the waves; sessions run beside them and have no place in it."""
    months = months_of(wave)
    return _STEPS.get(wave, np.nan) if months is None else _STEPS["post"] + months


def _held(rows: pd.DataFrame, instruments: Iterable[str]) -> pd.Series:
    """Whether a row has anything of any of these questionnaires."""
    names = [name for name in instruments if name in rows]
    return rows[names].any(axis=1) if names else pd.Series(False, index=rows.index)


def _at(rows: pd.DataFrame, site: str) -> str:
    """Where there are several sites, the one that a sentence is about."""
    return f"At {site}, " if rows["site"].nunique() > 1 else ""


# --- dates -------------------------------------------------------------------------------------


def _check_date_order(
    parsed: ParsedRows, rows: pd.DataFrame, instruments: dict[str, Instrument]
) -> np.ndarray:
    """Later waves dated before earlier ones, by questionnaire; returns the later rows.

    Session 1 stands for a baseline that is not there; other sessions are in no fixed order.
    """
    dated = rows[rows["step"].notna()]
    parts = [
        _disordered(dated[dated[name]], "unit" if instrument.about_child else "person")
        for name, instrument in instruments.items()
        if name in rows
    ]
    if not parts or not sum(map(len, parts)):
        return np.zeros(0, dtype=int)
    found = pd.concat(parts).drop_duplicates("later").sort_values("later")
    found["person"] = rows["person"].loc[found["later"]].to_numpy()
    found["site"] = rows["site"].loc[found["later"]].to_numpy()
    for site, here in found.groupby("site", sort=False):
        people = here.groupby("person", sort=False)
        if people.ngroups > MOST_SINGLE_QUESTIONS:
            place = parsed.place(int(here["later"].iloc[0]))
            words = {"people": counted(people.ngroups, "person", "people"), "at": _at(rows, site),
                     "rows": listed_rows(parsed, here["later"])}  # fmt: skip
            parsed.problems.append(make_problem("dates_out_of_order_often", place, **words))
            continue
        for _, pairs in people:
            _ask_about_dates(parsed, pairs)
    return found["later"].to_numpy()


def _disordered(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Pairs of row positions, ``later`` and ``earlier``, whose dates contradict their waves."""
    started = set(rows.loc[rows["step"] == 0, unit])
    stands_in = (rows["step"] < 0) & ~rows[unit].isin(started)
    rows = rows[((rows["step"] >= 0) | stands_in) & rows["completed_on"].notna()]
    rows = rows.sort_values([unit, "step"], kind="stable")
    latest = rows.groupby(unit, sort=False)["completed_on"].cummax()
    positions = pd.Series(rows.index, index=rows.index, dtype=float)
    holder = positions.where(rows["completed_on"] == latest).ffill()  # the first row holds its own
    same_unit = (rows[unit] == rows[unit].shift()).to_numpy()
    wrong = same_unit & (rows["completed_on"] < latest.shift()).to_numpy()
    earlier = holder.shift()[wrong].astype(int)
    return pd.DataFrame({"later": rows.index[wrong], "earlier": earlier.to_numpy()})


def _ask_about_dates(parsed: ParsedRows, pairs: pd.DataFrame) -> None:
    """One question for one person, naming each pair of dates."""
    said = [
        f"{_occasion(parsed, later)} is dated before {_occasion(parsed, earlier)}"
        for later, earlier in zip(pairs["later"], pairs["earlier"], strict=True)
    ]
    later = int(pairs["later"].iloc[0])
    code = parsed.rows["participant"].iloc[later]
    parsed.problems.append(
        make_problem(
            "dates_out_of_order", parsed.place(later), value=code,
            who=f"Participant '{code}'", what="; ".join(said),
        )
    )  # fmt: skip


def _occasion(parsed: ParsedRows, position: int) -> str:
    row = parsed.rows.iloc[position]
    wave = "session 1" if row["wave"] == "session" else row["wave"]
    return f"'{wave}' ({row['completed_on']:%Y-%m-%d}, row {row['row']})"


def _check_windows(
    parsed: ParsedRows,
    rows: pd.DataFrame,
    follow_up: Mapping[str, tuple[int, int]],
    service: ParsedRows | None,
) -> None:
    """Follow-ups far from the day on which they were due; one note for a site and wave."""
    ends = _ends(rows, service)
    starts = rows[rows["step"].isin([-1, 0])].groupby("person")["completed_on"].min()
    dated = rows[rows["completed_on"].notna()]
    for wave in (w for w in dated["wave"].unique() if months_of(w) is not None):
        due, window = follow_up.get(wave, (due_days(wave), USUAL_WINDOW))
        mine = dated[dated["wave"] == wave].drop_duplicates(["person", "completed_on"])
        days = (mine["completed_on"] - ends.reindex(mine["person"]).array).dt.days
        # Without a known end, a follow-up can only be seen to be too soon after the start.
        since_start = (mine["completed_on"] - starts.reindex(mine["person"]).array).dt.days
        early = days.fillna(since_start) < due - window
        late = days > due + window
        for site, here in mine[early | late].groupby("site", sort=False):
            n_early = int(early[here.index].sum())
            split = [f"{n_early:,} too early"] * (n_early > 0)
            split += [f"{len(here) - n_early:,} too late"] * (len(here) > n_early)
            parsed.problems.append(
                make_problem(
                    "outside_window", parsed.place(int(here.index[0])),
                    forms=counted(
                        len(here), f"'{wave}' follow-up lies", f"'{wave}' follow-ups lie"
                    ),
                    low=due - window, high=due + window, at=_at(rows, site),
                    split=" and ".join(split), rows=listed_rows(parsed, here.index),
                )
            )  # fmt: skip


def _ends(rows: pd.DataFrame, service: ParsedRows | None) -> pd.Series:
    """When each person's support ended: as service use says, else their last form of it."""
    last = {}
    for waves in (["session", "end"], ["post"]):
        chosen = rows[rows["wave"].isin(waves)]
        last[waves[0]] = chosen.groupby("person")["completed_on"].max()
    ends = last["session"].combine_first(last["post"])
    if service is None or service.rows.empty:
        return ends
    people = rows.drop_duplicates("person")[[*_PERSON, "person"]]
    known = service.rows[~service.refused][[*_PERSON, "ended_on"]].dropna(subset="ended_on")
    stated = people.merge(known, on=_PERSON).drop_duplicates("person").set_index("person")
    return stated["ended_on"].combine_first(ends)


def _check_baselines(parsed: ParsedRows, rows: pd.DataFrame) -> None:
    """People with a later questionnaire and no first one; one note for a site."""
    filled = rows[_held(rows, [*parsed.answers, *parsed.supplied])]
    started = set(filled.loc[filled["step"].isin([-1, 0]), "person"])
    later = filled[(filled["step"] > 0) & ~filled["person"].isin(started)]
    later = later[later["person_whole"]]
    for site, here in later.groupby("site", sort=False):
        each = here.drop_duplicates(["person", "wave"]).sort_values("step", kind="stable")
        waves = [f"'{wave}' {n}" for wave, n in each["wave"].value_counts(sort=False).items()]
        parsed.problems.append(
            make_problem(
                "no_baseline", parsed.place(int(here.index[0])),
                people=counted(here["person"].nunique(), "person has", "people have"),
                at=_at(rows, site), waves=", ".join(waves), rows=listed_rows(parsed, here.index),
            )
        )  # fmt: skip


# --- people and couples ------------------------------------------------------------------------


def _check_same_person(parsed: ParsedRows, rows: pd.DataFrame) -> None:
    """One code whose rows describe two people: another sex, role or age."""
    facets = pd.DataFrame(
        {
            "gender": _numbered(rows["gender"], _sex),
            "role, sex": _numbered(rows["role"], _sex),
            "role, partner": _numbered(rows["role"], lambda role: _PARTNERS.get(role, np.nan)),
            "role, worker": _numbered(rows["role"], lambda role: float(role in _WORKERS)),
            "age_band": _numbered(rows["age_band"], _lowest_age),
        }
    )
    spread = facets.groupby(rows["person"])
    most = pd.Series(0.0, facets.columns)
    most["age_band"] = MOST_YEARS_BETWEEN_BANDS
    differing = (spread.max() - spread.min()) > most
    differing = differing[differing.any(axis=1)]
    first = rows.drop_duplicates("person").set_index("person")["site"]
    for site, here in differing.groupby(first.reindex(differing.index), sort=False):
        if len(here) > MOST_SINGLE_QUESTIONS:
            theirs = rows[rows["person"].isin(here.index)]
            parsed.problems.append(
                make_problem(
                    "people_differ", parsed.place(int(theirs.index[0])),
                    people=len(here), at=_at(rows, site), what=_facets(here.any()),
                    rows=listed_rows(parsed, theirs.index),
                )
            )  # fmt: skip
            continue
        for person, differs in here.iterrows():
            theirs = rows[rows["person"] == person]
            code = theirs["participant"].iloc[0]
            parsed.problems.append(
                make_problem(
                    "person_differs", parsed.place(int(theirs.index[0])), value=code,
                    who=f"Participant '{code}'", what=_facets(differs),
                    rows=listed_rows(parsed, theirs.index),
                )
            )  # fmt: skip


def _facets(differs: pd.Series) -> str:
    """The columns that differ, each once, for a sentence."""
    names = dict.fromkeys(name.split(",")[0] for name in differs.index[differs.to_numpy()])
    return joined([f"'{name}'" for name in names])


def _numbered(texts: pd.Series, number: Callable[[str], float]) -> pd.Series:
    """A number for each text that says something (NaN otherwise), worked out once a text."""
    meaning = {text: number(text.casefold()) if text else np.nan for text in texts.unique()}
    return texts.map(meaning).astype(float)


def _sex(text: str) -> float:
    return 0.0 if text in _WOMEN else 1.0 if text in _MEN else np.nan


def _lowest_age(text: str) -> float:
    found = re.search(r"\d+", text)
    return float(found[0]) if found else np.nan


def _check_couples(parsed: ParsedRows, rows: pd.DataFrame) -> None:
    """Couples of more than two adults are asked about; those with one partner are told."""
    others = rows.loc[rows["role"].isin(_NO_PARTNERS), "person"]
    adults = rows[
        (rows["couple"] != "")
        & ~rows["informant"].isin(_OTHER_INFORMANTS)
        & ~rows["person"].isin(others)
    ]
    members = adults.drop_duplicates(["site", "couple", "person"])
    size = members.groupby(["site", "couple"], sort=False)["person"].transform("size")
    for site, here in members[size > 2].groupby("site", sort=False):
        _ask_about_large_couples(parsed, here, at=_at(rows, site))
    for site, here in members[(size == 1) & members["couple_whole"]].groupby("site", sort=False):
        parsed.problems.append(
            make_problem(
                "one_partner_only", parsed.place(int(here.index[0])),
                couples=counted(len(here), "couple has", "couples have"), at=_at(rows, site),
                codes=f" ({_codes(here['couple'])})" if len(here) <= MOST_CODES else "",
            )
        )  # fmt: skip


def _ask_about_large_couples(parsed: ParsedRows, members: pd.DataFrame, *, at: str) -> None:
    groups = members.groupby("couple", sort=False)
    if groups.ngroups > MOST_SINGLE_QUESTIONS:
        parsed.problems.append(
            make_problem(
                "couples_too_large", parsed.place(int(members.index[0])), at=at,
                count=groups.ngroups, codes=_codes(members["couple"].drop_duplicates()),
            )
        )  # fmt: skip
        return
    for couple, theirs in groups:
        parsed.problems.append(
            make_problem(
                "couple_too_large", parsed.place(int(theirs.index[2])), value=couple,
                count=len(theirs), rows=listed_rows(parsed, theirs.index),
            )
        )  # fmt: skip


def _check_codes_at_sites(parsed: ParsedRows, rows: pd.DataFrame) -> None:
    """The same code at two sites counts as two people; one note for all of them."""
    people = rows.drop_duplicates("person")
    shared = people[people.duplicated("participant", keep=False)]
    if shared.empty:
        return
    sites = list(dict.fromkeys(shared["site"]))
    named = sites[:MOST_SITES_NAMED]
    if len(sites) > len(named):
        named.append(f"{len(sites) - len(named)} other sites")
    codes = shared["participant"].drop_duplicates()
    parsed.problems.append(
        make_problem(
            "code_at_several_sites", parsed.place(int(shared.index[0])),
            count=counted(len(codes), "code is", "codes are"), codes=_codes(codes),
            sites=joined(named),
        )
    )  # fmt: skip


def _codes(codes: Sequence[str] | pd.Series) -> str:
    """Codes for a sentence, the first few of many."""
    few = [f"'{code}'" for code in codes[:MOST_CODES]]
    if len(codes) > len(few):
        few.append(f"{len(codes) - len(few)} more")
    return joined(few)
