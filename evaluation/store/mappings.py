"""How a site's files were read last time, so that nobody is asked the same thing twice.

The store keeps the text of a mapping and never looks into it. A changed mapping is a new version;
the former one stays.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from evaluation.config import site_id
from evaluation.store import schema

SEVERAL_SITES = ""


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A mapping in use: where its files come from, a fingerprint of their headers, its text."""

    source: str
    signature: str
    version: int
    text: str
    created_at: dt.datetime


def store_mapping(
    connection: Connection,
    import_id: int,
    text: str,
    *,
    site: str,
    source: str,
    signature: str,
    at: dt.datetime,
) -> None:
    """Make this the mapping in use for such files; the one in use already is not stored again."""
    m = schema.mapping
    mine = (m.c.site == site) & (m.c.source == source) & (m.c.signature == signature)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    in_use = connection.execute(select(m.c.sha256).where(mine, m.c.active)).scalar_one_or_none()
    if in_use == sha256:
        return
    latest = connection.execute(select(func.max(m.c.version)).where(mine)).scalar() or 0
    connection.execute(update(m).where(mine, m.c.active).values(active=False))
    connection.execute(
        insert(m).values(
            site=site, source=source, signature=signature, version=latest + 1, text=text,
            sha256=sha256, import_id=import_id, created_at=at, active=True,
        )
    )  # fmt: skip


def saved_mappings(connection: Connection, site: str) -> list[SavedMapping]:
    """The mappings in use at a site (name or id; ``""`` for files of several), newest first."""
    m = schema.mapping
    query = (
        select(m.c.source, m.c.signature, m.c.version, m.c.text, m.c.created_at)
        .where(m.c.site == site_id(site), m.c.active)
        .order_by(m.c.id.desc())
    )
    return [SavedMapping(*row) for row in connection.execute(query)]


def take_back_mappings(connection: Connection, import_id: int) -> None:
    """Remove the mappings that an import saved; those before them are in use again."""
    m = schema.mapping
    keys = (m.c.site, m.c.source, m.c.signature)
    lost = connection.execute(select(*keys).where(m.c.import_id == import_id, m.c.active)).all()
    connection.execute(delete(m).where(m.c.import_id == import_id))
    for values in lost:
        mine = [column == value for column, value in zip(keys, values, strict=True)]
        latest = connection.execute(select(func.max(m.c.version)).where(*mine)).scalar()
        connection.execute(update(m).where(*mine, m.c.version == latest).values(active=True))
