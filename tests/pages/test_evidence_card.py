"""The evidence card as it is drawn: words in a table, sources below, nothing by colour."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from evaluation.report.evidence_wording import ASPECT_QUESTIONS, CARD_NOTE


def _card(contrast: str, released: bool, n: int, back: int) -> None:
    from pages.shell.evidence import show_evidence_card
    from tests.evaluation.tables.followed_up import results, singles

    made = results(singles(n, back=back))
    show_evidence_card(made, "Luton", "phq9.total", contrast, None, released=released)


def drawn(*, contrast: str = "baseline_end", released: bool = False, n: int = 40, back: int = 27):
    app = AppTest.from_function(_card, args=(contrast, released, n, back), default_timeout=30).run()
    assert not app.exception, [e.message for e in app.exception]
    return app


def plain(text: str) -> str:
    return text.replace("\\", "")


def test_every_question_has_its_row_and_its_words() -> None:
    app = drawn()
    [table] = [element.value for element in app.table]
    assert table["Question"].tolist() == list(ASPECT_QUESTIONS.values())
    assert (table[["In short", "In plain words"]] != "").all().all()
    assert "27 of 40 people" in plain(table["In plain words"].iloc[2])
    captions = "\n".join(plain(element.value) for element in app.caption)
    assert CARD_NOTE in captions
    assert "(not verified; made for trials with a comparison group)" in captions


def test_outside_the_site_only_released_numbers_are_drawn() -> None:
    app = drawn(released=True)
    words = plain("\n".join(app.table[0].value["In plain words"]))
    assert "25 of 40 people" in words
    assert "27 people" not in words and "27 of" not in words
    assert "rounded to the nearest 5" in "\n".join(plain(c.value) for c in app.caption)
    few = plain("\n".join(drawn(released=True, n=12, back=6).table[0].value["In plain words"]))
    assert "Hidden because it rests on few people" in few
    assert "six people" not in few.casefold()


def test_a_change_that_does_not_begin_at_the_start_has_no_card() -> None:
    app = drawn(contrast="end_3m")
    assert not app.table
    assert app.markdown[0].value == "For this pair of times there is no evidence card."
