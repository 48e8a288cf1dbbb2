"""The gate: the only door to sales data. Authorise, narrow to the viewer's scope, then compute. No web, no database."""

from dashboard.reports.answers import (
    Breakdown,
    Change,
    ChangeKind,
    DataStatus,
    Headline,
    Monthly,
    Options,
    ProductPage,
    RankingAnswer,
)
from dashboard.reports.gate import Gate, NoDataError, Reports
from dashboard.reports.opening import open_gate
from dashboard.reports.question import BadQuestionError, Question

__all__ = [
    "BadQuestionError",
    "Breakdown",
    "Change",
    "ChangeKind",
    "DataStatus",
    "Gate",
    "Headline",
    "Monthly",
    "NoDataError",
    "Options",
    "ProductPage",
    "Question",
    "RankingAnswer",
    "Reports",
    "open_gate",
]
