"""The one place where an unexpected failure of a page becomes a plain sentence.

An error message could repeat somebody's answer, so neither the screen nor the log gets it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from evaluation.access import AccessDenied
from evaluation.config import SettingsError
from evaluation.store.engine import StoreError

FAULT = (
    "This page could not be shown because of a fault in the program. What is stored has not been "
    "changed. Try again; if it happens again, tell the person who looks after this program."
)
_log = logging.getLogger("distance_travelled")


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn failures into sentences; a developer who asks for full details gets the exception."""
    try:
        yield
    except (StoreError, SettingsError, AccessDenied) as error:
        # These are written for a person and hold no answers.
        st.error(str(error))
    except Exception as error:
        if st.get_option("client.showErrorDetails") == "full":
            raise
        _log.error("A page failed: %s", type(error).__name__)
        st.error(FAULT)
