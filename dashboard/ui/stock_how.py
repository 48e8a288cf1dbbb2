"""How the figures of the Stock page are made, in words; every choice among usual definitions is named."""

from dashboard.sales.stocked import StockRules
from dashboard.ui.stock_words import ADVICE, several

Definition = tuple[str, str]

AVAILABLE = (
    "Available",
    "Units of the newest stock figure less units promised to customers, where the source names these. If the stock "
    "figures leave promised units out already, the mapping must not name them.",
)
SUPPLY = (
    "Days of supply",
    "Available units ÷ daily demand, of all products together that have both. A product without recent sales has no "
    "days of supply, rather than endless ones.",
)
SELL_THROUGH_PLAIN = ("Sell-through", "Net units sold ÷ (units in stock before the period + units received in it).")
SELL_THROUGH = (
    "Sell-through",
    "Net units sold ÷ (units in stock before the period + units received in it). Others divide by the opening stock "
    "alone, which gives a higher figure: {opening}.",
)
OPENING_ONLY = (
    "Sell-through",
    "Net units sold ÷ units in stock before the period. The data have no goods received, so that these cannot be added "
    "to the stock: with them the figure would be lower.",
)
MONTHS_OF_STOCK = (
    "Months of stock",
    "Units in stock before the period ÷ net units sold a month (stock to sales).",
)
UNIT_TURNS = (
    "Turns of units",
    "Net units sold in a year at the pace of the period ÷ average stock in units: the mean of the stock before each "
    "month and at the end of the last. Turns at cost and at retail prices are other figures.",
)
COST_TURNS = (
    "Turns at cost",
    "Cost of goods sold in a year at the pace of the period ÷ average stock at cost. Turns of units are another "
    "figure.",
)
GMROI = (
    "GMROI",
    "Gross margin in a year at the pace of the period ÷ average stock at cost: what each unit of money in stock earns "
    "a year. Stock is valued at today's cost throughout; products without a known cost are not in it.",
)
VALUE = ("Stock at cost", "Units in the newest stock figure times today's unit cost, of products whose cost is known.")
AGE = (
    "Age",
    "What is sold is taken from the oldest goods first, so that the newest receipts are what is left. Units beyond all "
    "receipts on file came earlier: their age is not known.",
)


def demand_words(rules: StockRules) -> Definition:
    """How daily demand is made."""
    return (
        "Daily demand",
        f"Net units a day on the days in stock among the last {rules.demand_days} finished days. Days that closed "
        "without stock never count: with them demand looks too small, and the next order would be. It needs "
        f"{rules.min_days} days in stock.",
    )


def advice_words(rules: StockRules) -> list[Definition]:
    """How the worklist is made."""
    return [
        ("Advice", ADVICE),
        AVAILABLE,
        demand_words(rules),
        (
            "Reorder point",
            f"Demand of the supplier's days and {rules.review_days} days until the next look, and a safety stock for "
            f"{rules.service_level:.0%} of cases: {rules.z:.2f} × √((days) × spread of demand² + demand² × spread of "
            "the supplier's days²). An unknown spread of the supplier counts as 0, and is said. Order when what is "
            "available and under way is at or below it.",
        ),
        (
            "Products that sell seldom",
            "For intermittent or uneven demand that formula is wrong. Instead as many of the product's own days in "
            "stock are drawn by chance, 200 times, always in the same way; the reorder point is what "
            f"{rules.service_level:.0%} of these do not exceed. It needs {rules.min_sale_days} days with sales.",
        ),
        (
            "How much",
            f"Up to the reorder point and {rules.cycle_days} days more, at least the smallest order, in whole cases; "
            f"after its arrival stock lasts at most {rules.max_cover_days} days, the shelf life, or until the last day "
            "on sale. An unknown smallest order or case counts as 1.",
        ),
        (
            "Order by",
            "So that it arrives a day before available units and those under way run out, if the supplier takes as "
            f"long as usual; and within {several(rules.review_days, 'day')}: the reorder point reckons with that.",
        ),
        (
            "Order of the list",
            "Reorder by what runs out soonest before an order could arrive, then clear by most units, then hold by "
            "what is due next, then no advice; equals by demand, then by code. Prices and costs play no part.",
        ),
    ]


def list_words(rules: StockRules) -> dict[str, Definition]:
    """What dead, slow and excess stock is."""
    return {
        "dead": (
            "Dead stock",
            f"In stock, no net sale for {rules.dead_days} days, and first received, or else on sale, as long ago.",
        ),
        "slow": (
            "Slow",
            f"What is available lasts more than {rules.slow_days} days at its daily demand. New products are not slow.",
        ),
        "excess": (
            "More than enough",
            f"Available units above {rules.target_cover_days} days of daily demand; without recent sales all of them.",
        ),
    }


def outage_words(rules: StockRules) -> list[Definition]:
    """How lost units are estimated."""
    return [
        ("Day out of stock", "On sale, with a stock figure, and nothing there at the close of the day."),
        (
            "Lost units",
            "Days out of stock times what the product sells on a day in stock, both weighed by how much is usually "
            f"sold on that weekday. The days in stock are those of the period, and of at least {rules.demand_days} "
            f"days up to its end; an estimate needs {rules.min_days}.",
        ),
        ("Likely range", "Four in five times the true figure is in it, if demand goes on as on the days in stock."),
    ]
