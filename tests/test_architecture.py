"""Who may import what, read from the source itself, and where no file may lie."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("instruments", "evaluation", "pages", "sample_data")
SOURCES = sorted(
    [ROOT / "app.py", *(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))]
)
EVERYWHERE = ("tests", "benchmarks")

# library: the folders and files, relative to the root, that may import it
ALLOWED = {
    "streamlit": ("app.py", "pages/"),
    "altair": ("evaluation/report/charts/",),
    "sqlalchemy": ("evaluation/store/",),
    "openpyxl": ("evaluation/ingest/", "evaluation/report/"),
    "xlsxwriter": ("evaluation/report/", "evaluation/ingest/templates/template.py"),
    "docx": ("evaluation/report/",),
    "python_calamine": ("evaluation/ingest/",),
    "pyreadstat": ("evaluation/ingest/", "evaluation/report/"),
    "yaml": ("evaluation/ingest/", "evaluation/config.py"),
    "scipy": ("evaluation/analysis/", "evaluation/disclosure/"),
    "statsmodels": ("evaluation/analysis/", "evaluation/disclosure/"),
}
# package: the packages of ours that it may import
DIRECTION = {
    "instruments": {"instruments"},
    "evaluation": {"evaluation", "instruments"},
    "sample_data": {"sample_data", "evaluation", "instruments"},
    "pages": {"pages", "evaluation", "instruments", "sample_data"},
    "app.py": {"pages", "evaluation"},
}
# The command line's `demo` writes the sample programme that lies beside the package.
EXCEPTIONS = {("evaluation/cli.py", "sample_data")}


def imports_of(path: Path) -> list[tuple[str, ast.stmt]]:
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append((node.module, node))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_the_right_way(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    package = name.split("/")[0]
    for module, _ in imports_of(path):
        top = module.split(".")[0]
        if top in ALLOWED:
            assert name.startswith(ALLOWED[top]), f"{name} may not import {top}"
        if top in (*PACKAGES, "app") and (name, top) not in EXCEPTIONS:
            assert top in DIRECTION[package], f"{name} may not import {module}"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[-2] == "instruments"], ids=lambda p: p.name
)
def test_instruments_need_only_numpy_and_pandas(path: Path) -> None:
    import sys

    allowed = {"numpy", "pandas", "instruments", "__future__", *sys.stdlib_module_names}
    assert {module.split(".")[0] for module, _ in imports_of(path)} <= allowed


def test_statsmodels_is_imported_only_inside_functions() -> None:
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [a.name for a in node.names] + [getattr(node, "module", "") or ""]
                assert not any(n.startswith("statsmodels") for n in names), path.name


def families() -> list[Path]:
    """The modules that the registry takes questionnaires from."""
    tree = ast.parse((ROOT / "instruments" / "registry.py").read_text(encoding="utf-8"))
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "instruments"
        for alias in node.names
    ]
    return [ROOT / "instruments" / f"{name}.py" for name in names]


def test_family_modules_of_instruments_hold_data_only() -> None:
    code = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Lambda)
    assert len(families()) >= 6
    for path in families():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(isinstance(node, code) for node in ast.walk(tree)), path.name


def test_no_page_script_lies_directly_in_pages() -> None:
    assert [p.name for p in (ROOT / "pages").glob("*.py")] == ["__init__.py"]


def test_no_catch_all_modules() -> None:
    names = {p.name for p in SOURCES}
    assert not names & {"utils.py", "helpers.py", "misc.py", "common.py"}


def test_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 60


def test_committed_text_names_no_machine() -> None:
    marks = ("/" + "work/", "/" + "root/", "--index" + "-url", "/" + "home/")
    for path in [*SOURCES, ROOT / "README.md", ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        assert not any(mark in text for mark in marks), path.name
