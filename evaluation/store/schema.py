"""The tables. Answers are kept as given; a correction supersedes and never overwrites."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from evaluation.store.append_only import keep_rows

SCHEMA_VERSION = 7

# The kinds of an entry in the register.
IMPORT = "import"
UNDO = "undo"

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(120), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("import_id", ForeignKey("import_batch.id"), nullable=True),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("imported_at", DateTime, nullable=False),
    Column("program_version", String(20), nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("n_new", Integer, nullable=False),
    Column("n_same", Integer, nullable=False),
    Column("n_changed", Integer, nullable=False),
    Column("kind", String(20), nullable=False, server_default=IMPORT),
    Column("undoes", ForeignKey("import_batch.id"), nullable=True),
    Column("undone_by", ForeignKey("import_batch.id"), nullable=True),
)

# The sites that a file was about, also where it changed nothing.
import_site = Table(
    "import_site",
    metadata,
    Column("import_id", ForeignKey("import_batch.id"), primary_key=True),
    Column("site", String(120), primary_key=True),
)

import_file = Table(
    "import_file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("rows_read", Integer, nullable=False),
    Column("rows_accepted", Integer, nullable=False),
)

participant = Table(
    "participant",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", ForeignKey("site.id"), nullable=False),
    Column("code", String(120), nullable=False),
    Column("couple", String(120), nullable=False),
    Column("role", String(60), nullable=False),
    Column("characteristics", Text, nullable=False),
    Column("import_id", ForeignKey("import_batch.id"), nullable=True),
    UniqueConstraint("site_id", "code"),
)

# What an import changed about a person: the values before and after, of those that differ.
participant_change = Table(
    "participant_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
)

response = Table(
    "response",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("superseded_by", ForeignKey("import_batch.id"), nullable=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    Column("child", String(120), nullable=False),
    Column("informant", String(60), nullable=False),
    Column("wave", String(20), nullable=False),
    Column("session_number", Integer, nullable=False),
    Column("completed_on", Date, nullable=True),
    Column("mode", String(60), nullable=False),
    Column("administered_by_role", String(60), nullable=False),
    Column("instrument", String(80), nullable=False),
    Column("answers", Text, nullable=False),
    Column("supplied", Text, nullable=False),
    Column("definition_version", Integer, nullable=True),
    Column("reasons", Text, nullable=False, server_default="{}"),
    Index("response_current", "superseded_by", "participant_id"),
)

definition = Table(
    "definition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("instrument", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("instrument", "version"),
)

service_use = Table(
    "service_use",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("superseded_by", ForeignKey("import_batch.id"), nullable=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    Column("content", Text, nullable=False),
)

# Counted and yes/no outcomes: yes is 1 and no is 0, `kind` is one of INDICATOR_KINDS.
indicator = Table(
    "indicator",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("superseded_by", ForeignKey("import_batch.id"), nullable=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    Column("child", String(120), nullable=False),
    Column("wave", String(20), nullable=False),
    Column("indicator", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("value", Float, nullable=False),
)

# How a site's files are read; `signature` stands for their headers, `text` is never looked into.
mapping = Table(
    "mapping",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String(120), nullable=False),
    Column("source", String(255), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("created_at", DateTime, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("site", "source", "signature", "version"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
)

problem = Table(
    "problem",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("import_id", ForeignKey("import_batch.id"), nullable=False, index=True),
    Column("code", String(60), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("file", String(255), nullable=False),
    Column("sheet", String(255), nullable=False),
    Column("cell", String(20), nullable=False),
    Column("row", Integer, nullable=True),
    Column("column", String(10), nullable=False),
    Column("value", Text, nullable=False),
    # Whose row it is about, as a keyed hash (`tombstones`); blank where that is not known.
    Column("person", String(64), nullable=False, server_default=""),
)

# People who were erased, as keyed hashes of site and code: `person` of the code as typed,
# `spelling` of the code without case, blanks, punctuation and leading zeros.
tombstone = Table(
    "tombstone",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(64), nullable=False, unique=True),
    Column("spelling", String(64), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("erased_at", DateTime, nullable=False),
)

# Who did what and when; each row's hash covers the row and the hash before it.
audit = keep_rows(
    Table(
        "audit",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", String(32), nullable=False),
        Column("who", String(200), nullable=False),
        Column("action", String(20), nullable=False),
        Column("site", Text, nullable=False),
        Column("person", String(64), nullable=False),
        Column("reference", Text, nullable=False),
        Column("counts", Text, nullable=False),
        Column("former", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
    )
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("sites", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("changed_at", DateTime, nullable=False),
    # Who it is to the identity provider (`visits`), since the first sign-in.
    Column("identity", String(64), nullable=False, server_default=""),
)

# Who is signed in, since when, and when they last clicked.
visit = Table(
    "visit",
    metadata,
    Column("visit", String(64), primary_key=True),
    Column("who", String(200), nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("ended_at", DateTime, nullable=True),
)

rule_file = Table(
    "rule_file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("saved_at", DateTime, nullable=False),
    Column("who", String(200), nullable=False),
)

# What left the store, and by which rules.
release = keep_rows(
    Table(
        "release",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", String(60), nullable=False),
        Column("filters", Text, nullable=False),
        Column("snapshot", Integer, nullable=False),
        Column("rule_sha256", String(64), nullable=False),
        Column("threshold", Text, nullable=False),
        Column("decision", String(20), nullable=False),
        Column("suppressed", Text, nullable=False),
        Column("who", String(200), nullable=False),
        Column("released_at", DateTime, nullable=False),
        Column("program_version", String(20), nullable=False),
    )
)

# Who was behind the averages of the last release of each kind, as keyed hashes, and at which sites
# somebody was erased since; `site` is blank for all sites together (`release_basis`).
release_basis = Table(
    "release_basis",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("site", String(120), nullable=False),
    Column("people", Text, nullable=False),
    Column("erased", Text, nullable=False),
    Column("kept_at", DateTime, nullable=False),
    UniqueConstraint("kind", "site"),
)

# PostgreSQL keeps to the lengths of texts and SQLite does not: what fits the one fits the other.
for _column in (column for table in metadata.tables.values() for column in table.columns):
    if type(_column.type) is String:
        _column.type = _column.type.with_variant(Text(), "postgresql")
