"""The page of downloads: what it offers, and that the research export is made on a click."""

from __future__ import annotations

import io
import zipfile

RESEARCH = "research_export"


def test_it_says_what_is_in_it_and_what_is_not(tiny_store, visit) -> None:
    app = visit.check(visit.open_page("export"))
    words = visit.words(app)
    assert "methods section" in words and "codebook" in words
    assert "Nothing about single people is in it" in words
    assert "Counts from 1 to 7 are hidden" in words
    assert RESEARCH not in app.session_state


def test_a_click_makes_it_for_release(tiny_store, visit) -> None:
    app = visit.open_page("export")
    next(b for b in app.button if b.label == "Make the research export").click()
    app = visit.check(app.run(timeout=60))
    made = app.session_state[RESEARCH][1]
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        names = package.namelist()
        text = "".join(package.read(n).decode() for n in names if n.endswith(".csv"))
    assert "methods.md" in names and "scores.csv" not in names
    assert "P000" not in text
    assert [b.label for b in app.button if "Make" in b.label] == []


def test_new_data_make_it_again(tiny_store, visit) -> None:
    app = visit.open_page("export")
    next(b for b in app.button if b.label == "Make the research export").click()
    app.run(timeout=60)
    key = app.session_state[RESEARCH][0]
    app.session_state[RESEARCH] = (("another", *key[1:]), b"old")
    app = visit.check(app.run())
    assert [b.label for b in app.button if "Make" in b.label] == ["Make the research export"]
