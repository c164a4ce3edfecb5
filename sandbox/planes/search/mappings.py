"""Mappings: field types, their parameters, the analyzers they name; and merging a change into what is there.

https://docs.opensearch.org/latest/field-types/supported-field-types/index/
https://docs.opensearch.org/latest/field-types/mapping-parameters/index/
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sandbox.planes.search import analysis
from sandbox.planes.search.errors import illegal, mapper
from sandbox.planes.search.words import words

ROOT = words(
    "properties dynamic dynamic_date_formats dynamic_templates date_detection numeric_detection _source _routing _meta "
    "_field_names _data_stream_timestamp derived"
)
DYNAMIC = ("true", "false", "strict", "strict_allow_templates", "runtime")
COMMON = words("type meta copy_to store")
INDEXED = COMMON | words("index doc_values null_value boost")
NUMBER = INDEXED | words("coerce ignore_malformed")
TEXT = COMMON | words(
    "index boost fields analyzer search_analyzer search_quote_analyzer norms index_options index_phrases "
    "index_prefixes term_vector similarity fielddata fielddata_frequency_filter position_increment_gap "
    "eager_global_ordinals"
)
KEYWORD = INDEXED | words(
    "fields ignore_above normalizer norms index_options similarity eager_global_ordinals split_queries_on_whitespace "
    "use_similarity"
)
DATE = NUMBER | words("format locale print_format fields")
OBJECT = words("type properties dynamic enabled")
RANGE = INDEXED | frozenset({"coerce"})

TYPES: dict[str, frozenset[str]] = {
    "text": TEXT,
    "match_only_text": COMMON | words("fields analyzer search_analyzer"),
    "search_as_you_type": TEXT | {"max_shingle_size"},
    "keyword": KEYWORD,
    "constant_keyword": frozenset({"type", "value"}),
    "wildcard": COMMON | words("doc_values null_value ignore_above normalizer fields"),
    **dict.fromkeys(words("long integer short byte double float half_float unsigned_long"), NUMBER | {"fields"}),
    "scaled_float": NUMBER | {"scaling_factor", "fields"},
    "date": DATE,
    "date_nanos": DATE,
    "boolean": INDEXED | {"fields"},
    "binary": COMMON | {"doc_values"},
    "ip": INDEXED | {"ignore_malformed", "fields"},
    **dict.fromkeys(words("integer_range long_range float_range double_range ip_range"), RANGE),
    "date_range": RANGE | {"format", "locale"},
    "geo_point": INDEXED | {"ignore_malformed", "ignore_z_value"},
    "geo_shape": INDEXED | {"ignore_malformed", "ignore_z_value", "coerce", "orientation"},
    "completion": COMMON
    | words("analyzer search_analyzer preserve_separators preserve_position_increments max_input_length contexts"),
    "token_count": INDEXED | {"analyzer", "enable_position_increments"},
    "rank_feature": COMMON | {"positive_score_impact"},
    "rank_features": COMMON | {"positive_score_impact"},
    "knn_vector": COMMON | words("dimension method model_id space_type data_type mode compression_level"),
    "alias": frozenset({"type", "path"}),
    "join": COMMON | {"relations", "eager_global_ordinals"},
    "percolator": COMMON,
    "flat_object": COMMON,
    "object": OBJECT,
    "nested": OBJECT | {"include_in_parent", "include_in_root"},
}
NEEDED = {"scaled_float": "scaling_factor", "alias": "path"}


def check(mappings: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The mappings as OpenSearch keeps them, when it would take them for an index of these settings (flat)."""
    if mappings is None:
        return {}
    if not isinstance(mappings, dict):
        raise mapper("expected an object")
    unknown = {name: value for name, value in mappings.items() if name not in ROOT}
    if unknown:
        told = ", ".join(f"{name} : {value}" for name, value in unknown.items())
        raise mapper(f"Root mapping definition has unsupported parameters:  [{told}]")
    _check_dynamic(mappings)
    _check_templates(mappings.get("dynamic_templates", []))
    _check_fields("", mappings.get("properties", {}), settings)
    return _normal(mappings)


