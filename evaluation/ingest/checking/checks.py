"""What cannot be right about a row, or about two rows together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from evaluation.ingest.checking.row_lists import listed_rows
from evaluation.ingest.columns.views import View
from evaluation.ingest.columns.waves import label_key
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import make_problem
from evaluation.model import ALL_SITES, KEY_COLUMNS, NAMED_WAVES, SERVICE_USE_COLUMNS, is_wave
from instruments.definition import Instrument

UNNAMED_SITE = "unnamed"
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]00:00(?::00)?)?|\d{1,2}/\d{1,2}/\d{4}")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,3}|\d{15,}\.0")
LONGEST_CODE = 64


def _hint(value: str, choices: Sequence[str]) -> str:
    close = difflib.get_close_matches(value.casefold(), [c.casefold() for c in choices], n=1)
    if not close:
        return ""
    name = next(choice for choice in choices if choice.casefold() == close[0])
    return f" Did you mean '{name}'?"


def refuse(
    parsed: ParsedRows, position: int, code: str, column: int | None, **words: object
) -> None:
    """Refuse one row and say why."""
    parsed.refused[position] = True
    parsed.problems.append(make_problem(code, parsed.place(position, column), **words))


def check_participants(parsed: ParsedRows, view: View) -> None:
    """Every row needs a participant code."""
    blank = (parsed.rows["participant"] == "").to_numpy() & ~parsed.refused
    for position in np.flatnonzero(blank):
        refuse(parsed, int(position), "missing_participant", view.person_column)


def check_codes(parsed: ParsedRows, view: View) -> None:
    """Codes and names of sites are short; a long text in their place is something else."""
    for name in ("participant", "couple", "site", "child"):
        if name not in view.names or name not in parsed.rows:
            continue
        long = (parsed.rows[name].str.len() > LONGEST_CODE).to_numpy() & ~parsed.refused
        for position in np.flatnonzero(long):
            refuse(
                parsed, int(position), "code_too_long", view.names[name],
                value=parsed.rows[name].iloc[position], column_name=name, most=LONGEST_CODE,
            )  # fmt: skip
        if name in ("participant", "couple", "child"):
            _check_changed_codes(parsed, name, view.names[name])


def _check_changed_codes(parsed: ParsedRows, name: str, column: int) -> None:
    """Codes that a spreadsheet program has turned into a date or a rounded number."""
    codes = parsed.rows[name]
    for code, pattern in (("code_is_date", _DATE), ("code_rounded", _ROUNDED)):
        changed = {text for text in codes.unique() if pattern.fullmatch(text)}
        for position in np.flatnonzero(codes.isin(changed).to_numpy() & ~parsed.refused):
            # A date may be somebody's date of birth.
            text = "" if code == "code_is_date" else codes.iloc[position]
            refuse(parsed, int(position), code, column, value=text, column_name=name)


def check_waves(parsed: ParsedRows, view: View, *, waiting: Collection[str] = ()) -> None:
    """Every row needs a wave that is known; a session needs its number.

    Rows whose label is being asked about wait without a complaint of their own.
    """
    if "wave" not in view.names:
        return
    waves = parsed.rows["wave"]
    typed_waves, typed_sessions = (
        parsed.rows[name].to_numpy() for name in ("wave_typed", "session_typed")
    )
    column = view.names["wave"]
    unknown = {wave for wave in waves.unique() if not is_wave(wave)}
    held = {wave for wave in unknown if label_key(wave) in waiting}
    parsed.refused |= waves.isin(held).to_numpy()
    hints = {wave: _hint(wave, (*NAMED_WAVES, "3m", "6m")) for wave in unknown - held}
    for position in np.flatnonzero(waves.isin(list(hints))):
        wave = waves.iloc[position]
        code = "unknown_wave" if wave else "missing_wave"
        typed = typed_waves[position]
        refuse(parsed, int(position), code, column, value=typed, hint=hints[wave])
    unnumbered = (waves == "session") & parsed.rows["session_number"].isna()
    for position in np.flatnonzero(unnumbered):
        where = view.names.get("session_number", column)
        typed = typed_sessions[position]
        refuse(parsed, int(position), "missing_session_number", where, value=typed)


def check_sites(
    parsed: ParsedRows, view: View, *, site: str, known_sites: dict[str, str] | None
) -> None:
    """Blank sites take the chosen one; another site than the chosen or a known one is refused."""
    typed = parsed.rows["site"].copy()
    column = view.names.get("site", view.person_column)
    filled = typed.where(typed != "", site)
    named = {value: value for value in filled.unique() if value}
    if known_sites is not None:
        names = list(dict.fromkeys(known_sites.values()))
        hints = {v: _hint(v, names) for v in named if v.casefold() not in known_sites}
        for position in np.flatnonzero(filled.isin(list(hints))):
            value = filled.iloc[position]
            refuse(parsed, int(position), "unknown_site", column, value=value, hint=hints[value])
        named = {v: known_sites[v.casefold()] for v in named if v not in hints}
    other = {v for v, name in named.items() if site and name.casefold() != site.casefold()}
    for position in np.flatnonzero(filled.isin(other)):
        refuse(
            parsed, int(position), "site_differs", column,
            value=typed.iloc[position], expected=site,
        )  # fmt: skip
    changed = {value: name for value, name in named.items() if value != name}
    if changed:
        filled = filled.map(lambda value: changed.get(value, value)).astype(object)
    for position in np.flatnonzero(filled.str.casefold() == ALL_SITES.casefold()):
        refuse(parsed, int(position), "reserved_site", column, value=filled.iloc[position])
    parsed.rows["site"] = filled


def unify_sites(parts: Sequence[ParsedRows]) -> bool:
    """One spelling for each site; rows that name none take the only site there is.

    ``True`` if no file names any site. Where there are several, a row without one is refused.
    """
    spelling: dict[str, str] = {}
    for part in parts:
        for label in filter(None, part.rows["site"].unique()):
            spelling.setdefault(label.casefold(), label)
    only = next(iter(spelling.values())) if len(spelling) == 1 else "" if spelling else UNNAMED_SITE
    for part in parts:
        labels = part.rows["site"]
        meant = {label: spelling.get(label.casefold(), label) or only for label in labels.unique()}
        part.rows["site"] = labels.map(meant.__getitem__)
        for position in np.flatnonzero((part.rows["site"] == "").to_numpy() & ~part.refused):
            refuse(part, int(position), "missing_site_in_row", None)
    return not spelling and any(len(part.rows) for part in parts)


def key_table(rows: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The key of each row for one questionnaire; only those about a child know the child."""
    keys = rows[list(KEY_COLUMNS)].copy()
    if not instrument.about_child:
        keys["child"] = ""
        keys["informant"] = ""
    keys["session_number"] = keys["session_number"].fillna(0).astype(int)
    return keys


