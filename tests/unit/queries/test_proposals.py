"""Which indexes are proposed: only what a planner gains enough by, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import (
    Facts,
    ForeignKey,
    Limits,
    Statement,
    Table,
)
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proof import Hypothesis, Plan, Unplannable
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proposals import advise
from tests.unit.queries.made import ORDERS, index

LIMITS = Limits(table_mb=1, rows=1000)
BY_CUSTOMER = "SELECT * FROM orders WHERE customer_id = $1"
BY_BOTH = "SELECT * FROM orders WHERE customer_id = $1 AND placed_at > $2"
KEY = ForeignKey("orders_customer_fkey", 1, ("customer_id",), "shop.customers", 7)


class Planner:
    """Costs by statement and columns of the supposed index; what is not there costs 100 and uses no index."""

    def __init__(self, costs: dict[tuple[str, tuple[str, ...]], float], refused: str = "") -> None:
        self.costs, self.refused = costs, refused
        self.supposed: tuple[str, ...] = ()
        self.owners: set[str] = set()

    def suppose(self, table: Table, columns: tuple[str, ...]) -> Hypothesis | None:
        self.supposed = columns
        return None if "note" in columns else Hypothesis("<1>" + "_".join(columns), 8192 * len(columns))

    def forget(self) -> None:
        self.supposed = ()

    def plan(self, text: str, owner: str, search_path: str) -> Plan:
        self.owners.add(owner)
        if self.refused and self.refused in text:
            raise Unplannable("42883")
        cost = next(
            (cost for (part, columns), cost in self.costs.items() if part in text and columns == self.supposed), None
        )
        used = frozenset() if cost is None else frozenset({"<1>" + "_".join(self.supposed)})
        return Plan(100.0 if cost is None else cost, used)


def facts(**changes: Any) -> Facts:
    return replace(Facts("shop", {}, (), 0, {1: ORDERS}, (), (), (), 9.0), **changes)


def statement(text: str, id: str = "1") -> Statement:
    return Statement(id, "shop", text, calls=10, total_ms=900, mean_ms=90, search_path='"shop"')


def proposed(found: Facts, planner: Planner | None, *texts: str) -> list[tuple[tuple[str, ...], bool]]:
    slow = [statement(text, str(number)) for number, text in enumerate(texts)]
    advice = advise(found, slow, planner, LIMITS)  # type: ignore[arg-type]
    return [(each.columns, each.proven) for each in advice.proposals]


@pytest.mark.parametrize(("cost", "expected"), [(10.0, [(("customer_id",), True)]), (51.0, []), (None, [])])
def test_only_what_gains_enough_and_is_used(cost, expected):
    costs = {} if cost is None else {("customer_id", ("customer_id",)): cost}
    assert proposed(facts(), Planner(costs), BY_CUSTOMER) == expected


def test_it_is_planned_as_the_owner_of_the_table():
    planner = Planner({("customer_id", ("customer_id",)): 1.0})
    proposed(facts(), planner, BY_CUSTOMER)
    assert planner.owners == {"owner"}


def test_of_equals_the_narrowest_wins():
    planner = Planner({("customer_id", ("customer_id",)): 10.0, ("customer_id", ("customer_id", "placed_at")): 9.95})
    assert proposed(facts(), planner, BY_BOTH) == [(("customer_id",), True)]


def test_a_shorter_index_is_left_to_a_longer_one_that_does_as_well():
    pair = ("customer_id", "placed_at")
    both = {("placed_at", pair): 5.0, (BY_CUSTOMER, ("customer_id",)): 10.0}
    assert proposed(facts(), Planner({**both, (BY_CUSTOMER, pair): 11.0}), BY_BOTH, BY_CUSTOMER) == [(pair, True)]
    found = proposed(facts(), Planner(both), BY_BOTH, BY_CUSTOMER)
    assert sorted(found) == [(("customer_id",), True), (pair, True)]


def test_a_statement_and_a_foreign_key_share_an_index():
    planner = Planner({("customer_id", ("customer_id",)): 1.0})
    advice = advise(facts(foreign_keys=(KEY,)), [statement(BY_CUSTOMER)], planner, LIMITS)  # type: ignore[arg-type]
    (proposal,) = advice.proposals
    assert (proposal.foreign_key, proposal.calls, proposal.statements) == ("orders_customer_fkey", 17, ("1",))
    assert proposal.name == "shop.shop.orders_customer_id_idx"
    assert (proposal.before, proposal.after, proposal.gain_percent) == (1700.0, 17.0, 99.0)


def test_what_the_planner_refuses_is_told_of_and_not_proposed():
    advice = advise(facts(), [statement(BY_CUSTOMER)], Planner({}, refused="orders"), LIMITS)  # type: ignore[arg-type]
    assert (advice.proposals, advice.unplannable) == ([], {"1": "42883"})
    advice = advise(facts(), [statement("SELECT FROM WHERE (")], Planner({}), LIMITS)  # type: ignore[arg-type]
    assert advice.unplannable == {"1": "parse"}


def test_without_a_prover_there_are_ideas_only():
    assert proposed(facts(), None, BY_CUSTOMER) == [(("customer_id",), False)]


def test_small_tables_and_covered_columns_and_columns_without_order_give_nothing():
    planner = Planner({("customer_id", ("customer_id",)): 1.0, ("note", ("note",)): 1.0})
    small = facts(tables={1: replace(ORDERS, bytes=8192)})
    assert proposed(small, planner, BY_CUSTOMER) == []
    assert proposed(facts(indexes=(index(("customer_id", "status")),)), planner, BY_CUSTOMER) == []
    assert proposed(facts(), planner, "SELECT * FROM orders WHERE note = $1") == []
    assert proposed(facts(), planner, "CREATE INDEX ON orders (customer_id)") == []


def test_a_name_fits_into_postgresql():
    wide = replace(ORDERS, name="o" * 60)
    advice = advise(
        facts(tables={1: wide}),
        [statement(f"SELECT * FROM {'o' * 60} WHERE customer_id = $1")],
        Planner({("customer_id", ("customer_id",)): 1.0}),  # type: ignore[arg-type]
        LIMITS,
    )
    assert len(advice.proposals[0].index.encode()) == 63
