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
from dashboard.reports.context import Context
from dashboard.reports.gate import Gate, NoDataError, Reports
from dashboard.reports.opening import open_gate
from dashboard.reports.question import ASKABLE, BadQuestionError, Question
from dashboard.reports.rules import Rules

__all__ = [
    "ASKABLE",
    "BadQuestionError",
    "Breakdown",
    "Change",
    "ChangeKind",
    "Context",
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
    "Rules",
    "open_gate",
]
