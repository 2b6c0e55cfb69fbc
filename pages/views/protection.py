"""People's rights: erase, keep no longer than agreed, see who did what, and where the data flow."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from evaluation.access import ERASE, READ_LOG
from evaluation.config import DisclosureRule, SettingsError, database_url
from evaluation.report import protection_wording
from evaluation.report.document_markdown import story_markdown
from evaluation.report.document_word import story_word
from evaluation.report.dpia import NOT_ADVICE, DpiaFacts, data_flow, dpia_story
from evaluation.store import audit
from evaluation.store.guarded import GuardedStore
from pages.shell.downloads import WORD
from pages.shell.erasing import ask_how_long_to_keep, ask_whom_to_erase, say_done
from pages.shell.loaders import current_settings, get_store
from pages.shell.log_view import ask_who_saw, show_log, show_releases
from pages.shell.sign_in import current_scope, current_sign_in
from pages.shell.widgets import plain, show_table

FLOW = "How answers come in, where they are kept and what leaves. Nothing is sent anywhere else."


def gather_facts(store: GuardedStore, months: int | None) -> DpiaFacts:
    """What the assessment says about this store; nothing about anybody in it."""
    try:
        settings = current_settings()
        disclosure, sha256 = settings.disclosure, settings.sha256 if settings.text else ""
    except SettingsError:
        disclosure, sha256 = DisclosureRule(), ""
    return DpiaFacts(
        disclosure=disclosure,
        database=database_url().partition(":")[0].partition("+")[0].casefold(),
        signs_in=current_sign_in() is not None,
        made_on=dt.datetime.now(dt.UTC).date(),
        retention_months=months,
        last_retention=last_retention(store),
        rule_sha256=sha256,
    )


def last_retention(store: GuardedStore) -> dt.date | None:
    """When people whose time was over were last erased, for whoever may read the log."""
    if not store.scope.may(READ_LOG):
        return None
    log = store.audit_log()
    done: pd.Series = log.loc[log["action"] == audit.RETENTION, "at"]
    return None if done.empty else dt.datetime.fromisoformat(done.iloc[0]).date()


def show_flow(facts: DpiaFacts) -> None:
    st.header("Where the data flow")
    st.markdown(FLOW)
    flow = data_flow(facts)
    show_table(pd.DataFrame(flow.rows, columns=list(flow.header)).map(plain), about=flow.caption)
    st.subheader("Data protection impact assessment")
    st.markdown(NOT_ADVICE)
    story = dpia_story(facts)
    with st.container(horizontal=True):
        st.download_button(
            "Download as a Word file",
            partial(story_word, story),
            "dpia_starting_text.docx",
            WORD,
            on_click="ignore",
        )
        st.download_button(
            "Download as text (Markdown)",
            story_markdown(story).encode(),
            "dpia_starting_text.md",
            "text/markdown",
            on_click="ignore",
        )


def main() -> None:
    store, scope = get_store(), current_scope()
    scope.require(ERASE)
    say_done()
    ask_whom_to_erase(store)
    months = None
    if scope.sites is None:
        months = ask_how_long_to_keep(store)
    if scope.may(READ_LOG):
        show_log(store)
        ask_who_saw(store)
        show_releases(store)
    else:
        st.info(protection_wording.EVERY_SITE_ONLY)
    show_flow(gather_facts(store, months))


main()
