"""The rule file in use, in plain words, and how another one is put into use."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.config import Settings, SettingsError
from evaluation.report import rules_wording
from evaluation.rule_text import CheckedRules, check_rules, one_kind_of_line_end, rule_text
from evaluation.store.guarded import GuardedStore
from evaluation.store.rule_files import SavedRuleFile
from instruments.definition import Instrument
from instruments.registry import all_instruments
from pages.shell.loaders import current_settings, get_store
from pages.shell.widgets import plain, show_table

SAVED = "rules_saved"
NEW = 0  # stands for a text of one's own
HOW = (
    "Everything that can be counted in more than one way is settled here, once, for every page and "
    "every file."
)
HOW_TO_CHANGE = (
    "Change the text below, or upload a file in its place. It is checked first, and nothing "
    "changes until you put it into use. An empty text brings the defaults back."
)


def settings_in_use() -> Settings | None:
    """What holds now; where it can no longer be read, that is said and can be mended here."""
    try:
        return current_settings()
    except SettingsError as error:
        st.error(plain(f"The rule file in use cannot be used any more. {error}"))
        return None


def show_in_use(saved: SavedRuleFile | None, settings: Settings | None) -> None:
    st.header("What is counted how")
    st.markdown(plain(rules_wording.saved_sentence(saved)))
    if settings is not None:
        for heading, lines in rules_wording.rules_in_words(settings, known_instruments()):
            st.subheader(heading)
            st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    if saved is None:
        return
    st.subheader("Its text")
    st.code(saved.text or "# an empty rule file: the defaults", language=None, wrap_lines=True)
    st.markdown(f"Fingerprint (SHA-256): {saved.sha256}")
    offer_text(saved)


def offer_text(saved: SavedRuleFile) -> None:
    """It holds no data, so it needs no more care than any text."""
    st.download_button(
        f"Download version {saved.version}",
        saved.text.encode(),
        f"rules_version_{saved.version}.yaml",
        "application/yaml",
        on_click="ignore",
    )


def known_instruments() -> dict[str, Instrument]:
    """Every questionnaire that a rule file can name."""
    local = get_store().local_questionnaires(earlier=True)
    return {instrument.id: instrument for instrument in (*all_instruments(), *local)}


def ask_for_text(versions: list[SavedRuleFile]) -> str | None:
    """The text to check: typed, uploaded, or an earlier version's to begin with."""
    texts = {saved.version: saved.text for saved in versions}
    start = NEW
    if texts:
        start = st.selectbox(
            "Begin with",
            [*texts, NEW],
            format_func=lambda version: f"Version {version}" if version else "An empty text",
        )
    given = st.file_uploader("Upload a rule file", type=["yaml", "yml"])
    if given is not None:
        try:
            text = rule_text(given.getvalue())
        except SettingsError as error:
            st.error(str(error))
            return None
        st.code(text, language=None, wrap_lines=True)
        return text
    typed = st.text_area("Rule file", texts.get(start, ""), height=280)
    st.button("Check the text")  # whatever is clicked sends the text; this says so
    return one_kind_of_line_end(typed)


def say_check(checked: CheckedRules) -> None:
    for mistake in checked.mistakes:
        st.error(plain(mistake))
    for hint in checked.hints:
        st.warning(plain(hint))


def say_changes(old: Settings | None, new: Settings) -> None:
    if old is None:
        return
    changed = rules_wording.changed_rules(old, new)
    if changed.empty:
        st.info(rules_wording.NOTHING_CHANGES)
        return
    st.subheader("What would change")
    show_table(changed.map(plain), about="What the new rule file would change")
    st.markdown(rules_wording.RESULTS_CHANGE)


def put_into_use(store: GuardedStore, text: str) -> None:
    if st.button("Use this rule file", type="primary"):
        st.session_state[SAVED] = store.save_rule_file(text)
        st.rerun()


def say_saved() -> None:
    saved = st.session_state.pop(SAVED, None)
    if saved is not None:
        st.success(f"Version {saved.version} of the rule file is in use.")


def show_versions(table: pd.DataFrame) -> None:
    if table.empty:
        return
    st.header("Every version")
    show_table(table.map(plain), about="Every version of the rule file, the newest first")


def change_rules(
    store: GuardedStore, versions: list[SavedRuleFile], settings: Settings | None
) -> None:
    st.header("Put another rule file into use")
    st.markdown(HOW_TO_CHANGE)
    with st.expander("An example"):
        st.code(rules_wording.EXAMPLE, language=None, wrap_lines=True)
    text = ask_for_text(versions)
    if text is None or text == (versions[0].text if versions else ""):
        return
    checked = check_rules(
        text,
        local=store.local_questionnaires(earlier=True),
        sites=[site.name for site in store.sites()],
    )
    say_check(checked)
    if checked.settings is not None:
        say_changes(settings, checked.settings)
        put_into_use(store, text)


def main() -> None:
    st.markdown(HOW)
    say_saved()
    store = get_store()
    versions = store.rule_files()
    settings = settings_in_use()
    show_in_use(versions[0] if versions else None, settings)
    change_rules(store, versions, settings)
    show_versions(rules_wording.version_rows(versions))


main()