def merge(current: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings with a change merged into them; a field's type and analyzer can't be changed."""
    merged = copy.deepcopy(current)
    for name, value in change.items():
        if name == "properties":
            merged["properties"] = _merge_fields("", merged.get("properties", {}), value)
        else:
            merged[name] = value
    return merged


def combine(base: dict[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings of templates, the later one winning field by field."""
    combined = copy.deepcopy(base)
    for name, value in top.items():
        if isinstance(value, Mapping) and isinstance(combined.get(name), dict) and "type" not in value:
            combined[name] = combine(combined[name], value)
        else:
            combined[name] = copy.deepcopy(value)
    return combined


def field_of(mappings: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """The definition of a field by its dotted path, sub-fields included; None without."""
    found: Mapping[str, Any] = {"properties": mappings.get("properties", {})}
    for part in path.split("."):
        below = {**found.get("properties", {}), **found.get("fields", {})}
        if part not in below:
            return None
        found = below[part]
    return dict(found)


def _check_fields(path: str, fields: Any, settings: Mapping[str, Any]) -> None:
    if not isinstance(fields, dict):
        raise mapper(f"Expected map for property [properties] on field [{path or '_doc'}] but got a {type(fields)}")
    for name, definition in fields.items():
        where = f"{path}.{name}" if path else name
        if not isinstance(definition, dict):
            raise mapper(f"Expected map for property [fields] on field [{where}] but got a {type(definition).__name__}")
        kind = definition.get("type", "object" if "properties" in definition or not definition else None)
        if kind is None:
            raise mapper(f"No type specified for field [{where}]")
        if kind not in TYPES:
            raise mapper(f"No handler for type [{kind}] declared on field [{where}]")
        unknown = sorted(definition.keys() - TYPES[kind])
        if unknown:
            raise mapper(f"unknown parameter [{unknown[0]}] on mapper [{name}] of type [{kind}]")
        if kind in NEEDED and NEEDED[kind] not in definition:
            raise mapper(f"Field [{NEEDED[kind]}] is required for [{kind}] field [{where}]")
        _check_dynamic(definition)
        _check_analysis(where, definition, settings)
        _check_fields(where, definition.get("properties", {}), settings)
        _check_fields(where, definition.get("fields", {}), settings)


def _check_dynamic(definition: Mapping[str, Any]) -> None:
    if "dynamic" in definition and str(definition["dynamic"]).lower() not in DYNAMIC:
        raise mapper(f"Could not convert [dynamic] to boolean: {definition['dynamic']}")


def _check_templates(templates: Any) -> None:
    if not isinstance(templates, list):
        raise mapper("Dynamic template syntax error. An array of named objects is expected.")
    for template in templates:
        if not isinstance(template, dict) or len(template) != 1:
            raise mapper("A dynamic template must be defined with a name")
        ((name, rule),) = template.items()
        if "mapping" not in rule:
            raise mapper(f"template [{name}] must have mapping set")


def _check_analysis(where: str, definition: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    for parameter in ("analyzer", "search_analyzer", "search_quote_analyzer"):
        if parameter in definition and definition[parameter] not in {*analysis.analyzers(settings), "default"}:
            raise mapper(f"analyzer [{definition[parameter]}] has not been configured in mappings")
    if "search_analyzer" in definition and "analyzer" not in definition:
        raise mapper(f"analyzer on field [{where}] must be set when search_analyzer is set")
    if "normalizer" in definition and definition["normalizer"] not in analysis.normalizers(settings):
        raise mapper(f"normalizer [{definition['normalizer']}] not found for field [{where.split('.')[-1]}]")


def _normal(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings as OpenSearch shows them: `dynamic` as a word, objects without their type."""
    shown: dict[str, Any] = {}
    for name, value in definition.items():
        if name == "dynamic":
            shown[name] = str(value).lower()
        elif name in ("properties", "fields"):
            shown[name] = {field: _normal(below) for field, below in value.items()}
        elif not (name == "type" and value == "object"):
            shown[name] = value
    return shown


def _merge_fields(path: str, current: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(current)
    for name, definition in change.items():
        where = f"{path}.{name}" if path else name
        before = current.get(name)
        if before is None:
            merged[name] = definition
            continue
        kinds = (before.get("type", "object"), definition.get("type", "object"))
        if kinds[0] != kinds[1]:
            raise illegal(f"mapper [{where}] cannot be changed from type [{kinds[0]}] to [{kinds[1]}]")
        for fixed in ("analyzer", "index", "doc_values", "store", "normalizer", "format", "dimension"):
            if before.get(fixed) != definition.get(fixed, before.get(fixed)):
                raise illegal(
                    f"Mapper for [{where}] conflicts with existing mapper:\n\tCannot update parameter [{fixed}] from "
                    f"[{before.get(fixed, 'default')}] to [{definition[fixed]}]"
                )
        merged[name] = {**before, **definition}
        for below in ("properties", "fields"):
            if below in before and below in definition:
                merged[name][below] = _merge_fields(where, before[below], definition[below])
    return merged
