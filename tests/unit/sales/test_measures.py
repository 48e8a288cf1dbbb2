from dashboard.access import Permission
from dashboard.sales.measures import MEASURES, Unit
from dashboard.sales.rollup import MONEY_COLUMNS, UNIT_COLUMNS

PERMISSION = {
    "net_units": Permission.MEASURE_UNITS,
    "gross_units": Permission.MEASURE_UNITS,
    "returned_units": Permission.MEASURE_UNITS,
    "net_sales": Permission.MEASURE_REVENUE,
    "gross_sales": Permission.MEASURE_REVENUE,
    "discounts": Permission.MEASURE_REVENUE,
    "returned_sales": Permission.MEASURE_REVENUE,
    "margin": Permission.MEASURE_MARGIN,
    "cost_of_goods": Permission.MEASURE_MARGIN,
}


def test_every_measure_has_the_permission_that_this_table_names() -> None:
    assert {key: measure.permission for key, measure in MEASURES.items()} == PERMISSION


def test_no_measure_is_made_of_or_ordered_by_what_its_permission_does_not_cover() -> None:
    for measure in MEASURES.values():
        columns = UNIT_COLUMNS if measure.unit is Unit.UNITS else MONEY_COLUMNS
        assert set(measure.terms) <= set(columns)
        assert MEASURES[measure.tie_break].permission is measure.permission
        assert measure.tie_break != measure.key
