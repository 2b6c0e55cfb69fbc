"""Stores to look at, written by the program itself: nobody has to click them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from evaluation.ingest.pipeline import read_files
from evaluation.store.repository import Store
from sample_data.generate import write_programme
from sample_data.training import DEFINITION, write_training

ONE_PERSON = f"""participant,site,wave,completed_on,{",".join(f"phq9_{i}" for i in range(1, 10))}
P001,Luton,baseline,2017-01-10,1,1,1,1,1,1,1,1,1
"""


def write_sample(path: Path) -> Path:
    """The whole sample programme with its training."""
    with TemporaryDirectory() as folder:
        books = [*write_programme(Path(folder)), *write_training(Path(folder) / "training")]
        files = [(book.name, book.read_bytes()) for book in books if book.suffix == ".xlsx"]
    return _write(path, files, DEFINITION.read_bytes())


def write_one_site(path: Path) -> Path:
    """Luton alone."""
    with TemporaryDirectory() as folder:
        books = [book for book in write_programme(Path(folder)) if book.stem.endswith("luton")]
        files = [(book.name, book.read_bytes()) for book in books]
    return _write(path, files)


def write_one_person(path: Path) -> Path:
    """One person who answered one questionnaire once."""
    return _write(path, [("one.csv", ONE_PERSON.encode())])


def _write(path: Path, files: Sequence[tuple[str, bytes]], definition: bytes | None = None) -> Path:
    store = Store(f"sqlite:///{path}")
    if definition is not None:
        store.save_definition(definition)
    report = read_files(
        files,
        known_sites=store.known_sites(),
        extra_instruments=store.local_questionnaires(),
        site_required=True,
    )
    store.commit(report)
    return path
