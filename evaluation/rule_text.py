"""A rule file that somebody has typed or uploaded: everything about it that can be wrong.

What comes through a page may come from anybody's hands, so nothing in it is followed to a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.config import Settings, SettingsError, parse_settings, site_id
from evaluation.ingest.definitions.marked_yaml import LARGEST_BYTES, read_marked
from evaluation.programme import check_measures
from evaluation.scores import effective_instruments
from instruments.definition import Instrument

NOT_TEXT = "The file is not text in UTF-8. Save it as UTF-8 and try again."


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """The settings that a text makes, or its ``mistakes``; ``hints`` are things to look at."""

    settings: Settings | None
    mistakes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


def rule_text(data: bytes) -> str:
    """The text of an uploaded rule file; ``SettingsError`` if it is none."""
    if len(data) > LARGEST_BYTES:
        raise SettingsError(f"A rule file has at most {LARGEST_BYTES // 1000} KB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(NOT_TEXT) from error
    return one_kind_of_line_end(text)


def one_kind_of_line_end(text: str) -> str:
    """The same text from every computer, so that it has the same fingerprint."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_rules(
    text: str, *, local: Sequence[Instrument] = (), sites: Sequence[str] = ()
) -> CheckedRules:
    """Everything that is wrong with a text; ``sites``: the names of those there are.

    It is first looked at as it stands, so that nothing harmful is ever built from it.
    """
    _, mistakes = read_marked(text)
    if mistakes:
        return CheckedRules(None, tuple(f"Line {m.line}: {m.message} {m.fix}" for m in mistakes))
    try:
        settings = parse_settings(text)
        instruments = effective_instruments(settings.scoring, local)
        check_measures(settings, instruments)
    except SettingsError as error:
        return CheckedRules(None, (str(error),))
    return CheckedRules(settings, hints=tuple(_hints(settings, sites)))


def _hints(settings: Settings, sites: Sequence[str]) -> list[str]:
    """Sites that nobody knows here: what is said about them would have no effect."""
    known = {site_id(name) for name in sites}
    named = [name for name in settings.primary if name != "*"]
    named += [*settings.sites, *settings.costs, *settings.risk_answers]
    named += [name for rule in settings.follow_up.values() for name in rule.sites]
    unknown = [name for name in dict.fromkeys(named) if known and site_id(name) not in known]
    return [
        f"'{name}' is no site of this programme, so what the rule file says about it has no effect."
        for name in unknown
    ]
