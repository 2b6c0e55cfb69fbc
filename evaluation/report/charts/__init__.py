"""The charts, as Vega-Lite: aggregates only, an interval wherever there is one, explicit order.

Each function takes a result table and gives the chart with the sentence that a screen reader says
in its place. Colour never carries anything alone.
"""

from evaluation.report.charts.answers import missing_pattern_chart
from evaluation.report.charts.balance import love_plot
from evaluation.report.charts.change import (
    before_after_chart,
    change_classes_chart,
    forest_chart,
)
from evaluation.report.charts.distribution import distribution_chart
from evaluation.report.charts.estimates import sensitivity_chart, trajectory_chart
from evaluation.report.charts.flow_diagram import flow_diagram
from evaluation.report.charts.follow_up import attrition_chart
from evaluation.report.charts.groups import groups_chart, score_ranges_chart
from evaluation.report.charts.jacobson import jacobson_plot
from evaluation.report.charts.measures import measures_chart
from evaluation.report.charts.partners import couples_chart, partners_chart
from evaluation.report.charts.severity import band_moves_chart, bands_chart
from evaluation.report.charts.sites import draw_sites, funnel_chart, sites_chart
from evaluation.report.charts.theme import Chart

__all__ = [
    "Chart",
    "attrition_chart",
    "band_moves_chart",
    "bands_chart",
    "before_after_chart",
    "change_classes_chart",
    "couples_chart",
    "distribution_chart",
    "draw_sites",
    "flow_diagram",
    "forest_chart",
    "funnel_chart",
    "groups_chart",
    "jacobson_plot",
    "love_plot",
    "measures_chart",
    "missing_pattern_chart",
    "partners_chart",
    "score_ranges_chart",
    "sensitivity_chart",
    "sites_chart",
    "trajectory_chart",
]
