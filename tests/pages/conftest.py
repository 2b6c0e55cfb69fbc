"""A store for each test, and one with the whole sample programme that tests only read."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from evaluation.access import local_scope
from evaluation.config import DATABASE_VARIABLE
from evaluation.ingest.pipeline import read_files
from evaluation.store.repository import Store
from pages.shell.sign_in import acting_as

ROOT = Path(__file__).resolve().parents[2]
PHQ9 = ",".join(f"phq9_{number}" for number in range(1, 10))


@pytest.fixture(autouse=True, scope="session")
def one_look_for_components():
    """Every AppTest looks through all installed packages, which takes longer than a page does."""
    with pytest.MonkeyPatch.context() as patched:
        scan = cache(manifest_scanner.scan_component_manifests)
        patched.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_looks_on_meanwhile():
    """AppTest asks each millisecond whether a page is done, looks at secrets and compiles anew."""

    def wait(runner: LocalScriptRunner, timeout: float) -> None:
        runner._script_thread.join(timeout)
        assert runner.script_stopped(), f"the page took more than {timeout} seconds"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(local_script_runner, "require_widgets_deltas", wait)
        compiled = ScriptCache()
        patched.setattr(local_script_runner, "ScriptCache", lambda: compiled)
        patched.setattr(Secrets, "_maybe_install_file_watchers", lambda self: None)
        yield


@pytest.fixture(autouse=True)
def full_errors():
    """The shipped setting hides exceptions from these tests too."""
    st.set_option("client.showErrorDetails", "full")


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    """An empty store that the app uses."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    return Store(url)


@pytest.fixture
def on_own_computer():
    """For tests that ask the loaders without opening a page: whoever sits there sees everything."""
    with acting_as(local_scope("a test")):
        yield


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory) -> Path:
    """The file of a store with six people of one site."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.db"
    store = Store(f"sqlite:///{path}")
    store.commit(read_files([("tiny.csv", Visit.tiny_csv())], known_sites=store.known_sites()))
    store.close()
    return path


@pytest.fixture
def tiny_store(tiny_file, tmp_path, monkeypatch) -> Store:
    """A store of one's own with six people of one site."""
    path = tmp_path / "tiny.db"
    shutil.copyfile(tiny_file, path)
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{path}")
    return Store(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def sample_url(tmp_path_factory, sample_folder) -> str:
    """The address of a store with the sample programme."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'sample.db'}"
    files = [(path.name, path.read_bytes()) for path in sorted(sample_folder.iterdir())]
    store = Store(url)
    store.commit(read_files(files, known_sites=store.known_sites(), site_required=True))
    return url


@pytest.fixture
def sample_store(sample_url, monkeypatch) -> Store:
    """The sample programme; tests that use it only read."""
    monkeypatch.setenv(DATABASE_VARIABLE, sample_url)
    return Store(sample_url)


@pytest.fixture
def six_people(tiny_file, monkeypatch) -> Store:
    """Six people of one site; tests that use it only read."""
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tiny_file}")
    return Store(f"sqlite:///{tiny_file}")


class Visit:
    """How tests look at a page: through app.py, as a browser does."""

    @staticmethod
    def open_page(file: str = "home", **query: str) -> AppTest:
        """A page opened through app.py, as a browser opens it."""
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.run()
        Visit.check(app)
        for name, value in query.items():
            app.query_params[name] = value
        if file != "home" or query:
            app.switch_page(str(ROOT / "pages" / "views" / f"{file}.py")).run()
        return app

    @staticmethod
    def check(app: AppTest) -> AppTest:
        """No page may ever fail."""
        assert not app.exception, [(e.message, e.stack_trace[-3:]) for e in app.exception]
        return app

    @staticmethod
    def opened(app: AppTest, *parts: str) -> AppTest:
        """The page of a site with some of what lies deeper opened."""
        for part in parts:
            app.session_state[f"depth_{part}"] = True
        return Visit.check(app.run())

    @staticmethod
    def words(app: AppTest) -> str:
        """Everything a page says outside its tables, as it reads."""
        kinds = ("title", "header", "markdown", "caption", "info", "warning", "error", "success")
        text = "\n".join(element.value for kind in kinds for element in app.get(kind))
        return text.replace("\\", "")

    @staticmethod
    def cells(app: AppTest) -> str:
        """Everything in the tables of a page."""
        return "\n".join(table.value.to_csv() for table in app.table).replace("\\", "")

    @staticmethod
    def tiny_csv(
        n_people: int = 6, *, site: str = "Luton", waves: tuple[str, ...] = ("baseline", "end")
    ):
        """A few people whose PHQ-9 falls from 18 to 9."""
        lines = [f"site,participant,couple,wave,completed_on,{PHQ9}"]
        for person in range(n_people):
            for number, wave in enumerate(waves):
                answers = [2 if number == 0 else 1] * 9
                answers[0] = person % 4  # people differ
                values = ",".join(map(str, answers))
                day = f"2017-0{number + 1}-15"
                lines.append(f"{site},P{person:03},C{person // 2},{wave},{day},{values}")
        return "\n".join(lines).encode()


@pytest.fixture
def visit() -> Visit:
    """The helpers, since test modules cannot import from here."""
    return Visit()
