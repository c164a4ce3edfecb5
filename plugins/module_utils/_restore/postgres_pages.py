# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a restored database is whole: every page of every relation is read, so that its checksum is verified, and
every B-tree index is compared with its table (amcheck). For this the copy gets two extensions; it is thrown away."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison
from ansible_collections.iworkz.platform.plugins.module_utils._restore.sessions import Sessions, Unreadable

EXTENSIONS = "CREATE EXTENSION IF NOT EXISTS pg_prewarm; CREATE EXTENSION IF NOT EXISTS amcheck"
CHECKSUMS = "SELECT current_setting('data_checksums') = 'on'"
# Unlogged and temporary relations are empty, or gone, after a restoration.
PAGES = """
SELECT coalesce(sum({schema}.pg_prewarm(c.oid, 'buffer', fork)), 0)::bigint
  FROM pg_class AS c, unnest(ARRAY['main', 'fsm', 'vm']) AS fork
 WHERE c.relkind IN ('r', 'i', 't', 'm', 'S') AND c.relpersistence = 'p' AND pg_relation_size(c.oid, fork) > 0
"""
INDEXES = """
SELECT count({schema}.bt_index_check(c.oid, true)::text)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
 WHERE a.amname = 'btree' AND i.indisvalid AND i.indisready AND c.relpersistence = 'p'
"""
SCHEMA = (
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = %s"
)


def judge(copy: Sessions, found: Comparison) -> None:
    """Read every database of a copy. The connections must be able to write.

    What the master user may not read, as on RDS the catalogues, is not damaged: it is unproven.
    """
    ((whole,),) = copy.rows(CHECKSUMS)
    corrupt = []
    for database in copy.databases():
        try:
            with copy.session(database) as connection:
                connection.execute("SET search_path = public, pg_catalog")
                connection.execute(EXTENSIONS.encode())
                for extension, query in (("pg_prewarm", PAGES), ("amcheck", INDEXES)):
                    (schema,) = connection.execute(SCHEMA, (extension,)).fetchone() or ("public",)
                    connection.execute(query.format(schema=schema).encode())
        except Unreadable as error:
            if error.forbidden:
                whole = False
            else:
                corrupt.append(Breach("restore.corrupt", {"database": database, "error": str(error)}))
    if whole:
        found.judge("restore.proven_pages", corrupt)
    else:
        found.unproven.append("restore.unproven_pages")
        found.reasons += corrupt
