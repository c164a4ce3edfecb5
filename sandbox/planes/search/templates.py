"""Index and component templates.

https://docs.opensearch.org/latest/im-plugin/index-templates/
"""

from __future__ import annotations

import fnmatch
from typing import Any

from sandbox.planes.search import analysis, mappings, settings
from sandbox.planes.search.errors import NotEmulated, SearchError, check_keys, illegal
from sandbox.planes.search.routes import WAITING, Request, route
from sandbox.planes.search.state import Document, State, matches, overlap
from sandbox.planes.search.words import words

INDEX_TEMPLATE = words("index_patterns template composed_of priority version _meta data_stream allow_auto_create")
COMPONENT_TEMPLATE = words("template version _meta")
TEMPLATE = words("settings mappings aliases")
PUT = WAITING | {"create", "cause"}
GET = WAITING | {"local", "flat_settings"}


# https://docs.opensearch.org/latest/api-reference/index-apis/create-index-template/
@route("PUT|POST", "/_index_template/{name}", PUT)
def put_index_template(request: Request) -> Document:
    name, body = request.args["name"], check_keys(request.body, INDEX_TEMPLATE, "index_template")
    patterns = body.get("index_patterns")
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not patterns:
        raise illegal("Required [index_patterns]" if patterns is None else "index patterns are missing")
    state, components = request.state, body.get("composed_of", [])
    missing = [component for component in components if component not in state.component_templates]
    if missing:
        raise SearchError(
            400,
            "invalid_index_template_exception",
            f"index_template [{name}] invalid, cause [index template [{name}] specifies component templates "
            f"[{', '.join(missing)}] that do not exist]",
        )
    if request.flag("create") and name in state.index_templates:
        raise illegal(f"index template [{name}] already exists")
    priority = body.get("priority", 0)
    if not isinstance(priority, int) or isinstance(priority, bool) or priority < 0:
        raise illegal("index template priority must be >= 0")
    _check_conflicts(state, name, patterns, priority)
    template = {**body, "index_patterns": patterns, "composed_of": components}
    if "template" in body:
        template["template"] = _template(body["template"])
    _check_builds(compose(state, template))
    state.index_templates[name] = template
    return {"acknowledged": True}


@route("GET", "/_index_template", GET)
@route("GET", "/_index_template/{name}", GET)
def get_index_templates(request: Request) -> Document:
    found = _named(request, request.state.index_templates, "index template")
    return {"index_templates": [{"name": name, "index_template": _shown(found[name])} for name in found]}


@route("HEAD", "/_index_template/{name}", GET)
def has_index_template(request: Request) -> tuple[int, None]:
    return (200 if request.args["name"] in request.state.index_templates else 404), None


@route("DELETE", "/_index_template/{name}", WAITING)
def delete_index_template(request: Request) -> Document:
    name = request.args["name"]
    if request.state.index_templates.pop(name, None) is None:
        raise SearchError(404, "index_template_missing_exception", f"index_template [{name}] missing")
    return {"acknowledged": True}


# https://docs.opensearch.org/latest/api-reference/index-apis/simulate-index-template/
@route("POST", "/_index_template/_simulate_index/{name}", WAITING)
def simulate_index(request: Request) -> Document:
    if request.content.strip():
        raise NotEmulated("simulating a template that is not there yet")
    winner = winning(request.state, request.args["name"])
    if winner is None:
        return {}
    others = [
        {"name": name, "index_patterns": template["index_patterns"]}
        for name, template in request.state.index_templates.items()
        if name != winner and matches(request.args["name"], template["index_patterns"])
    ]
    composed = compose(request.state, request.state.index_templates[winner])
    return {"template": _shown({"template": composed})["template"], "overlapping": others}


# https://docs.opensearch.org/latest/im-plugin/index-templates/#composable-index-templates
@route("PUT|POST", "/_component_template/{name}", PUT)
def put_component_template(request: Request) -> Document:
    name, body = request.args["name"], check_keys(request.body, COMPONENT_TEMPLATE, "component_template")
    if "template" not in body:
        raise illegal("Required [template]")
    state = request.state
    if request.flag("create") and name in state.component_templates:
        raise illegal(f"component template [{name}] already exists")
    template = {**body, "template": _template(body["template"])}
    changed = {**state.component_templates, name: template}
    for user in state.index_templates.values():
        if name in user["composed_of"]:
            _check_builds(_compose(changed, user))
    state.component_templates[name] = template
    return {"acknowledged": True}


