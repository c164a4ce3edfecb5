"""What the emulated AWX knows of each kind of object: fields with defaults, references, roles; after AWX 24.6.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
PROMPTS = {
    f"ask_{name}_on_launch": False
    for name in (
        "diff_mode",
        "inventory",
        "job_type",
        "labels",
        "limit",
        "scm_branch",
        "skip_tags",
        "tags",
        "variables",
    )
}


@dataclass(frozen=True)
class Kind:
    """``fields`` without a default (None in ``required``) must be given; ``unique`` fields are so together."""

    type: str
    fields: Mapping[str, Any]
    required: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name", "organization")
    references: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


ORGANIZATION = {"organization": "organizations"}

KINDS: dict[str, Kind] = {
    "organizations": Kind(
        "organization",
        {"name": "", "description": "", "max_hosts": 0},
        unique=("name",),
        roles=("admin", "auditor", "execute", "member", "read", "approval"),
    ),
    "teams": Kind(
        "team", {"name": "", "description": "", "organization": None}, references=ORGANIZATION, roles=("member",)
    ),
    "labels": Kind("label", {"name": "", "organization": None}, ("name", "organization"), references=ORGANIZATION),
    "instance_groups": Kind(
        "instance_group",
        {
            "name": "",
            "is_container_group": False,
            "max_concurrent_jobs": 0,
            "pod_spec_override": "",
            "credential": None,
        },
        unique=("name",),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {"name": "", "description": "", "image": "", "pull": "", "organization": None, "credential": None},
        ("name", "image"),
        unique=("name",),
        references=ORGANIZATION,
    ),
    "credential_types": Kind(
        "credential_type",
        {"name": "", "description": "", "kind": "", "inputs": {}, "injectors": {}, "managed": False},
        ("name", "kind"),
        unique=("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {"name": "", "description": "", "inputs": {}, "organization": None, "credential_type": None},
        ("name", "credential_type"),
        unique=("name", "organization", "credential_type"),
        references={**ORGANIZATION, "credential_type": "credential_types"},
        roles=("admin", "use", "read"),
    ),
    "credential_input_sources": Kind(
        "credential_input_source",
        {
            "description": "",
            "input_field_name": "",
            "metadata": {},
            "target_credential": None,
            "source_credential": None,
        },
        ("input_field_name", "target_credential", "source_credential"),
        unique=("target_credential", "input_field_name"),
        references={"target_credential": "credentials", "source_credential": "credentials"},
    ),
    "notification_templates": Kind(
        "notification_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "notification_type": "",
            "notification_configuration": {},
        },
        ("name", "organization", "notification_type"),
        references=ORGANIZATION,
    ),
    "projects": Kind(
        "project",
        {
            "name": "",
            "description": "",
            "organization": None,
            "credential": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_clean": False,
            "scm_update_on_launch": False,
            "allow_override": False,
        },
        references={**ORGANIZATION, "credential": "credentials"},
        roles=("admin", "use", "update", "read"),
    ),
    "inventories": Kind(
        "inventory",
        {"name": "", "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
        ("name", "organization"),
        references=ORGANIZATION,
        roles=("admin", "use", "adhoc", "update", "read"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            "name": "",
            "description": "",
            "inventory": None,
            "source": "",
            "source_project": None,
            "source_path": "",
            "execution_environment": None,
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "update_cache_timeout": 0,
        },
        ("name", "inventory", "source"),
        unique=("name", "inventory"),
        references={
            "inventory": "inventories",
            "source_project": "projects",
            "execution_environment": "execution_environments",
        },
    ),
    "job_templates": Kind(
        "job_template",
        {
            "name": "",
            "description": "",
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "extra_vars": "",
            "job_tags": "",
            "diff_mode": False,
            "allow_simultaneous": False,
            "survey_enabled": False,
            "execution_environment": None,
            "prevent_instance_group_fallback": False,
            "organization": None,
            **PROMPTS,
        },
        ("name", "project", "playbook"),
        references={
            **ORGANIZATION,
            "inventory": "inventories",
            "project": "projects",
            "execution_environment": "execution_environments",
        },
        roles=("admin", "execute", "read"),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "allow_simultaneous": False,
            "survey_enabled": False,
            "ask_variables_on_launch": False,
        },
        references=ORGANIZATION,
        roles=("admin", "execute", "read", "approval"),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": "",
            "workflow_job_template": None,
            "unified_job_template": None,
            "all_parents_must_converge": False,
        },
        ("workflow_job_template",),
        unique=("identifier", "workflow_job_template"),
        references={"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template", {"name": "", "description": "", "timeout": 0}, unique=()
    ),
    "schedules": Kind(
        "schedule",
        {"name": "", "description": "", "rrule": "", "extra_data": {}, "enabled": True, "unified_job_template": None},
        ("name", "rrule", "unified_job_template"),
        unique=("unified_job_template", "name"),
        references={"unified_job_template": "unified_job_templates"},
    ),
}

# What a list of associated objects holds.
ASSOCIATED = {
    "credentials": "credentials",
    "labels": "labels",
    "instance_groups": "instance_groups",
    "instances": "instances",
    "notification_templates_error": "notification_templates",
    "notification_templates_approvals": "notification_templates",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
    "teams": "teams",
    "users": "users",
}

# A fresh AWX has these: (kind, name, other fields).
MANAGED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("organizations", "Default", {}),
    ("instance_groups", "default", {"is_container_group": True}),
    ("execution_environments", "AWX EE (24.6.1)", {"image": "quay.io/ansible/awx-ee:24.6.1"}),
    (
        "credential_types",
        "Source Control",
        {"kind": "scm", "managed": True, "inputs": {"fields": [{"id": "username"}, {"id": "ssh_key_data"}]}},
    ),
    (
        "credential_types",
        "HashiCorp Vault Secret Lookup",
        {
            "kind": "external",
            "managed": True,
            "inputs": {"fields": [{"id": id} for id in ("url", "kubernetes_role", "default_auth_path", "api_version")]},
        },
    ),
)
