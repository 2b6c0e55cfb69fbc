"""The commands that keep the store trustworthy: erase, retention, audit, backup, restore.

What they need is imported when they run: the parser of every command reads this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluation.store.erasure import Erased
    from evaluation.store.retention import Expired

Say = Callable[[str], None]
Command = Callable[[argparse.Namespace, Say], int]
_ROWS_SHOWN = 50


def add_rights_commands(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add each command with what may be said beside it."""
    erased = add("erase", erase, "Erase everything that is stored about one person, for good.")
    erased.add_argument("site", metavar="SITE", help="name or id")
    erased.add_argument("participant", metavar="PARTICIPANT", help="the code, as it was uploaded")
    erased.add_argument(
        "--in-advance", action="store_true", help="also somebody who is not in the store"
    )
    kept = add("retention", retention, "Erase people whose last record is too old to be kept.")
    kept.add_argument("--older-than", type=int, required=True, metavar="MONTHS")
    kept.add_argument("--dry-run", action="store_true", help="only say how many people that is")
    log = add("audit", show_audit, "Show who did what with the store.")
    log.add_argument("--verify", action="store_true", help="check that nobody has changed the log")
    log.add_argument("--known-hash", default="", help="a hash noted down earlier")
    log.add_argument("--last", type=int, default=_ROWS_SHOWN, metavar="N", help="rows shown")
    copy = add("backup", backup, "Copy the store into a new file while others work with it.")
    copy.add_argument("file", type=Path, metavar="FILE")
    back = add("restore", restore, "Go back to a copy; people erased since stay erased.")
    back.add_argument(
        "copy", type=_copy, metavar="COPY",
        help="a file, or the address of a database into which pg_restore has put a copy",
    )  # fmt: skip
    back.add_argument(
        "--store-is-lost", action="store_true",
        help="the present store can no longer tell who was erased since the copy was made",
    )  # fmt: skip
    for command in (erased, kept, back):
        command.add_argument("--yes", action="store_true", help="do not ask")


def erase(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user, open_store
    from evaluation.store.engine import StoreError

    store = open_store()
    _ask(
        options,
        f"Everything stored about '{options.participant}' at {options.site} will be erased and "
        "cannot be brought back.",
    )
    try:
        erased = store.erase(
            options.site, options.participant, by=current_user(), in_advance=options.in_advance
        )
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    say(
        f"{_erased(erased)} What the partner answered and the couple's code stay. A later upload "
        "of this person is refused. Copies of the store made before still hold them."
    )
    return 0


def retention(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user, open_store
    from evaluation.store.engine import StoreError

    store = open_store()
    try:
        expired = store.expired(options.older_than)
    except ValueError as error:
        raise NotStoredError("--older-than is a whole number of months, at least 1.") from error
    sys.stdout.write(_expired(expired))
    if options.dry_run or not expired.people:
        return 0
    _ask(options, f"{_people(expired.people)} will be erased and cannot be brought back.")
    try:
        erased = store.erase_expired(options.older_than, by=current_user())
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    say(_erased(erased))
    return 0


def show_audit(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import open_store

    store = open_store()
    if options.verify or options.known_hash:
        check = store.verify_audit(known_hash=options.known_hash.strip())
        sys.stdout.write(f"{check.finding}\n")
        if check.ok and check.n_rows:
            sys.stdout.write(f"Note this hash down elsewhere: {check.head}\n")
        return 0 if check.ok else 1
    log = store.audit_log(last=options.last)
    shown = log[["number", "at", "who", "action", "site", "reference", "counts"]]
    text = "Nothing has been noted yet." if log.empty else shown.to_string(index=False)
    sys.stdout.write(f"{text}\n")
    return 0


def backup(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user, open_store
    from evaluation.store.engine import StoreError

    try:
        made = open_store().backup(options.file, by=current_user())
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    say(
        f"Copied to {made.path} ({made.size} bytes, SHA-256 {made.sha256}). It holds people's "
        "answers: keep it where only those who may see them can read it."
    )
    return 0


def restore(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user
    from evaluation.config import database_url
    from evaluation.store.engine import StoreError
    from evaluation.store.restore import name_of, restore_store

    copy = name_of(options.copy)
    _ask(options, f"What is in the store now will be replaced by what is in {copy}.")
    try:
        done = restore_store(
            database_url(), options.copy, by=current_user(), store_is_lost=options.store_is_lost
        )
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    say(
        f"Restored {_people(done.people)} with {done.questionnaires} questionnaires; "
        f"{_people(done.erased_again)} of the copy had been erased since and stay erased."
    )
    if not done.erasures_known:
        say("Nobody here knew who was erased since the copy was made: erase those people again.")
    if done.set_aside is not None:
        say(
            f"The damaged store is now '{done.set_aside}'. It still holds people's answers: delete "
            "it when you no longer need it."
        )
    return 0


def _copy(text: str) -> Path | str:
    return text if "://" in text else Path(text)


# --- words ----------------------------------------------------------------------------------


def _ask(options: argparse.Namespace, what: str) -> None:
    """Go on only if a person says so, here or with ``--yes``."""
    from evaluation.cli_store import NotStoredError

    if options.yes:
        return
    if not sys.stdin.isatty():
        raise NotStoredError(f"{what} Nothing was done yet: add --yes to go on.")
    sys.stderr.write(f"{what} Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise NotStoredError("Nothing was done.")


def _people(n: int) -> str:
    return "1 person" if n == 1 else f"{n} people"


def _erased(erased: Erased) -> str:
    return (
        f"Erased {_people(erased.people)}: {erased.questionnaires} questionnaires, "
        f"{erased.service_rows} rows of service use, {erased.indicators} indicators and "
        f"{erased.remnants} other entries that named them."
        f"{'' if erased.wiped else ' The space that they left is not overwritten yet.'}"
    )


def _expired(expired: Expired) -> str:
    if not expired.people:
        return f"Nobody's last record is from before {expired.before.isoformat()}.\n"
    lines = [
        f"{_people(expired.people)} whose last record is from before "
        f"{expired.before.isoformat()}:",
        *(f"  {site}: {n}" for site, n in zip(expired.sites["site"], expired.sites["people"],
                                              strict=True)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
