"""The command that says who may enter: account list, add, change, release.

With it the first data manager is let in, before anybody can do so on a page. What it needs is
imported when it runs: the parser of every command reads this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from evaluation.access import ROLES

if TYPE_CHECKING:
    from evaluation.store.repository import Store

Say = Callable[[str], None]
Command = Callable[[argparse.Namespace, Say], int]
_ADDRESS = (
    "the e-mail address with which the person signs in, or what the sign-in calls them where it "
    "gives no address"
)
_ROLE = (
    "site: adds data of their sites and sees them exactly; researcher: results of all sites with "
    "small numbers hidden; data_manager: erasing, rules, accounts and the log, but no results"
)


def add_account_command(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add the command with what can be done with accounts."""
    account = add("account", _run, "Say who may enter where people sign in.")
    doing = account.add_subparsers(required=True, metavar="WHAT")

    def part(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        parser = doing.add_parser(name, help=text, description=text)
        parser.set_defaults(account=run)
        # Without a default, so that it does not undo what stands before the command.
        parser.add_argument(
            "--quiet", action="store_true", default=argparse.SUPPRESS,
            help="say nothing but errors",
        )  # fmt: skip
        return parser

    part("list", list_accounts, "List everybody who has an account.")
    new = part("add", add_account, "Let somebody in.")
    new.add_argument("address", metavar="ADDRESS", help=_ADDRESS)
    new.add_argument("--role", required=True, choices=ROLES, help=_ROLE)
    new.add_argument(
        "--site", action="append", default=[], metavar="SITE",
        help="name or id of a site; may be given several times; none = every site",
    )  # fmt: skip
    changed = part("change", change_account, "Change what somebody may do, or switch them off.")
    changed.add_argument("address", metavar="ADDRESS", help=_ADDRESS)
    changed.add_argument("--role", choices=ROLES, help=_ROLE)
    sites = changed.add_mutually_exclusive_group()
    sites.add_argument(
        "--site", action="append", metavar="SITE",
        help="name or id of a site, in place of those so far; may be given several times",
    )  # fmt: skip
    sites.add_argument("--every-site", action="store_true", help="in place of the sites so far")
    state = changed.add_mutually_exclusive_group()
    state.add_argument("--off", action="store_true", help="they may no longer enter")
    state.add_argument("--on", action="store_true", help="they may enter again")
    let_go = part(
        "release", release_account,
        "Let the next sign-in with an address have its account, after a change of the sign-in.",
    )  # fmt: skip
    let_go.add_argument("address", metavar="ADDRESS", help=_ADDRESS)


def _run(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError
    from evaluation.store.engine import StoreError

    try:
        return options.account(options, say)
    except StoreError as error:
        raise NotStoredError(str(error)) from error


def list_accounts(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import open_store
    from evaluation.report.accounts_wording import account_rows

    store = open_store()
    table = account_rows(store.accounts(), _site_names(store))
    text = "There are no accounts yet." if table.empty else table.to_string(index=False)
    sys.stdout.write(f"{text}\n")
    return 0


def add_account(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user, open_store
    from evaluation.report.accounts_wording import account_sentence, address_mistake

    mistake = address_mistake(options.address, or_subject=True)
    if mistake:
        raise NotStoredError(mistake)
    store = open_store()
    account = store.add_account(
        options.address, role=options.role, sites=options.site, by=current_user()
    )
    say(account_sentence(account, _site_names(store)))
    return 0


def change_account(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import NotStoredError, current_user, open_store
    from evaluation.report.accounts_wording import account_sentence

    given = (options.role, options.site, options.every_site, options.off, options.on)
    if not any(given):
        raise NotStoredError("Say what is to change: --role, --site, --every-site, --off or --on.")
    store = open_store()
    account = store.change_account(
        options.address,
        role=options.role,
        sites=[] if options.every_site else options.site,
        active=options.on if options.on or options.off else None,
        by=current_user(),
    )
    say(account_sentence(account, _site_names(store)))
    return 0


def release_account(options: argparse.Namespace, say: Say) -> int:
    from evaluation.cli_store import current_user, open_store
    from evaluation.report.accounts_wording import released_sentence

    say(released_sentence(open_store().release_account(options.address, by=current_user())))
    return 0


def _site_names(store: Store) -> dict[str, str]:
    return {site.id: site.name for site in store.sites()}
