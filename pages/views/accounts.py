"""Who may enter, in which role and for which sites."""

from __future__ import annotations

import streamlit as st

from evaluation.access import ROLES
from evaluation.report import accounts_wording as wording
from evaluation.store.accounts import Account
from evaluation.store.engine import StoreError
from evaluation.store.guarded import GuardedStore
from pages.shell.loaders import get_store
from pages.shell.widgets import plain, show_table

SAID, FORM = "accounts_said", "accounts_form"
EVERY_SITE = "Every site"
CHOOSE_SITES = f"Choose the sites, or tick '{EVERY_SITE}'."


def say(sentence: str) -> None:
    """Show what was done on a page that has it already."""
    st.session_state[SAID] = sentence
    st.session_state[FORM] = st.session_state.get(FORM, 0) + 1
    st.rerun()


def say_done() -> None:
    said = st.session_state.pop(SAID, "")
    if said:
        st.success(plain(said))


def show_accounts(accounts: list[Account], names: dict[str, str]) -> None:
    st.header("Who may enter")
    if not accounts:
        st.markdown("There are no accounts yet.")
        return
    show_table(
        wording.account_rows(accounts, names).map(plain), about="Everybody who has an account"
    )


def ask_role_and_sites(
    names: dict[str, str], key: str, account: Account | None = None
) -> tuple[str | None, list[str] | None]:
    """A role and sites, beginning with those of an account; ``None``: no site was chosen.

    Every site is said in so many words: nobody gets it by leaving a box empty.
    """
    role = st.selectbox(
        "What they do",
        ROLES,
        index=None if account is None else ROLES.index(account.role),
        format_func=wording.ROLE_TITLES.__getitem__,
        placeholder="Choose what they do",
        key=f"{key}_role",
    )
    sites = st.multiselect(
        "Sites",
        list(names),
        default=[] if account is None else [site for site in account.sites if site in names],
        format_func=names.__getitem__,
        placeholder="Choose sites",
        key=f"{key}_sites",
    )
    every = st.checkbox(
        EVERY_SITE,
        value=account is not None and not account.sites,
        key=f"{key}_every",
    )
    return role, [] if every else sites or None


def ask_whom_to_let_in(store: GuardedStore, names: dict[str, str]) -> None:
    st.header("Let somebody in")
    st.markdown("\n".join(f"- {line}" for line in wording.role_list()))
    key = f"account_add_{st.session_state.get(FORM, 0)}"
    with st.form(key):
        address = st.text_input(
            "E-mail address with which they sign in", autocomplete="off", key=f"{key}_address"
        )
        role, sites = ask_role_and_sites(names, key)
        sent = st.form_submit_button("Let them in", type="primary")
    if not sent:
        return
    mistake = wording.address_mistake(address)
    if mistake or role is None or sites is None:
        st.error(mistake or ("Choose what they do." if role is None else CHOOSE_SITES))
        return
    try:
        added = store.add_account(address, role=role, sites=sites)
    except StoreError as error:
        st.error(plain(error))
        return
    say(wording.account_sentence(added, names))


def ask_what_to_change(store: GuardedStore, accounts: list[Account], names: dict[str, str]) -> None:
    """Everybody's account but one's own."""
    others = {a.subject: a for a in accounts if a.subject != store.scope.who}
    st.header("Change an account")
    st.markdown(wording.NO_DELETING)
    st.markdown("Your own account is not in this list: somebody else has to change that.")
    if not others:
        return
    subject = st.selectbox(
        "Whose account", list(others), index=None, placeholder="Choose an account"
    )
    if subject is None:
        return
    account = others[subject]
    try:
        _change(store, account, names)
    except StoreError as error:
        st.error(plain(error))


def _change(store: GuardedStore, account: Account, names: dict[str, str]) -> None:
    key = f"account_{account.subject}_{st.session_state.get(FORM, 0)}"
    with st.form(key):
        role, sites = ask_role_and_sites(names, key, account)
        sent = st.form_submit_button("Keep these changes")
    if sent and sites is None:
        st.error(CHOOSE_SITES)
    elif sent:
        changed = store.change_account(account.subject, role=role, sites=sites)
        say(wording.account_sentence(changed, names))
    label = "Switch this account off" if account.active else "Switch this account on"
    if st.button(label):
        changed = store.change_account(account.subject, active=not account.active)
        say(wording.account_sentence(changed, names))
    if account.identity:
        st.markdown(wording.RELEASE_EXPLAINED)
        if st.button("Let the next sign-in have this account"):
            say(wording.released_sentence(store.release_account(account.subject)))


def main() -> None:
    say_done()
    store = get_store()
    accounts = store.accounts()
    names = {site.id: site.name for site in store.sites()}
    show_accounts(accounts, names)
    ask_whom_to_let_in(store, names)
    ask_what_to_change(store, accounts, names)


main()
