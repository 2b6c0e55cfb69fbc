"""Settings: the rule file and the environment, read once, checked, failing closed.

A rule file is YAML; every key is optional. Its text is hashed into every export.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evaluation.indicators import indicator_id
from evaluation.model import CHARACTERISTIC_COLUMNS, ChangeRule, Recoding, due_days, months_of
from evaluation.published import PublishedFileError, PublishedResult, published_from_rows

DATABASE_VARIABLE = "EVALUATION_DATABASE_URL"
DEFAULT_DATABASE = "sqlite:///distance_travelled.db"

# What people can be grouped by.
SUBGROUP_NAMES = ("role", *CHARACTERISTIC_COLUMNS)

# The twelve Local Family Offer sites, as a new store knows them.
PROGRAMME_SITES = (
    "Blackburn with Darwen", "Blackpool", "Croydon", "Dorset", "Essex", "Gateshead",
    "Hertfordshire", "Lambeth", "Luton", "Manchester", "Newcastle upon Tyne", "Westminster",
)  # fmt: skip


TABLES_ELSEWHERE = (
    "This rule file names tables that lie in files of their own ('scoring: tables'). A page takes "
    "one text and no files beside it, so such a rule file can only be used at the command line, "
    "with '--settings'. Leave 'tables' out to use the rest of it here."
)


class SettingsError(ValueError):
    """A rule file that cannot be used; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """When a wave falls due after the end of support, and how many days either side count.

    ``sites`` are those that use the wave; empty = every site, as far as the data show.
    """

    days: int
    window: int = 30
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoringRule:
    """What a person has said about scoring keys and tables that are not public."""

    prorate: bool = False
    keyed: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    keys: dict[str, tuple[int, ...]] = field(default_factory=dict)
    tables: dict[str, dict[str, tuple[tuple[float, float], ...]]] = field(default_factory=dict)
    recode: dict[str, tuple[Recoding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """Thresholds for what may leave a site (security design: hide 1-7, round to 5)."""

    hide_below: int = 8
    round_to: int = 5
    min_n: int = 10
    min_couples: int = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a rule file can say, with the defaults where it says nothing."""

    measures: dict[str, ChangeRule] = field(default_factory=dict)
    primary: dict[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    expected_weeks: float | None = None
    follow_up: dict[str, FollowUp] = field(default_factory=dict)
    exclude_outside_window: bool = False
    scoring: ScoringRule = field(default_factory=ScoringRule)
    subgroups: tuple[str, ...] = ()
    alpha: float = 0.05
    disclosure: DisclosureRule = field(default_factory=DisclosureRule)
    costs: dict[str, float] = field(default_factory=dict)
    published: tuple[PublishedResult, ...] = ()
    indicators: dict[str, str] = field(default_factory=dict)
    risk_answers: tuple[str, ...] = ()
    text: str = ""

    @property
    def level(self) -> float:
        """The confidence level of every interval."""
        return 1 - self.alpha

    @property
    def sha256(self) -> str:
        """A fingerprint of the rule file, for exports."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def primary_measure(self, site: str) -> str:
        """The measure named for a site, else for all sites, else ``""``."""
        by_site = {name.casefold(): measure for name, measure in self.primary.items()}
        return by_site.get(site.casefold(), by_site.get("*", ""))

    def lists_risk_answers(self, site: str) -> bool:
        """Whether a site's protocol asks for a list of answers about risk."""
        return site_id(site) in {site_id(name) for name in self.risk_answers}

    def cost_of(self, site: str) -> float | None:
        """What a site's support cost in pounds, if the rule file says so by its name or id."""
        return {site_id(name): cost for name, cost in self.costs.items()}.get(site_id(site))


def database_url() -> str:
    """Where the store is: ``EVALUATION_DATABASE_URL``, else a file in the current folder."""
    return os.environ.get(DATABASE_VARIABLE, "").strip() or DEFAULT_DATABASE


def site_id(name: str) -> str:
    """A site's name as it stands in links: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def load_settings(path: Path | None) -> Settings:
    """Read a rule file; ``SettingsError`` says in one sentence what cannot be used."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The rule file '{path.name}' cannot be read.") from error
    return parse_settings(text, folder=path.parent)


class _RepeatedKeyError(yaml.constructor.ConstructorError):
    """A key that stands twice, of which YAML itself would silently take the last."""


class _OneOfEachKey(yaml.SafeLoader):
    """Plain values only, and every key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(getattr(key, "value", key))
            if name in seen:
                raise _RepeatedKeyError(None, None, f"'{name}' stands there twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def parse_settings(text: str, *, folder: Path | None = None) -> Settings:
    """Check the text of a rule file and make settings of it.

    ``folder``: where the tables that it names lie; without one no file is read.
    """
    try:
        content = yaml.load(text, Loader=_OneOfEachKey) or {}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        said = getattr(error, "problem", None) if isinstance(error, _RepeatedKeyError) else None
        raise SettingsError(
            f"The rule file is not valid YAML{line}{': ' + said if said else ''}."
        ) from error
    known = {
        "measures", "primary", "sites", "end", "follow_up", "scoring", "subgroups", "alpha",
        "disclosure", "costs", "published", "indicators", "risk_answers",
    }  # fmt: skip
    _check_keys(content, known, "the rule file")
    end = _mapping(content, "end")
    _check_keys(end, {"else", "expected_weeks"}, "'end'")
    if end.get("else", "last_session") != "last_session":
        raise SettingsError("'end: else' can only be 'last_session'.")
    follow_up = dict(_mapping(content, "follow_up"))
    exclude = follow_up.pop("exclude_outside_window", False)
    sites = tuple(str(name) for name in _list(content, "sites"))
    subgroups = tuple(str(name) for name in _list(content, "subgroups"))
    _check_names(subgroups, SUBGROUP_NAMES, "'subgroups'")
    settings = Settings(
        measures={
            str(k): _change_rule(str(k), v) for k, v in _mapping(content, "measures").items()
        },
        primary={str(k): str(v) for k, v in _mapping(content, "primary").items()},
        sites=sites,
        expected_weeks=_optional_number(end, "expected_weeks", low=0, high=520),
        follow_up={str(k): _follow_up(str(k), v) for k, v in follow_up.items()},
        exclude_outside_window=_yes_no(exclude, "exclude_outside_window"),
        scoring=_scoring_rule(_mapping(content, "scoring"), folder),
        subgroups=subgroups,
        alpha=_number(content.get("alpha", 0.05), "alpha", low=0.0001, high=0.5),
        disclosure=_disclosure(_mapping(content, "disclosure")),
        costs=_costs(_mapping(content, "costs"), sites),
        published=_published(_list(content, "published")),
        indicators=_indicators(_mapping(content, "indicators")),
        risk_answers=tuple(str(name) for name in _list(content, "risk_answers")),
        text=text,
    )
    if sites:
        named = [name for name in settings.primary if name != "*"]
        named += [name for rule in settings.follow_up.values() for name in rule.sites]
        named += settings.risk_answers
        _check_names(named, sites, "'sites'")
    return settings


def _check_names(names: Iterable[str], known: Iterable[str], where: str) -> None:
    allowed = {name.casefold() for name in known}
    for name in names:
        if name.casefold() not in allowed:
            raise SettingsError(f"'{name}' is not among {where}: {', '.join(known)}.")


def _check_keys(content: Any, known: set[str], where: str) -> None:
    if not isinstance(content, dict):
        raise SettingsError(f"In the rule file, {where} must be a list of 'key: value' lines.")
    unknown = [str(key) for key in content if key not in known]
    if unknown:
        raise SettingsError(
            f"In {where}, '{unknown[0]}' is not a known key. Known: {', '.join(sorted(known))}."
        )


def _mapping(content: dict, key: str) -> dict:
    value = content.get(key) or {}
    if not isinstance(value, dict):
        raise SettingsError(f"In the rule file, '{key}' must be a list of 'key: value' lines.")
    return value


def _list(content: dict, key: str) -> list:
    value = content.get(key) or []
    if not isinstance(value, list):
        raise SettingsError(f"In the rule file, '{key}' must be a list.")
    return value


def _yes_no(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"'{name}' must be true or false, without quotation marks.")
    return value


def _number(value: Any, name: str, *, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise SettingsError(f"'{name}' must be a number from {low:g} to {high:g}, not '{value}'.")
    return float(value)


def _optional_number(content: dict, key: str, *, low: float, high: float) -> float | None:
    return None if content.get(key) is None else _number(content[key], key, low=low, high=high)


def _change_rule(measure: str, value: Any) -> ChangeRule:
    known = {"reliability", "sd", "clinical", "norm", "cutoff"}
    _check_keys(value, known, f"'measures: {measure}'")
    if measure.count(".") != 1:
        raise SettingsError(f"A measure is written as 'questionnaire.scale', not '{measure}'.")
    cutoff = value.get("cutoff")
    if cutoff is not None:
        cutoff = str(cutoff).strip()
        if cutoff not in ("a", "b", "c") and not re.match(r"^(<=|>=|<|>) *-?\d+(\.\d+)?$", cutoff):
            raise SettingsError(f"'cutoff: {cutoff}' must be a, b, c, or like '<= 97'.")
    sd = value.get("sd")
    if sd is not None and sd not in ("own", "manual"):
        sd = _number(sd, f"{measure} sd", low=1e-9, high=1e9)
    clinical = value.get("clinical")
    if clinical is not None and clinical not in ("own", "manual"):
        clinical = _group(clinical, f"{measure} clinical")
    norm = value.get("norm")
    return ChangeRule(
        reliability=_optional_number(value, "reliability", low=0.0, high=1.0),
        sd=sd,
        clinical=clinical,
        norm=None if norm is None else _group(norm, f"{measure} norm"),
        cutoff=cutoff,
    )


def _group(value: Any, name: str) -> tuple[float, float]:
    _check_keys(value, {"mean", "sd"}, f"'{name}'")
    if set(value) != {"mean", "sd"}:
        raise SettingsError(f"'{name}' needs a mean and an sd.")
    return (
        _number(value["mean"], f"{name} mean", low=-1e9, high=1e9),
        _number(value["sd"], f"{name} sd", low=0, high=1e9),
    )


def _follow_up(wave: str, value: Any) -> FollowUp:
    if months_of(wave) is None and wave != "end":
        raise SettingsError(f"'follow_up: {wave}' is no follow-up wave; write 3m, 6m and so on.")
    _check_keys(value, {"days", "window", "sites"}, f"'follow_up: {wave}'")
    days = _number(
        value.get("days", 0 if wave == "end" else due_days(wave)), f"{wave} days", low=0, high=5000
    )
    window = _number(value.get("window", 30), f"{wave} window", low=0, high=5000)
    sites = tuple(str(name) for name in _list(value, "sites"))
    return FollowUp(round(days), round(window), sites)


def _scoring_rule(value: dict, folder: Path | None) -> ScoringRule:
    _check_keys(value, {"prorate", "keyed", "verified", "keys", "tables", "recode"}, "'scoring'")
    keys = {}
    for instrument, items in _mapping(value, "keys").items():
        if not isinstance(items, list) or not all(isinstance(i, int) for i in items):
            raise SettingsError(
                f"'scoring: keys: {instrument}' must list the numbers of the reversed items."
            )
        keys[str(instrument)] = tuple(items)
    named = _mapping(value, "tables")
    if named and folder is None:
        raise SettingsError(TABLES_ELSEWHERE)
    tables = {str(k): read_table((folder or Path()) / str(v)) for k, v in named.items()}
    return ScoringRule(
        prorate=_yes_no(value.get("prorate", False), "prorate"),
        keyed=tuple(str(i) for i in _list(value, "keyed")),
        verified=tuple(str(i) for i in _list(value, "verified")),
        keys=keys,
        tables=tables,
        recode={
            str(name): _decisions(str(name), chosen)
            for name, chosen in _mapping(value, "recode").items()
        },
    )


def _decisions(instrument: str, chosen: Any) -> tuple[Recoding, ...]:
    if not isinstance(chosen, list):
        raise SettingsError(
            f"'scoring: recode: {instrument}' must be a list; [] leaves the answers as typed."
        )
    found = tuple(_recoding(instrument, text) for text in chosen)
    if len(set(found)) != len(found):
        raise SettingsError(f"'scoring: recode: {instrument}' says the same thing twice.")
    return found


def _recoding(instrument: str, text: Any) -> Recoding:
    try:
        return Recoding.parse(str(text))
    except ValueError as error:
        raise SettingsError(
            f"'scoring: recode: {instrument}' must list decisions such as 'subtract 1' or "
            "'reverse (18, 19)'; an empty list leaves the answers as typed."
        ) from error


def read_table(path: Path) -> dict[str, tuple[tuple[float, float], ...]]:
    """A percentile table, csv with columns scale, raw, percentile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        table: dict[str, list[tuple[float, float]]] = {}
        for row in rows:
            table.setdefault(row["scale"].strip(), []).append(
                (float(row["raw"]), float(row["percentile"]))
            )
    except (OSError, KeyError, ValueError, AttributeError, TypeError, csv.Error) as error:
        raise SettingsError(
            f"The table '{path.name}' cannot be read; it needs columns scale, raw, percentile."
        ) from error
    return {scale: tuple(sorted(pairs)) for scale, pairs in table.items()}


def _costs(value: dict, sites: tuple[str, ...]) -> dict[str, float]:
    """Pounds for each site; a site may be named as it is spelled or as links name it."""
    known = {site_id(name) for name in sites}
    costs: dict[str, float] = {}
    for name, cost in ((str(key), amount) for key, amount in value.items()):
        if site_id(name) in {site_id(other) for other in costs}:
            raise SettingsError(f"'costs' names the site '{name}' twice.")
        if sites and site_id(name) not in known:
            raise SettingsError(f"'{name}' is not among 'sites': {', '.join(sites)}.")
        number = isinstance(cost, int | float) and not isinstance(cost, bool)
        if not (number and 0 < cost < float("inf")):
            raise SettingsError(
                f"'costs: {name}' must be pounds above 0, written like 50000, not '{cost}'."
            )
        costs[name] = float(cost)
    return costs


def _published(rows: list) -> tuple[PublishedResult, ...]:
    try:
        return published_from_rows(rows)
    except PublishedFileError as error:
        raise SettingsError(f"In the rule file, {error}") from error


def _indicators(value: dict) -> dict[str, str]:
    """Which end of each counted or yes/no outcome is the better one, by its folded name."""
    found: dict[str, str] = {}
    for name, better in ((str(key), said) for key, said in value.items()):
        if better not in ("higher", "lower", "neither"):
            raise SettingsError(
                f"'indicators: {name}' must be higher, lower or neither, not '{better}'."
            )
        if indicator_id(name) in found:
            raise SettingsError(f"'indicators' names '{name}' twice.")
        found[indicator_id(name)] = better
    return found


def _disclosure(value: dict) -> DisclosureRule:
    default = DisclosureRule()
    names = ("hide_below", "round_to", "min_n", "min_couples")
    _check_keys(value, set(names), "'disclosure'")
    given = {
        name: round(
            _number(
                value.get(name, getattr(default, name)), name, low=getattr(default, name), high=1000
            )
        )
        for name in names
    }
    return DisclosureRule(**given)
