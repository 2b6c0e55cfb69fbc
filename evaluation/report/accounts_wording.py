"""Who may enter, in words: what each role sees, and what was done with an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.access import DATA_MANAGER, RESEARCHER, ROLES, SITE
from evaluation.store.accounts import Account

ROLE_TITLES = {
    SITE: "Works for a site",
    RESEARCHER: "Evaluates the programme",
    DATA_MANAGER: "Looks after data and accounts",
}
ROLE_SENTENCES = {
    SITE: "Adds data for the sites chosen and sees their exact numbers and the codes of their "
    "people. Sees nothing of other sites.",
    RESEARCHER: "Sees results of all sites and takes files of them, always with small numbers "
    "hidden. Sees no codes and no answers. With some sites chosen: only reports about these.",
    DATA_MANAGER: "Erases people, sets the rules, keeps the accounts and reads the log. Sees no "
    "results and no answers. With some sites chosen: only erases people of these.",
}
EVERY_SITE = "every site"
RELEASE_EXPLAINED = (
    "An account belongs to whoever signed in with its address first. After a change of the "
    "organisation's sign-in the same person looks like somebody new. Then let the next sign-in "
    "with this address have the account. Be sure that the address is still theirs."
)
NO_DELETING = (
    "An account is switched off, never deleted, so that the log can still be understood. Whoever "
    "is switched off is out at their next click."
)
LONGEST_ADDRESS = 200
ACCOUNT_COLUMNS = ("Who", "What they do", "Sites", "State", "Has signed in")


def role_list() -> list[str]:
    """What each role sees, a sentence each."""
    return [f"{ROLE_TITLES[role]}: {ROLE_SENTENCES[role]}" for role in ROLES]


def account_rows(accounts: Sequence[Account], site_names: Mapping[str, str]) -> pd.DataFrame:
    """Every account (ACCOUNT_COLUMNS); ``site_names`` by id."""
    rows = [
        (
            account.subject,
            ROLE_TITLES.get(account.role, account.role),
            sites_text(account.sites, site_names),
            "may enter" if account.active else "switched off",
            "yes" if account.identity else "not yet",
        )
        for account in accounts
    ]
    return pd.DataFrame(rows, columns=list(ACCOUNT_COLUMNS))


def sites_text(sites: Sequence[str], site_names: Mapping[str, str]) -> str:
    """The sites of an account by name."""
    return ", ".join(site_names.get(site, site) for site in sites) or EVERY_SITE


def account_sentence(account: Account, site_names: Mapping[str, str]) -> str:
    """What holds for an account from now on."""
    if not account.active:
        return f"{account.subject} is switched off and cannot enter."
    role = ROLE_TITLES[account.role]
    return (
        f"{account.subject} may enter: {role[:1].lower()}{role[1:]}; "
        f"{sites_text(account.sites, site_names)}."
    )


def released_sentence(account: Account) -> str:
    """An account that waits for its owner to sign in anew."""
    return f"The next sign-in as {account.subject} has this account."


def address_mistake(address: str, *, or_subject: bool = False) -> str:
    """Why nobody could sign in with this address; ``""`` if they could.

    ``or_subject``: what the sign-in itself calls somebody, where it gives no address, will do too.
    """
    text = address.strip()
    if not text:
        return "Write the e-mail address with which the person signs in."
    if len(text) > LONGEST_ADDRESS:
        return f"An address has at most {LONGEST_ADDRESS} characters."
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        return "There is a blank or an invisible character in the address."
    if or_subject and "@" not in text:
        return ""
    name, at, place = text.rpartition("@")
    if not (name and at and place) or "@" in name or "," in text or ";" in text:
        return "Write one whole e-mail address, such as name@council.gov.uk."
    return ""
