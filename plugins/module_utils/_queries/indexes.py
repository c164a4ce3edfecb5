# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the indexes there are, and which foreign keys have none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Facts, ForeignKey, Index, Limits

Pair = tuple[Index, Index]
"""An index that may go, and the one that does its work."""


def duplicates(indexes: Iterable[Index]) -> list[Pair]:
    """Indexes that another one is equal to, of which at most one is fixed; the fixed or oldest stays."""
    alike: dict[tuple[object, ...], list[Index]] = {}
    for index in _usable(indexes):
        key = (index.table, index.method, index.keys, index.included, index.predicate)
        alike.setdefault(key, []).append(index)
    found: list[Pair] = []
    for group in alike.values():
        kept, *others = sorted(group, key=lambda index: (not index.fixed, index.oid))
        found += [(index, kept) for index in others if not index.fixed]
    return found


def redundant(indexes: Sequence[Index]) -> list[Pair]:
    """B-tree indexes whose keys another one begins with, in the same order, class, collation and direction."""
    usable = [index for index in _usable(indexes) if index.method == "btree"]
    found: list[Pair] = []
    for index in usable:
        if index.fixed or index.included:
            continue
        longer = [
            other
            for other in usable
            if other.table == index.table
            and other.predicate == index.predicate
            and len(other.keys) > len(index.keys)
            and other.keys[: len(index.keys)] == index.keys
        ]
        if longer:
            found.append((index, min(longer, key=lambda other: (len(other.keys), other.oid))))
    return found


def unused(facts: Facts, replicas: Mapping[str, Mapping[int, int]], limits: Limits) -> list[Index]:
    """Indexes that no server has looked anything up by.

    :param replicas: scans by index of each replica.
    """
    needed = {index.oid for key in facts.foreign_keys for index in _covering(key, facts.indexes)}
    return [
        index
        for index in _usable(facts.indexes)
        if not index.fixed
        and index.oid not in needed
        and index.bytes >= limits.index_bytes
        and not index.scans
        and not any(scans.get(index.oid, 0) for scans in replicas.values())
    ]


def leftovers(indexes: Iterable[Index]) -> list[Index]:
    """What an interrupted CREATE INDEX CONCURRENTLY has left: every write maintains it and no query can use it."""
    return [index for index in indexes if not index.valid and not index.building]


def uncovered(facts: Facts, rows: float) -> list[ForeignKey]:
    """Foreign keys of tables with so many rows that no index begins with: each delete in the parent reads the table."""
    return [
        key
        for key in facts.foreign_keys
        if key.table in facts.tables and facts.tables[key.table].rows >= rows and not any(_covering(key, facts.indexes))
    ]


def _covering(key: ForeignKey, indexes: Iterable[Index]) -> Iterator[Index]:
    width = len(key.columns)
    for index in _usable(indexes):
        leading = index.columns[:width]
        if (
            index.table == key.table
            and index.method == "btree"
            and not index.predicate
            and set(leading) == set(key.columns)
        ):
            yield index


def _usable(indexes: Iterable[Index]) -> Iterator[Index]:
    return (index for index in indexes if index.valid)
