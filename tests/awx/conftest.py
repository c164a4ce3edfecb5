"""A stand-in for AWX, the role's calls, and the real modules of awx.awx in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.awx.rendering import APPLY, DIGEST, Call, Role
from tests.awx.server import TOKEN, Awx, serving

Result = dict[str, Any]
MODULES = "ansible_collections.awx.awx.plugins.modules"


def settings(role: Role, **changed: Any) -> dict[str, Any]:
    """``awx_settings`` as declared, with an image."""
    declared: dict[str, Any] = role.value("{{ platform_awx }}")
    return {**declared, "execution_environment": {**declared["execution_environment"], "digest": DIGEST}, **changed}


@pytest.fixture
def api_path() -> str:
    """AWX's own; Ansible Automation Platform has another."""
    return "/api/"


@pytest.fixture
def awx(api_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Awx]:
    """A fresh AWX."""
    with serving(Awx(api_path)) as server:
        monkeypatch.setenv("CONTROLLER_HOST", server.url)
        monkeypatch.setenv("CONTROLLER_OAUTH_TOKEN", TOKEN)
        # There is no TLS here, yet each request would read the system's authorities.
        monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
        monkeypatch.setenv("SSL_CERT_DIR", os.devnull)
        monkeypatch.setenv("CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX", api_path)
        yield server


@pytest.fixture(scope="session")
def declared() -> Role:
    """The role in production, as declared."""
    return Role("production", {})


@pytest.fixture
def role(awx: Awx, declared: Role) -> Callable[..., Role]:
    """The role in production, against that AWX; settings and variables may be changed."""

    def make(given: dict[str, Any] | None = None, **changed: Any) -> Role:
        path = awx.store.api.removesuffix("v2")
        return declared.with_(awx_settings=settings(declared, host=awx.url, api_path=path, **changed), **(given or {}))

    return make


def run(role: Role, *files: str, check: bool = False) -> list[Result]:
    """Run every call of the role's task files, or of those that apply; each result names its task."""
    return [{**module(call, check), "task": call.task} for call in role.calls(*(files or APPLY))]


def module(call: Call, check: bool = False) -> Result:
    """Run the real module in this process, and return what it returned."""
    main = import_module(f"{MODULES}.{call.module}").main
    said = io.StringIO()
    arguments = {**json.loads(json.dumps(call.arguments)), "_ansible_check_mode": check}
    with patch_module_args(arguments), contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main()
    result: Result = json.loads(said.getvalue())
    return result


def changed(results: list[Result]) -> list[str]:
    """Tasks that changed something; none may have failed."""
    assert [result for result in results if result.get("failed")] == []
    return [result["task"] for result in results if result["changed"]]
