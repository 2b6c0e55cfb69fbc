"""The store behind the address that the environment names, opened once for everybody.

Pages never use it: they ask `loaders.get_store`, which has checked who is asking.
"""

from __future__ import annotations

import streamlit as st

from evaluation.config import database_url
from evaluation.store.repository import Store


def open_store() -> Store:
    return store_at(database_url())


@st.cache_resource(max_entries=4, show_spinner=False)
def store_at(url: str) -> Store:
    return Store(url)
