"""The made-up sample programme, loaded the way any spreadsheet is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from evaluation.store.guarded import GuardedStore


def load_sample(store: GuardedStore) -> None:
    """Write the workbooks, read them and store them at once; a second time changes nothing."""
    # Not needed before somebody asks for it, and the first page is to come soon.
    from evaluation.ingest.pipeline import read_files
    from sample_data.generate import write_programme
    from sample_data.training import DEFINITION, write_training

    with st.status("Loading the sample programme …", type="step") as status:
        st.write("Making up twelve sites")
        with TemporaryDirectory() as folder:
            paths = [*write_programme(Path(folder)), *write_training(Path(folder) / "training")]
            books = [path for path in paths if path.suffix == ".xlsx"]
            files = [(path.name, path.read_bytes()) for path in books]
        st.write("Reading their spreadsheets")
        store.save_definition(DEFINITION.read_bytes())
        report = read_files(
            files,
            known_sites=store.known_sites(),
            extra_instruments=store.local_questionnaires(),
            site_required=True,
        )
        if store.earlier_imports([file.sha256 for file in report.files]):
            status.update(label="The sample programme is in already.", state="complete")
            return
        st.write("Storing them")
        store.commit(report)
        status.update(label="The sample programme is in.", state="complete")