@route("GET", "/_component_template", GET)
@route("GET", "/_component_template/{name}", GET)
def get_component_templates(request: Request) -> Document:
    found = _named(request, request.state.component_templates, "component template")
    return {"component_templates": [{"name": name, "component_template": _shown(found[name])} for name in found]}


@route("DELETE", "/_component_template/{name}", WAITING)
def delete_component_template(request: Request) -> Document:
    name, state = request.args["name"], request.state
    if name not in state.component_templates:
        raise SearchError(404, "index_template_missing_exception", f"index_template [{name}] missing")
    users = [user for user, template in state.index_templates.items() if name in template["composed_of"]]
    if users:
        raise illegal(
            f"component templates [{name}] cannot be removed as they are still in use by index templates "
            f"[{', '.join(users)}]"
        )
    del state.component_templates[name]
    return {"acknowledged": True}


def winning(state: State, index: str) -> str | None:
    """The template of the highest priority among those that match."""
    found = [name for name, template in state.index_templates.items() if matches(index, template["index_patterns"])]
    return max(found, key=lambda name: state.index_templates[name].get("priority", 0), default=None)


def compose(state: State, template: Document) -> Document:
    """{"settings" (flat), "mappings", "aliases"}: the components in their order, the template itself last."""
    return _compose(state.component_templates, template)


def _compose(components: dict[str, Document], template: Document) -> Document:
    parts = [components[name]["template"] for name in template["composed_of"]] + [template.get("template", {})]
    composed: Document = {"settings": {}, "mappings": {}, "aliases": {}}
    for part in parts:
        composed["settings"] |= part.get("settings", {})
        composed["mappings"] = mappings.combine(composed["mappings"], part.get("mappings", {}))
        composed["aliases"] |= part.get("aliases", {})
    return composed


def _template(body: Any) -> Document:
    """The inner part, checked for itself; its settings are kept flat."""
    check_keys(body, TEMPLATE, "template")
    kept = dict(body)
    if "settings" in kept:
        kept["settings"] = settings.of_index(kept["settings"])
    if "mappings" in kept and not isinstance(kept["mappings"], dict):
        raise illegal("[mappings] must be an object")
    return kept


def _check_builds(composed: Document) -> None:
    """An index made of it must be one OpenSearch could make."""
    try:
        analysis.check(composed["settings"])
        mappings.check(composed["mappings"], composed["settings"])
    except SearchError as error:
        cause = {name: value for name, value in error.document["error"].items() if name != "root_cause"}
        raise SearchError(
            400, "illegal_argument_exception", "composable template is invalid after composition", caused_by=cause
        ) from error


def _check_conflicts(state: State, name: str, patterns: list[str], priority: int) -> None:
    rivals = {
        other: template["index_patterns"]
        for other, template in state.index_templates.items()
        if other != name
        and template.get("priority", 0) == priority
        and any(overlap(one, two) for one in patterns for two in template["index_patterns"])
    }
    if rivals:
        told = ", ".join(f"{other} => [{', '.join(of_other)}]" for other, of_other in rivals.items())
        raise illegal(
            f"index template [{name}] has index patterns [{', '.join(patterns)}] matching patterns from existing "
            f"templates [{','.join(rivals)}] with patterns ({told}) that have the same priority [{priority}], multiple "
            "index templates may not match during index creation, please use a different priority"
        )


def _named(request: Request, known: dict[str, Document], what: str) -> dict[str, Document]:
    wanted = request.args.get("name", "*")
    found = {name: template for name, template in known.items() if fnmatch.fnmatchcase(name, wanted)}
    if not found and "*" not in wanted:
        raise SearchError(404, "resource_not_found_exception", f"{what} matching [{wanted}] not found")
    return found


def _shown(template: Document) -> Document:
    """As it is read back: settings nested."""
    shown = dict(template)
    if "template" in shown:
        inner = shown["template"] = dict(shown["template"])
        if "settings" in inner:
            inner["settings"] = settings.nest(inner["settings"])
    return shown
