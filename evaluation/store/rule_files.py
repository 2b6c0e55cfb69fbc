"""Versions of the rule file: the newest is in use, and no version is ever changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from evaluation.config import parse_settings
from evaluation.store import audit, schema


@dataclass(frozen=True, slots=True)
class SavedRuleFile:
    """A version of the rule file; ``sha256`` is the ``Settings.sha256`` of its text."""

    version: int
    text: str
    sha256: str
    saved_at: dt.datetime
    by: str


def save_rule_file(connection: Connection, text: str, *, by: str, at: dt.datetime) -> SavedRuleFile:
    """Use this text from now on; what is in use already is not stored again.

    ``SettingsError`` if it cannot be used, as one that names files cannot.
    """
    parse_settings(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    current = current_rule_file(connection)
    if current is not None and current.sha256 == sha256:
        return current
    values = {"text": text, "sha256": sha256, "saved_at": at, "who": by}
    connection.execute(insert(schema.rule_file).values(**values))
    audit.write_audit(connection, audit.SETTINGS, by=by, reference=f"rule file {sha256}")
    return list_rule_files(connection)[0]


def current_rule_file(connection: Connection) -> SavedRuleFile | None:
    """The rule file in use; ``None`` = none was ever saved, so the defaults hold."""
    return next(iter(list_rule_files(connection, limit=1)), None)


def list_rule_files(connection: Connection, *, limit: int | None = None) -> list[SavedRuleFile]:
    """Every version, the newest first."""
    t = schema.rule_file
    query = select(t.c.id, t.c.text, t.c.sha256, t.c.saved_at, t.c.who).order_by(t.c.id.desc())
    rows = connection.execute(query if limit is None else query.limit(limit))
    return [SavedRuleFile(*row) for row in rows]
