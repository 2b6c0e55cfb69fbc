"""Who was heard from at each step."""

from __future__ import annotations

import pandas as pd

from evaluation.report import wording
from evaluation.report.charts.theme import Chart, share_bars, two_lines


def attrition_chart(cascade: pd.DataFrame) -> Chart:
    """Of those whose questionnaire has come due, the share heard from at each step."""
    rows = cascade[cascade["rate"].notna()]
    data = pd.DataFrame(
        {
            "label": [two_lines(wording.step_name(step)) for step in rows["step"]],
            "share": 100 * rows["rate"].astype(float).to_numpy(),
            "low": 100 * rows["low"].astype(float).to_numpy(),
            "high": 100 * rows["high"].astype(float).to_numpy(),
            "text": [wording.part_heard_from(row) for row in rows.to_dict("records")],
        }
    )
    finding = wording.follow_up_sentence(rows.iloc[-1].to_dict())
    return Chart(share_bars(data, "Of every 100 whose time has come"), finding)
