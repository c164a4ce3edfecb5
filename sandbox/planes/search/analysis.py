"""Analyzers, tokenizers and filters by name: whether settings define them rightly and mappings may use them.

The names are OpenSearch's own and those of the plugins that Amazon OpenSearch Service has on every domain (ICU,
Japanese (kuromoji), Phonetic, Smart Chinese, Stempel, Ukrainian, Nori):
https://docs.opensearch.org/latest/analyzers/
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-plugins.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.planes.search.errors import illegal
from sandbox.planes.search.settings import nest
from sandbox.planes.search.words import words

LANGUAGES = """
arabic armenian basque bengali brazilian bulgarian catalan cjk czech danish dutch english estonian finnish french
galician german greek hindi hungarian indonesian irish italian latvian lithuanian norwegian persian portuguese romanian
russian sorani spanish swedish thai turkish
"""
ANALYZERS = f"""
standard simple whitespace stop keyword pattern fingerprint {LANGUAGES}
kuromoji icu_analyzer smartcn nori polish ukrainian
"""
TOKENIZERS = """
standard letter lowercase whitespace uax_url_email classic thai ngram edge_ngram keyword pattern simple_pattern
simple_pattern_split char_group path_hierarchy
kuromoji_tokenizer icu_tokenizer smartcn_tokenizer nori_tokenizer
"""
FILTERS = """
apostrophe arabic_normalization asciifolding bengali_normalization brazilian_stem cjk_bigram cjk_width classic
common_grams condition czech_stem decimal_digit delimited_payload delimited_term_freq dictionary_decompounder
dutch_stem edge_ngram elision fingerprint flatten_graph french_stem german_normalization german_stem
hindi_normalization hunspell hyphenation_decompounder indic_normalization keep keep_types keep_word keyword_marker
keyword_repeat kstem length limit lowercase min_hash multiplexer ngram pattern_capture pattern_replace
persian_normalization porter_stem predicate_token_filter remove_duplicates reverse russian_stem
scandinavian_folding scandinavian_normalization serbian_normalization shingle snowball sorani_normalization stemmer
stemmer_override stop synonym synonym_graph trim truncate unique uppercase word_delimiter word_delimiter_graph
kuromoji_baseform kuromoji_part_of_speech kuromoji_readingform kuromoji_stemmer kuromoji_number
kuromoji_completion ja_stop hiragana_uppercase katakana_uppercase
icu_normalizer icu_folding icu_transform icu_collation phonetic smartcn_stop nori_part_of_speech nori_readingform
nori_number polish_stem polish_stop
"""
CHAR_FILTERS = "html_strip mapping pattern_replace icu_normalizer kuromoji_iteration_mark"
NORMALIZERS = "lowercase"

BUILT_IN = {
    "analyzer": words(ANALYZERS),
    "tokenizer": words(TOKENIZERS),
    "filter": words(FILTERS),
    "char_filter": words(CHAR_FILTERS),
    "normalizer": words(NORMALIZERS),
}
CUSTOM = "custom"
# Parameters of the Japanese plugin: https://www.elastic.co/guide/en/elasticsearch/plugins/7.10/analysis-kuromoji.html
KUROMOJI: dict[str, dict[str, tuple[str, ...] | None]] = {
    "kuromoji_tokenizer": {
        "mode": ("normal", "search", "extended"),
        "discard_punctuation": ("true", "false"),
        "user_dictionary": None,
        "user_dictionary_rules": None,
        "nbest_cost": None,
        "nbest_examples": None,
        "discard_compound_token": ("true", "false"),
    },
    "kuromoji_part_of_speech": {"stoptags": None},
    "kuromoji_readingform": {"use_romaji": ("true", "false")},
    "kuromoji_stemmer": {"minimum_length": None},
    "kuromoji_baseform": {},
    "kuromoji_number": {},
    "kuromoji_iteration_mark": {"normalize_kanji": ("true", "false"), "normalize_kana": ("true", "false")},
    "ja_stop": {"stopwords": None},
}


def check(flat: Mapping[str, Any]) -> None:
    """illegal_argument_exception when `index.analysis` of an index defines what OpenSearch could not build."""
    defined = definitions(flat)
    for part in defined:
        if part not in BUILT_IN:
            raise illegal(f"unknown setting [index.analysis.{part}]")
    for part in ("tokenizer", "filter", "char_filter"):
        for name, definition in defined.get(part, {}).items():
            _check_component(part, name, definition)
    for name, definition in defined.get("analyzer", {}).items():
        _check_analyzer(name, definition, defined)
    for name, definition in defined.get("normalizer", {}).items():
        if definition.get("type", CUSTOM) != CUSTOM:
            raise illegal(f"Unknown normalizer type [{definition['type']}] for [{name}]")
        _check_parts("normalizer", name, definition, defined)


def analyzers(flat: Mapping[str, Any]) -> frozenset[str]:
    """The names that text fields of an index may use."""
    return BUILT_IN["analyzer"] | definitions(flat).get("analyzer", {}).keys()


def normalizers(flat: Mapping[str, Any]) -> frozenset[str]:
    return BUILT_IN["normalizer"] | definitions(flat).get("normalizer", {}).keys()


def definitions(flat: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """{"analyzer": {name: definition}, "tokenizer": .., ..} of an index's settings."""
    own = {name: value for name, value in flat.items() if name.startswith("index.analysis.")}
    found: dict[str, Any] = nest(own).get("index", {}).get("analysis", {}) if own else {}
    return found


def _check_component(part: str, name: str, definition: dict[str, Any]) -> None:
    kind = definition.get("type")
    if kind is None:
        # A built-in one may be configured under its own name.
        kind = name if name in BUILT_IN[part] else None
    if kind not in BUILT_IN[part]:
        raise illegal(f"Unknown {part} type [{kind}] for [{name}]")
    known = KUROMOJI.get(str(kind))
    for parameter, value in definition.items():
        if known is None or parameter == "type":
            continue
        # OpenSearch would ignore it, and analyse otherwise than meant.
        if parameter not in known:
            raise illegal(f"unknown parameter [{parameter}] of {part} [{name}] of type [{kind}]")
        allowed = known[parameter]
        if allowed and value not in allowed:
            raise illegal(f"[{value}] is no value of [{parameter}] of {part} [{name}]: {', '.join(allowed)}")


def _check_analyzer(name: str, definition: dict[str, Any], defined: dict[str, Any]) -> None:
    kind = definition.get("type") or (CUSTOM if "tokenizer" in definition else None)
    if kind == CUSTOM:
        if "tokenizer" not in definition:
            raise illegal(f"analyzer [{name}] must specify either an analyzer type, or a tokenizer")
        _check_parts("analyzer", name, definition, defined)
    elif kind is None:
        raise illegal(f"analyzer [{name}] must specify either an analyzer type, or a tokenizer")
    elif kind not in BUILT_IN["analyzer"]:
        raise illegal(f"Unknown analyzer type [{kind}] for [{name}]")


def _check_parts(what: str, name: str, definition: dict[str, Any], defined: dict[str, Any]) -> None:
    title = "Custom Analyzer" if what == "analyzer" else "Custom normalizer"
    for part in ("tokenizer", "filter", "char_filter"):
        wanted = definition.get(part, [])
        for used in wanted if isinstance(wanted, list) else [wanted]:
            if used not in BUILT_IN[part] and used not in defined.get(part, {}):
                raise illegal(f"{title} [{name}] failed to find {part} under name [{used}]")
