"""Statements are shown without values, whatever pg_stat_statements has left in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import (
    LONGEST,
    is_planned,
    parameters,
    plannable,
    shown,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM t1\n WHERE a = $1", "SELECT * FROM t1 WHERE a = $1"),
        ("SELECT 'it''s', E'a\\'b', $$body$$, $q$x $$ y$q$", "SELECT ?, ?, ?, ?"),
        ("SELECT 12.5, .5, 1e5, x1 FROM t2", "SELECT ?, ?, ?, x1 FROM t2"),
        ("SELECT a -- 山田太郎\n FROM t /* x /* nested */ 090-1234 */", "SELECT a FROM t"),
        ("SELECT \"a b\" FROM \"T\" WHERE n = N'x' AND u = U&'y'", 'SELECT "a b" FROM "T" WHERE n = ? AND u = ?'),
        ("SELECT 'not ended", "SELECT ?"),
        ("ALTER ROLE shop PASSWORD 'hunter2'", "ALTER ROLE …"),
        ("SET app.token = 'hunter2'", "SET …"),
        ("DO $$ BEGIN PERFORM 'hunter2'; END $$", "DO …"),
        ("COPY t FROM STDIN", "COPY T …"),
        ("/* leading */ WITH a AS (SELECT $1) SELECT * FROM a", "WITH a AS (SELECT $1) SELECT * FROM a"),
        ("", "…"),
    ],
)
def test_no_value_is_shown(text, expected):
    assert shown(text) == expected


def test_a_long_statement_is_cut():
    assert len(shown("SELECT " + ", ".join(f"column_{number}" for number in range(200)))) == LONGEST


@given(st.text(alphabet="ab'$\"\\/*-\n 1", max_size=30))
def test_what_stands_in_quotes_never_appears(noise):
    quoted = noise.replace("'", "''")
    assert "SECRET" not in shown(f"SELECT a FROM t WHERE b = 'SECRET{quoted}' AND c = 'SECRET'")


def test_normalised_types_become_casts():
    text = "SELECT now() - interval $1 FROM t WHERE d = DATE $2;"
    assert plannable(text) == "SELECT now() - ($1)::interval FROM t WHERE d = ($2)::DATE"
    assert parameters(text) == 2
    assert parameters("SELECT 1") == 0


@pytest.mark.parametrize(
    ("text", "planned"), [("(SELECT 1)", True), ("TRUNCATE t", False), ("-- x\nUPDATE t SET a = $1", True)]
)
def test_only_statements_with_plans_are_planned(text, planned):
    assert is_planned(text) is planned
