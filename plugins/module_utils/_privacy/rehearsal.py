# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody who does not exist, made for a rehearsal: a copy of another invented person's data in every place."""

from __future__ import annotations

from contextlib import suppress

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import caches, indices, objects, rows
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.catalogue import Column
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import CONTACTS, NAMES
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT, Table
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.relational import Relational
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.setup import CONSENT, HOLDER
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

TTL_SECONDS = 3600
_CONSENT = """
INSERT INTO consent.log (subject, purpose, text_hash, given, channel) VALUES (%s, 'rehearsal', %s, true, 'web')
"""
MARK = "~"
"""Between a copied row's own key and the request."""


def copy(stores: Stores, template: str, subject: str, request: str) -> dict[str, int]:
    """Make ``subject`` of everything there is of ``template``; return the number of copies by place.
    Raises ReconcileError for a template of which nothing is there.
    """
    counts: dict[str, int] = {}
    for service in stores.places.services:
        counts.update(_copy_rows(stores.relational(service), template, subject, request))
    for keys in stores.places.keys:
        client = stores.cache(keys.service)
        found = caches.held(client, keys, template)
        for one in found:
            # A value of text stands for all types: a rehearsal reads keys, it does not use them.
            client.set(
                one["key"].replace(template, subject), str(one["value"]).replace(template, subject), ex=TTL_SECONDS
            )
        counts[keys.place] = len(found)
    for index in stores.places.indices:
        found = indices.held(stores.search, index, template)
        for number, one in enumerate(found):
            body = {**one["_source"], index.field: subject}
            name = subject if one["_id"] == template else f"{subject}{MARK}{number}"
            stores.search.put(one["_index"], "_doc", name, body=body)
        counts[index.place] = len(found)
    s3 = stores.client("s3")
    for prefix in stores.places.objects:
        found = objects.held(s3, prefix, template)
        below = prefix.prefix.replace(SUBJECT, template)
        for one in found:
            key = prefix.prefix.replace(SUBJECT, subject) + one["key"].removeprefix(below)
            s3.put_object(Bucket=prefix.bucket, Key=key, Body=f"rehearsal of {subject}\n".encode())
        counts[prefix.place] = len(found)
    if not any(counts.values()):
        raise ReconcileError(f"there is nothing of {template} to rehearse with")
    return counts


def clear(stores: Stores, request: str, pseudonym: str) -> None:
    """Delete what an erasure left of somebody invented: rows without the person, and restricted ones."""
    for service in stores.places.services:
        database = stores.relational(service)
        with database.connection.transaction():
            database.connection.execute("DELETE FROM restricted.records WHERE request_id = %s", (request,))
            for table in _copied(database):
                columns = database.catalogue.columns[table.name].values()
                invented = [
                    sql.SQL("{} LIKE %(mark)s OR {} = %(pseudonym)s").format(*[sql.Identifier(one.name)] * 2)
                    for one in columns
                    if one.type == "text" and one.distinguishes
                ]
                if invented:
                    statement = sql.SQL("DELETE FROM {} WHERE {}").format(
                        rows.identifier(table.name), sql.SQL(" OR ").join(invented)
                    )
                    database.connection.execute(statement, {"mark": f"%{MARK}{request}", "pseudonym": pseudonym})


def _copied(database: Relational) -> list[Table]:
    """Tables whose rows are copied, children first; entries of the log of consent are not: they are made."""
    order = database.catalogue.children_first(database.tables)
    return [one for one in order if one.erasable and one in database.personal and one.schema != CONSENT]


def _copy_rows(database: Relational, template: str, subject: str, request: str) -> dict[str, int]:
    counts = {}
    with database.connection.transaction():
        if database.service == HOLDER:
            given = (subject, sha256(subject.encode()))
            database.connection.execute(_CONSENT, given)
        for table in reversed(_copied(database)):
            counts[table.place] = _copy_table(database, table, template, subject, request)
    return counts


def _copy_table(database: Relational, table: Table, template: str, subject: str, request: str) -> int:
    columns = {n: c for n, c in database.catalogue.columns[table.name].items() if not c.generated}
    values = [_value(database, table, column) for column in columns.values()]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM {table} t WHERE {belongs} ON CONFLICT DO NOTHING"
    )
    done = database.connection.execute(
        statement.format(
            table=rows.identifier(table.name),
            names=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            belongs=rows.belongs(database.tables, table, sql.SQL("= %(template)s")),
        ),
        {"template": template, "subject": subject, "mark": f"{MARK}{request}"},
    )
    return int(done.rowcount)


def _value(database: Relational, table: Table, column: Column) -> sql.Composable:
    """A copied row's value: of its own where rows differ by it, the new person's where the person is recognised."""
    own = sql.SQL("t.{}").format(sql.Identifier(column.name))
    if column.name == table.subject:
        return sql.SQL("%(subject)s")
    if column.name in CONTACTS:
        return sql.SQL("CASE WHEN {} IS NULL THEN NULL ELSE {} || %(subject)s || '@rehearsal.invalid' END").format(
            own, sql.Literal(f"{table.name}.{column.name}.")
        )
    if column.name in NAMES:
        return sql.SQL("CASE WHEN {} IS NULL THEN NULL ELSE 'rehearsal ' || %(subject)s END").format(own)
    if column.name in table.mentions:
        return sql.SQL("CASE WHEN {0} = %(template)s THEN %(subject)s ELSE {0} END").format(own)
    if column.type == "uuid" and column.distinguishes:
        return sql.SQL("gen_random_uuid()")
    if column.type != "text":
        return own
    marked = sql.SQL("{} || %(mark)s").format(own)
    target = _target(database, table, column.name)
    if target is None:
        return marked if column.distinguishes else own
    # Only the template's rows are copied: what a row of it refers to may be another person's, or nobody's.
    copied = sql.SQL("EXISTS (SELECT FROM {} WHERE {} = {})").format(
        rows.identifier(target[0]), sql.Identifier(target[1]), marked
    )
    return sql.SQL("CASE WHEN {} THEN {} ELSE {} END").format(copied, marked, own)


def _target(database: Relational, table: Table, column: str) -> tuple[str, str] | None:
    """Table and column that a column refers to, by a foreign key or as the inventory says."""
    if table.parent is not None and table.parent.column == column:
        return table.parent.table, table.parent.key
    for reference in database.catalogue.references:
        if (reference.child, reference.column) == (table.name, column):
            return reference.parent, reference.key
    return None
