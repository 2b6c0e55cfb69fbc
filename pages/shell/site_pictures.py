"""The pictures of one measure on a site's page: two are open at first, the others on demand."""

from __future__ import annotations

import streamlit as st

from evaluation.report import site_chart_wording, wording
from pages.shell.explain import help_text
from pages.shell.in_proportion import show_who_benefits
from pages.shell.pictures import Place, drawn_changes, load_material, load_picture
from pages.shell.site_view import ENOUGH_FOR_PICTURES, View, deeper
from pages.shell.widgets import plain, show_chart


def show_pictures(view: View) -> None:
    place, classes = view.place, view.classes
    made_of = load_material(place)
    enough = made_of.n >= ENOUGH_FOR_PICTURES
    if len(drawn_changes(view.effects)):
        st.header("Before and after", help=help_text("average change"))
        show_chart(load_picture("before_after", place))
        st.caption(
            "Circle: average at the start. Diamond: average later. The bar shows how sure we can "
            "be of the change. Each line has its own people: those who answered both times."
        )
    if enough:
        deeper("distribution", lambda: _show_distribution(place))
        deeper("jacobson", lambda: _show_points(place))
    elif made_of.n:
        st.caption(site_chart_wording.FEW_FOR_PICTURES)
    if classes is not None:
        st.header("Who clearly changed", help=help_text("reliable change"))
        show_chart(load_picture("classes", place))
        st.caption(plain(wording.recovery_sentence(classes, view.unit)))
        if made_of.in_range is not None:
            told = site_chart_wording.in_range_sentence(
                made_of.in_range, made_of.n, times=place.times, unit=view.unit
            )
            st.markdown(plain(told))
    if enough and made_of.moves is not None:
        deeper("bands", lambda: _show_bands(view))
    if len(made_of.waves) > 1:
        deeper("course", lambda: _show_course(place))
    if enough and made_of.pairs is not None and made_of.pairs.n_couples >= ENOUGH_FOR_PICTURES:
        deeper("partners", lambda: _show_partners(place))
    show_who_benefits(view.results, view.main, view.instrument, view.scale)


def _show_distribution(place: Place) -> None:
    show_chart(load_picture("distribution", place))
    st.caption(site_chart_wording.DISTRIBUTION_NOTE)


def _show_points(place: Place) -> None:
    show_chart(load_picture("jacobson", place))
    st.caption(site_chart_wording.POINTS_NOTE)


def _show_bands(view: View) -> None:
    made_of = load_material(view.place)
    show_chart(load_picture("bands", view.place))
    if made_of.moves is not None and made_of.moves.better is not None:
        show_chart(load_picture("band_moves", view.place))
    st.caption(plain(site_chart_wording.bands_note(view.scale)))


def _show_course(place: Place) -> None:
    show_chart(load_picture("course", place))
    st.caption(site_chart_wording.WAVES_NOTE)


def _show_partners(place: Place) -> None:
    pairs = load_material(place).pairs
    if pairs is None:
        return
    if pairs.n_named >= ENOUGH_FOR_PICTURES:
        chart = load_picture("partners", place)
        st.markdown(plain(chart.finding))
        show_chart(chart)
    else:
        st.markdown("Of too few couples is it known who is the mother and who the father.")
    sentence = site_chart_wording.couples_sentence(pairs)
    if sentence:
        st.markdown(plain(sentence))
        show_chart(load_picture("couples", place))
