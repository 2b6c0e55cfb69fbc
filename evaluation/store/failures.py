"""What a person is told when the database cannot go on, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import PoolProxiedConnection, QueuePool, exc
from sqlalchemy.exc import DatabaseError, DataError, OperationalError

_CANNOT_OPEN = "The store cannot be opened: its folder does not exist, or it may not be written to."
DAMAGED = "The store is damaged or is no store of this program. Restore the last copy of it."
_CANNOT_WRITE = "The store may not be written to, so nothing was changed. Ask whoever runs it."
_NO_ROOM = "The disk is full or failing, so nothing was changed. Make room and try again."
_IN_USE = (
    "Somebody else is using the store just now, so nothing was changed. Try again in a minute."
)
_LOST = "The connection to the database was lost, so nothing was changed. Try again in a minute."
_NOT_CERTAIN = (
    "The connection to the database was lost at the last moment, so it is not certain whether this "
    "was stored. Look whether it is there before you try again."
)
_UNREACHABLE = (
    "The database server does not answer, so nothing was changed. Try again in a minute; if it "
    "goes on, tell whoever runs it."
)
_TOO_MANY = (
    "The database server has no connection left for this program, so nothing was changed. Try "
    "again in a minute."
)
_TOO_MANY_AT_ONCE = (
    "Too many people are using this program at this moment, so nothing was changed. Try again in a "
    "minute."
)
_NOT_LET_IN = (
    "The database server does not let this program in: the name or the password is not right. "
    "Correct EVALUATION_DATABASE_URL."
)
_NO_DATABASE = (
    "There is no database of this name on the server. Create it, or correct "
    "EVALUATION_DATABASE_URL."
)
_TEXT_REFUSED = (
    "A text is too long for the database or holds a sign that it does not take, so nothing was "
    "changed. Correct it and try again."
)


class StoreError(Exception):
    """A store that cannot be used; the text is one sentence for a person."""


class DamagedStoreError(StoreError):
    """A file that is no store, or not a whole one."""


class FailingDiskError(StoreError):
    """No room is left, or the disk cannot be read."""


class LostConnectionError(StoreError):
    """The server went away in the middle."""

    @classmethod
    def while_committing(cls) -> LostConnectionError:
        """Nobody can know whether the server still got to the end."""
        return cls(_NOT_CERTAIN)


class Connections(QueuePool):
    """Those that an engine keeps; whoever waits too long for one is told why."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except exc.TimeoutError as error:
            raise StoreError(_TOO_MANY_AT_ONCE) from error


_NOT_POSTGRESQL = object()
_KINDS = {DAMAGED: DamagedStoreError, _NO_ROOM: FailingDiskError, _LOST: LostConnectionError}

# Words in what SQLite says, and in what a PostgreSQL server says before it lets anybody in.
_WORDS = (
    (("full", "no space", "disk i/o"), _NO_ROOM),
    (("locked", "busy", "deadlock"), _IN_USE),
    (("readonly", "read-only"), _CANNOT_WRITE),
    (("unable to open",), _CANNOT_OPEN),
    (("malformed", "not a database", "corrupt"), DAMAGED),
)
_WORDS_AT_THE_DOOR = (
    (("too many", "connection slots"), _TOO_MANY),
    (("password", "authentication", "pg_hba", 'role "'), _NOT_LET_IN),
    (('database "',), _NO_DATABASE),
)
# PostgreSQL's codes; two signs stand for a whole class of them.
_CODES = {
    "08": _LOST, "22001": _TEXT_REFUSED, "22021": _TEXT_REFUSED, "22P05": _TEXT_REFUSED,
    "25006": _CANNOT_WRITE, "25P03": _LOST, "28": _NOT_LET_IN, "3D000": _NO_DATABASE,
    "40": _IN_USE, "42501": _CANNOT_WRITE, "53100": _NO_ROOM, "53200": _TOO_MANY,
    "53300": _TOO_MANY, "54000": _TEXT_REFUSED, "55P03": _IN_USE, "57014": _IN_USE,
    "57P": _LOST, "58": _NO_ROOM, "XX001": DAMAGED, "XX002": DAMAGED,
}  # fmt: skip


def told(error: DatabaseError) -> StoreError | None:
    """What a person is told of a database that cannot go on; ``None`` for mistakes of ours."""
    sentence = _sentence(error)
    return _KINDS.get(sentence, StoreError)(sentence) if sentence else None


def _sentence(error: DatabaseError) -> str:
    state: Any = getattr(error.orig, "sqlstate", _NOT_POSTGRESQL)
    if state is _NOT_POSTGRESQL:
        return _by_words(error, _WORDS)
    code = state or ""
    for length in (5, 3, 2):
        if code[:length] in _CODES:
            return _CODES[code[:length]]
    if error.connection_invalidated:
        return _LOST
    if code:
        return ""
    # Without a code it is the driver that speaks.
    if isinstance(error, OperationalError):
        return _by_words(error, _WORDS_AT_THE_DOOR) or _UNREACHABLE
    return _TEXT_REFUSED if isinstance(error, DataError) else ""


def _by_words(error: DatabaseError, known: tuple[tuple[tuple[str, ...], str], ...]) -> str:
    text = str(error.orig).casefold()
    found = (sentence for words, sentence in known if any(word in text for word in words))
    return next(found, "")