def check_duplicates(parsed: ParsedRows, instruments: dict[str, Instrument]) -> None:
    """Same person, time and questionnaire twice: identical rows collapse, others are refused.

    The positions of collapsed rows lose their answers to that questionnaire; the first row keeps
    them.
    """
    for instrument_id in dict.fromkeys([*parsed.answers, *parsed.supplied]):
        instrument = instruments[instrument_id]
        values = pd.concat(
            [tables[instrument_id] for tables in (parsed.answers, parsed.supplied)
             if instrument_id in tables], axis=1,
        )  # fmt: skip
        used = values.notna().any(axis=1).to_numpy() & ~parsed.refused
        keys = key_table(parsed.rows, instrument)[used]
        keys = keys[keys.duplicated(list(KEY_COLUMNS), keep=False)]
        if keys.empty:
            continue
        group = keys.groupby(list(KEY_COLUMNS), sort=False).ngroup()
        alike = _all_alike(values.loc[keys.index], parsed.rows["completed_on"], group)
        surplus: list[int] = []
        for number, positions in group.groupby(group, sort=False).indices.items():
            here = keys.index[positions].tolist()
            key = tuple(keys.iloc[positions[0]])
            surplus += _judge_repeats(parsed, instrument, here, key, alike=bool(alike[number]))
        for tables in (parsed.answers, parsed.supplied):
            if instrument_id in tables and surplus:
                tables[instrument_id].iloc[surplus] = np.nan


def _all_alike(values: pd.DataFrame, dates: pd.Series, group: pd.Series) -> pd.Series:
    """For each group of rows, whether they hold the same values and no two dates."""
    numbered = values.set_axis(range(values.shape[1]), axis="columns")
    different = numbered.assign(group=group).drop_duplicates()["group"].value_counts()
    n_dates = dates.loc[group.index].groupby(group).nunique()
    return (different.reindex(n_dates.index) == 1) & (n_dates <= 1)


def _judge_repeats(
    parsed: ParsedRows, instrument: Instrument, positions: list[int], key: tuple, *, alike: bool
) -> list[int]:
    """Refuse all rows of one key; of rows that are ``alike`` those after the first are surplus."""
    who, when = f"Participant '{key[1]}'", _when(key)
    words = {"who": who, "when": when, "questionnaire": instrument.short_name}
    if alike:
        first = listed_rows(parsed, positions[:1])
        parsed.problems += [
            make_problem("repeated_row", parsed.place(p), value=key[1], rows=first, **words)
            for p in positions[1:]
        ]
        return positions[1:]
    listed = listed_rows(parsed, positions)
    for position in positions:
        refuse(
            parsed, position, "duplicate_key", None,
            value=key[1], count=len(positions), rows=listed, **words,
        )  # fmt: skip
    return []


def _when(key: tuple) -> str:
    child = f" about child '{key[2]}'" if key[2] else ""
    session = f" {int(key[5])}" if key[4] == "session" else ""
    return f"'{key[4]}'{session}{child}"


def check_service_duplicates(parsed: ParsedRows) -> None:
    """One service-use row for each person; identical rows collapse."""
    content = parsed.rows[list(SERVICE_USE_COLUMNS)]
    usable = content[~parsed.refused]
    repeated = usable[usable.duplicated(["site", "participant"], keep=False)]
    for (_, participant), group in repeated.groupby(["site", "participant"], sort=False):
        positions = list(group.index)
        listed = listed_rows(parsed, positions)
        who = f"Participant '{participant}'"
        if len(group.drop_duplicates()) == 1:
            for position in positions[1:]:
                parsed.refused[position] = True
                parsed.problems.append(
                    make_problem(
                        "repeated_row",
                        parsed.place(position),
                        value=participant,
                        who=who,
                        when="the service used",
                        questionnaire="the row",
                        rows=listed_rows(parsed, positions[:1]),
                    )
                )
            continue
        for position in positions:
            refuse(
                parsed, position, "duplicate_service_row", None,
                value=participant, who=who, count=len(positions), rows=listed,
            )  # fmt: skip


def check_couples(parsed: ParsedRows) -> None:
    """A person belongs to one couple."""
    named = parsed.rows[(parsed.rows["couple"] != "") & ~parsed.refused]
    person = ["site", "participant"]
    first = named.groupby(person, sort=False)["couple"].transform("first")
    differing = named[named["couple"] != first].drop_duplicates(person)
    for position, participant in differing["participant"].items():
        parsed.problems.append(
            make_problem(
                "couple_differs",
                parsed.place(int(position)),
                value=participant,
                who=f"Participant '{participant}'",
            )
        )
