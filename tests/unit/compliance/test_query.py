from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import outputs, parse


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM workers",
        "SELECT 1 AS a; DROP TABLE workers",
        "CREATE TABLE t AS SELECT 1 AS a",
        "COPY workers TO 'x.csv'",
        "ATTACH 'x.db'",
        "PRAGMA version",
        "SET threads = 8",
        "INSTALL httpfs",
        "SELECT now() AS a",
        "SELECT current_date AS a",
        "SELECT current_timestamp AS a",
        "SELECT today() AS a",
        "SELECT random() AS a",
        "SELECT uuid() AS a",
        "SELECT gen_random_uuid() AS a",
        "SELECT getenv('HOME') AS a",
        "SELECT nextval('s') AS a",
        "SELECT * FROM workers",
        "SELECT w.* FROM workers w",
        "SELECT a FROM read_csv('/etc/passwd')",
        "SELECT a FROM read_parquet('x.parquet')",
        "SELECT a FROM '/etc/passwd'",
        "SELECT a FROM glob('*')",
        "SELECT a FROM other.workers",
        "SELECT a FROM information_schema.tables",
        "SELECT a FROM duckdb_settings()",
        "SELECT a FROM range(3)",
        "SELECT a FROM workers TABLESAMPLE 10%",
        "SELECT a FROM workers LIMIT 1",
        "SELECT a FROM x UNION SELECT a FROM y",
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT a FROM r",
        "SELECT a FROM workers QUALIFY row_number() OVER (ORDER BY a) = 1",
        "SELECT row_number() OVER () AS a FROM workers",
        "SELECT any_value(a) AS a FROM workers",
        "SELECT string_agg(a, ',') AS a FROM workers",
        "SELECT list_transform([1], x -> x) AS a",
        "SELECT [1, 2] AS a",
        "SELECT date_diff('month', a, b) AS a FROM workers",
        "SELECT a FROM workers GROUP BY ALL",
        "SELECT a + 1 FROM workers",
        "SELECT a, b AS a FROM workers",
        "SELECT a FROM",
        "",
    ],
)
def test_anything_but_one_deterministic_select_is_refused(sql: str) -> None:
    with pytest.raises(PackError, match="query"):
        parse(sql)


def test_what_rules_need_is_allowed() -> None:
    tree = parse(
        """
        WITH m AS (SELECT worker_id, SUM(work_min) FILTER (WHERE night) AS total FROM timesheets GROUP BY worker_id)
        SELECT m.worker_id, as_of() AS judged_on, CAST(d.day + INTERVAL (param('n', d.day)) DAY AS DATE) AS due_on,
               LAG(m.total) OVER (PARTITION BY m.worker_id ORDER BY d.day) AS before,
               EXTRACT(YEAR FROM d.day) * 12 + EXTRACT(MONTH FROM d.day) AS number,
               DATE_DIFF('day', d.day, as_of()) AS days, EXISTS (SELECT 1 FROM leave l WHERE l.day = d.day) AS away,
               STRING_AGG(p.item, ', ' ORDER BY p.item) OVER (PARTITION BY m.worker_id) AS items
        FROM m JOIN calendar d ON d.business_day CROSS JOIN param_set('items') p
        WHERE in_force('n', d.day, sector := m.sector)
        """
    )
    assert outputs(tree) == ["worker_id", "judged_on", "due_on", "before", "number", "days", "away", "items"]
