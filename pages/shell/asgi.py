"""The server: the same app, told from its start that app.py alone knows the pages.

A folder called ``pages`` beside ``app.py`` makes Streamlit take the files in it for pages of their
own until ``st.navigation`` has run once. The first visitor of a new server would otherwise see a
box saying "page not found" when opening a link to a site.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Started from another folder, Python would look beside this file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
# Many small matrices: more threads only wait for each other. Before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from pages.shell.media_gate import MediaGate


@asynccontextmanager
async def _start(_app: object) -> AsyncIterator[None]:
    PagesManager.uses_pages_directory = False
    yield


app = st.App(
    Path(__file__).resolve().parents[2] / "app.py",
    lifespan=_start,
    middleware=[Middleware(MediaGate)],
)
