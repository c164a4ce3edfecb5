"""Index settings: which there are, what values they take, which can change while an index is open.

https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/index-settings/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.planes.search.errors import SearchError, illegal

TIME = re.compile(r"-1|0|\d+(\.\d+)?(nanos|micros|ms|s|m|h|d)")
SIZE = re.compile(r"-1|0|\d+(\.\d+)?(b|kb|mb|gb|tb|pb|%)", re.IGNORECASE)
LEVELS = ("warn", "info", "debug", "trace")

# name type; types: n (integer from 0), p (from 1), i (any integer), f (number), b (boolean), t (time), s (size),
# w (words), or the words allowed, with | between them.
DYNAMIC = """
number_of_replicas n
auto_expand_replicas w
refresh_interval t
max_result_window p
max_inner_result_window p
max_rescore_window p
max_docvalue_fields_search n
max_script_fields n
max_ngram_diff n
max_shingle_diff n
max_refresh_listeners n
max_terms_count p
max_regex_length p
max_slices_per_scroll p
analyze.max_token_count p
highlight.max_analyzed_offset p
query.default_field w
query_string.lenient b
gc_deletes t
default_pipeline w
final_pipeline w
search.default_pipeline w
search.idle.after t
search.concurrent_segment_search.mode auto|all|none
search.throttled b
hidden b
priority n
blocks.read_only b
blocks.read_only_allow_delete b
blocks.read b
blocks.write b
blocks.metadata b
routing.allocation.enable all|primaries|new_primaries|none
routing.allocation.total_shards_per_node i
routing.rebalance.enable all|primaries|replicas|none
unassigned.node_left.delayed_timeout t
translog.durability request|async
translog.sync_interval t
translog.flush_threshold_size s
merge.policy.max_merged_segment s
merge.policy.segments_per_tier f
merge.policy.floor_segment s
merge.policy.max_merge_at_once p
merge.policy.deletes_pct_allowed f
merge.scheduler.max_thread_count p
merge.scheduler.auto_throttle b
mapping.total_fields.limit n
mapping.depth.limit p
mapping.nested_fields.limit n
mapping.nested_objects.limit n
mapping.field_name_length.limit p
search.slowlog.level TRACE|DEBUG|INFO|WARN|trace|debug|info|warn
indexing.slowlog.level TRACE|DEBUG|INFO|WARN|trace|debug|info|warn
indexing.slowlog.reformat b
indexing.slowlog.source w
soft_deletes.retention_lease.period t
knn.algo_param.ef_search p
plugins.index_state_management.rollover_alias w
plugins.index_state_management.rollover_skip b
plugins.index_state_management.auto_manage b
"""

STATIC = """
number_of_routing_shards p
routing_partition_size p
codec default|best_compression|lz4|zlib|zstd|zstd_no_dict
codec.compression_level p
shard.check_on_startup false|checksum|true
load_fixed_bitset_filters_eagerly b
soft_deletes.enabled b
sort.field w
sort.order w
sort.mode w
sort.missing w
store.type fs|niofs|mmapfs|hybridfs|simplefs
mapping.coerce b
mapping.ignore_malformed b
knn b
"""


def _table(text: str) -> dict[str, str]:
    return {f"index.{name}": kind for name, kind in (line.split() for line in text.strip().splitlines())}


DYNAMIC_TYPES = _table(DYNAMIC) | {
    f"index.{what}.slowlog.threshold.{phase}.{level}": "t"
    for what, phase in (("search", "query"), ("search", "fetch"), ("indexing", "index"))
    for level in LEVELS
}
FINAL_TYPES = {"index.number_of_shards": "p"}
STATIC_TYPES = _table(STATIC)
DYNAMIC_GROUPS = tuple(f"index.routing.allocation.{kind}." for kind in ("require", "include", "exclude"))
STATIC_GROUPS = ("index.analysis.", "index.similarity.")
# Set by OpenSearch, and in what it shows.
PRIVATE = frozenset({"index.uuid", "index.creation_date", "index.provided_name", "index.version.created"})


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted names and values as OpenSearch keeps them: strings, lists of strings, None to remove."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flatten(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = [_text(item) for item in value] if isinstance(value, list) else _text(value)
    return found


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The nested form of dotted names; a name that is another one's prefix stays dotted."""
    found: dict[str, Any] = {}
    for name, value in sorted(flat.items()):
        place, parts = found, name.split(".")
        for position, part in enumerate(parts[:-1]):
            below = place.setdefault(part, {})
            if not isinstance(below, dict):
                parts = [*parts[:position], ".".join(parts[position:])]
                break
            place = below
        place[parts[-1]] = value
    return found


def of_index(settings: Any) -> dict[str, Any]:
    """Settings of an index or template, flat, with `index.` in front; refused when unknown or of a wrong value."""
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise SearchError(400, "parse_exception", "key [settings] must be an object")
    flat = {name if name.startswith("index.") else f"index.{name}": value for name, value in flatten(settings).items()}
    for name, value in flat.items():
        check(name, value)
    return flat


def check(name: str, value: Any) -> None:
    if name in PRIVATE:
        raise illegal(f"private index setting [{name}] can not be set explicitly")
    kind = (DYNAMIC_TYPES | STATIC_TYPES | FINAL_TYPES).get(name)
    if kind is None and not name.startswith((*DYNAMIC_GROUPS, *STATIC_GROUPS)):
        raise illegal(
            f"unknown setting [{name}] please check that any required plugins are installed, or check the breaking "
            "changes documentation for removed settings"
        )
    if kind is not None and value is not None:
        check_value(name, kind, value)


def check_value(name: str, kind: str, value: Any) -> None:
    """illegal_argument_exception for a value that a setting does not take."""
    least = {"n": 0, "p": 1, "i": -1}.get(kind)
    if least is not None:
        if not re.fullmatch(r"-?\d+", str(value)):
            raise illegal(f"Failed to parse value [{value}] for setting [{name}]")
        if int(value) < least:
            raise illegal(f"Failed to parse value [{value}] for setting [{name}] must be >= {least}")
    elif kind == "t" and not TIME.fullmatch(str(value)):
        raise illegal(
            f"failed to parse setting [{name}] with value [{value}] as a time value: unit is missing or unrecognized"
        )
    elif kind == "s" and not SIZE.fullmatch(str(value)):
        raise illegal(
            f"failed to parse setting [{name}] with value [{value}] as a size in bytes: unit is missing or unrecognized"
        )
    elif kind == "b" and value not in ("true", "false"):
        raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
    elif kind == "f" and not re.fullmatch(r"\d+(\.\d+)?", str(value)):
        raise illegal(f"Failed to parse value [{value}] for setting [{name}]")
    elif "|" in kind and value not in kind.split("|"):
        raise illegal(f"unknown value for [{name}] must be one of [{', '.join(kind.split('|'))}] but was: {value}")


def check_change(changes: Iterable[str], name_of_index: str, uuid: str, closed: bool) -> None:
    """Settings that can't be changed: final ones never, static ones while the index is open."""
    for name in changes:
        if name in FINAL_TYPES:
            raise illegal(f"final {name_of_index} setting [{name}], not updateable")
    static = [name for name in changes if name in STATIC_TYPES or name.startswith(STATIC_GROUPS)]
    if static and not closed:
        raise illegal(
            f"Can't update non dynamic settings [[{', '.join(sorted(static))}]] for open indices "
            f"[[{name_of_index}/{uuid}]]"
        )


def change(flat: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings after a change; None removes one."""
    return {name: value for name, value in {**flat, **changes}.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
