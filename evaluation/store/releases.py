"""What left the store: which tables, filtered how, by which rules, and with what decision."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import Connection, func, select

from evaluation import __version__
from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.store import audit, schema
from evaluation.store.release_basis import EVERY_SITE, People, keep_basis
from evaluation.store.writing import insert_one

PASS = "pass"
REVIEW = "review"
FAIL = "fail"
DECISIONS = (PASS, REVIEW, FAIL)
RELEASE_COLUMNS = (
    "id", "released_at", "who", "kind", "filters", "snapshot", "rule_sha256", "threshold",
    "decision", "suppressed", "program_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Release:
    """One export, or the refusal of one.

    ``kind``: such as ``research``, ``site_report``; ``filters`` and ``threshold`` (the disclosure
    rule) by name; ``snapshot``: `Store.snapshot` of what it was made from; ``suppressed``: how
    many rows of each table hide something. ``people``: who is behind its averages, as hashes
    (`release_basis`), which take the place of those of the last release of this kind and site.
    """

    kind: str
    snapshot: int
    rule_sha256: str
    decision: str
    threshold: Mapping[str, int] = field(default_factory=dict)
    filters: Mapping[str, str | list[str]] = field(default_factory=dict)
    suppressed: Mapping[str, int] = field(default_factory=dict)
    people: People = field(default_factory=dict, repr=False)


def record_release(
    connection: Connection, release: Release, *, sites: Iterable[str], by: str, at: dt.datetime
) -> int:
    """Note a release (sites by id; none = the whole programme) and return its number."""
    if release.decision not in DECISIONS:
        raise ValueError(f"decision={release.decision!r}: allowed are {', '.join(DECISIONS)}")
    number = insert_one(
        connection, schema.release, kind=release.kind, filters=_json(release.filters),
        snapshot=release.snapshot, rule_sha256=release.rule_sha256,
        threshold=_json(release.threshold), decision=release.decision,
        suppressed=_json(release.suppressed), who=by, released_at=at, program_version=__version__,
    )  # fmt: skip
    if release.people and release.decision != FAIL:
        about = str(release.filters.get("site", ALL_SITES))
        keep_basis(
            connection, release.kind, site=EVERY_SITE if about == ALL_SITES else site_id(about),
            people=release.people, at=at,
        )  # fmt: skip
    audit.write_audit(
        connection, audit.RELEASE, by=by, sites=sites,
        reference=f"release {number}: {release.kind}, {release.decision}",
        counts={"suppressed": sum(release.suppressed.values()), "snapshot": release.snapshot},
    )  # fmt: skip
    return number


def list_releases(connection: Connection) -> pd.DataFrame:
    """Every release (RELEASE_COLUMNS), the newest first."""
    t = schema.release
    query = select(*(t.c[name] for name in RELEASE_COLUMNS)).order_by(t.c.id.desc())
    rows = [tuple(row) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=list(RELEASE_COLUMNS))


def last_release(connection: Connection) -> int:
    """The number of the newest release; 0 before any."""
    return int(connection.execute(select(func.max(schema.release.c.id))).scalar() or 0)


def _json(content: Mapping) -> str:
    return json.dumps(dict(content), sort_keys=True, ensure_ascii=False)
