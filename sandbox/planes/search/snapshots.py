"""Automated snapshots: listed, and restored under other names. Nobody but the service takes or deletes one.

https://docs.opensearch.org/latest/api-reference/snapshots/get-snapshot/
https://docs.opensearch.org/latest/api-reference/snapshots/restore-snapshot/
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-restore.html
"""

from __future__ import annotations

import fnmatch
import re
from typing import Any

from sandbox.planes.search import indices, repository, settings, shards
from sandbox.planes.search.errors import NotEmulated, SearchError, illegal, no_index
from sandbox.planes.search.routes import WAITING, Request, route
from sandbox.planes.search.state import Document, State, new_id
from sandbox.planes.search.words import words

RESTORE = words(
    "indices ignore_unavailable include_global_state include_aliases partial rename_pattern rename_replacement "
    "index_settings ignore_index_settings"
)
# org.opensearch.snapshots.RestoreService
UNMODIFIABLE = words("index.number_of_shards index.version.created index.uuid index.creation_date index.history.uuid")


# https://docs.opensearch.org/latest/api-reference/snapshots/get-snapshot-repository/
@route("GET", "/_snapshot", WAITING)
@route("GET", "/_snapshot/_all", WAITING)
@route("GET", "/_snapshot/{repository}", WAITING)
def get_repositories(request: Request) -> Document:
    name = request.args.get("repository", request.state.repository)
    _check_repository(request.state, name)
    return {name: {"type": "s3", "settings": {"server_side_encryption": "true", "region": "sandbox"}}}


@route("GET", "/_snapshot/{repository}/{snapshot}", WAITING | {"ignore_unavailable", "verbose"})
def get_snapshots(request: Request) -> Document:
    state, name = request.state, request.args["repository"]
    _check_repository(state, name)
    repository.take_due(state)
    found: list[Document] = []
    for snapshot in _chosen(request, repository.names(state)):
        try:
            found.append(repository.info(state, snapshot))
        except repository.Corrupt as error:
            if not request.flag("ignore_unavailable"):
                reason = f"[{name}:{snapshot}] failed to get snapshots"
                raise SearchError(500, "snapshot_exception", reason, caused_by=_caused(error)) from error
    return {"snapshots": found}


@route("POST", "/_snapshot/{repository}/{snapshot}/_restore", WAITING | {"wait_for_completion"})
def restore(request: Request) -> Document:
    """What can't be restored is found out before the first index is made; a damaged shard is not, and stays
    unassigned."""
    state, snapshot = request.state, request.args["snapshot"]
    body = _checked(request.body or {})
    _check_repository(state, request.args["repository"])
    if snapshot not in repository.names(state):
        raise _refusal(request, "snapshot does not exist")
    try:
        listed = repository.info(state, snapshot)
        renamed = _renamed(request, body, listed["indices"])
        made = {
            target: _restored(request, body, repository.index_of(state, snapshot, source), target)
            for target, source in renamed.items()
        }
    except repository.Corrupt as error:
        raise SearchError(500, "corrupt_state_exception", str(error)) from error
    for target, source in renamed.items():
        index = made[target]
        for shard in range(shards.number(index)):
            try:
                index["documents"] |= repository.shard_of(state, snapshot, source, shard)
            except repository.Corrupt as error:
                index["failed_shards"][str(shard)] = (
                    f"failed shard on node [sandbox]: failed recovery, failure RecoveryFailedException[[{target}]"
                    f"[{shard}]]; nested: IndexShardRestoreFailedException[restore failed]; nested: {error};"
                )
        state.indices[target] = index
    if not request.flag("wait_for_completion"):
        return {"accepted": True}
    total = sum(shards.number(index) for index in made.values())
    failed = sum(len(shards.failed(index)) for index in made.values())
    counted = {"total": total, "failed": failed, "successful": total - failed}
    return {"snapshot": {"snapshot": snapshot, "indices": list(made), "shards": counted}}


def _checked(body: Document) -> Document:
    for key in body:
        if key not in RESTORE:
            raise illegal(f"Unknown parameter {key}")
    if body.get("include_global_state"):
        raise NotEmulated("restoring the global state")
    return body


def _check_repository(state: State, name: str) -> None:
    if name != state.repository:
        raise SearchError(404, "repository_missing_exception", f"[{name}] missing")


def _chosen(request: Request, known: list[str]) -> list[str]:
    """The snapshots of `_all`, `a,b*`; snapshot_missing_exception for a name without."""
    wanted = request.args["snapshot"]
    if wanted == "_all":
        return known
    patterns = wanted.split(",")
    for one in patterns:
        if "*" not in one and one not in known and not request.flag("ignore_unavailable"):
            reason = f"[{request.args['repository']}:{one}] is missing"
            raise SearchError(404, "snapshot_missing_exception", reason)
    return [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def _renamed(request: Request, body: Document, listed: list[str]) -> dict[str, str]:
    """{name of the copy: name in the snapshot}."""
    wanted = body.get("indices", "_all")
    chosen: list[str] = []
    for part in wanted.split(",") if isinstance(wanted, str) else wanted:
        pattern = "*" if part == "_all" else part
        if pattern.startswith("-"):
            chosen = [name for name in chosen if not fnmatch.fnmatchcase(name, pattern[1:])]
            continue
        found = [name for name in listed if fnmatch.fnmatchcase(name, pattern)]
        if not found and "*" not in pattern and not body.get("ignore_unavailable"):
            raise no_index(part)
        chosen += [name for name in found if name not in chosen]
    # Groups are $1 in Java and \g<1> here.
    replacement = re.sub(r"\$(\d)", r"\\g<\1>", body.get("rename_replacement", ""))
    renamed: dict[str, str] = {}
    for name in chosen:
        pattern = body.get("rename_pattern")
        target = re.sub(pattern, replacement, name) if pattern else name
        if target in renamed:
            reason = f"indices [{name}] and [{renamed[target]}] are renamed into the same index [{target}]"
            raise _refusal(request, reason)
        renamed[target] = name
    return renamed


def _restored(request: Request, body: Document, index: Document, target: str) -> Document:
    """The index that is made, without documents."""
    state = request.state
    if target in state.indices and not state.indices[target]["closed"]:
        raise _refusal(
            request,
            f"cannot restore index [{target}] because an open index with same name already exists in the cluster. "
            "Either close or delete the existing index or restore the index under a different name by providing a "
            "rename pattern and replacement name",
        )
    if target not in state.indices:
        indices.check_name(state, target)
    ignored = body.get("ignore_index_settings", [])
    ignored = ignored.split(",") if isinstance(ignored, str) else ignored
    kept = {
        name: value
        for name, value in index["settings"].items()
        if name in UNMODIFIABLE or not any(fnmatch.fnmatchcase(name, pattern) for pattern in ignored)
    }
    changes = settings.of_index(body.get("index_settings"))
    for name in changes:
        if name in UNMODIFIABLE:
            raise _refusal(request, f"cannot modify setting [{name}] on restore")
    index["settings"] = settings.change(kept, changes) | {"index.uuid": new_id()}
    index["aliases"] = index["aliases"] if body.get("include_aliases", True) else {}
    # Policies know indices by their ids: nobody manages a copy.
    return {**index, "documents": {}, "policy": None, "closed": False, "failed_shards": {}}


def _refusal(request: Request, why: str) -> SearchError:
    where = f"[{request.args['repository']}:{request.args['snapshot']}]"
    return SearchError(500, "snapshot_restore_exception", f"{where} {why}")


def _caused(error: Exception) -> dict[str, Any]:
    return {"type": "corrupt_state_exception", "reason": str(error)}
