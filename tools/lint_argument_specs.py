"""Checks that every role's argument specification is complete and says the same as its defaults."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from tools.roles import Role, roles

# A dict whose keys are not known in advance has no options; its description says what its keys and values are.
_DOCUMENTED_MAP = re.compile(r"mapping of .+ to ", re.IGNORECASE | re.DOTALL)


def _text(description: Any) -> str:
    return " ".join(description) if isinstance(description, list) else str(description or "")


def option_faults(name: str, option: dict[str, Any]) -> Iterator[str]:
    """Yield what an option, or an option inside it, leaves open."""
    if not _text(option.get("description")).strip():
        yield f"{name}: has no description"
    kind = option.get("type")
    if kind is None:
        yield f"{name}: has no type"
    if kind == "list" and "elements" not in option:
        yield f"{name}: a list without elements"
    if option.get("required") and "default" in option:
        yield f"{name}: required, yet has a default"
    nested = option.get("options")
    if nested:
        for inner, specification in nested.items():
            yield from option_faults(f"{name}.{inner}", specification)
    elif "dict" in (kind, option.get("elements")) and not _DOCUMENTED_MAP.search(_text(option.get("description"))):
        yield f"{name}: a dict without options; if its keys are free, describe it as 'mapping of <keys> to <values>'"


def faults(role: Role) -> Iterator[str]:
    """Yield every fault of a role's specification."""
    if "main" not in role.specs:
        yield "meta/argument_specs.yml has no entry point main"
        return
    for entry_point, specification in role.specs.items():
        for text in ("short_description", "description"):
            if not _text(specification.get(text)).strip():
                yield f"entry point {entry_point}: has no {text}"
        for name, option in (specification.get("options") or {}).items():
            yield from option_faults(name, option)
            yield from _default_faults(name, option, role.defaults)
    specified = {name for specification in role.specs.values() for name in specification.get("options") or {}}
    for name in sorted(role.defaults.keys() - specified):
        if not name.startswith("__"):
            yield f"{name}: in defaults, not in the specification"


def _default_faults(name: str, option: dict[str, Any], defaults: dict[str, Any]) -> Iterator[str]:
    if "default" in option and name not in defaults:
        yield f"{name}: the specification has a default, defaults/main.yml has none"
    elif "default" not in option and name in defaults:
        yield f"{name}: defaults/main.yml has a default, the specification has none"
    elif "default" in option and option["default"] != defaults[name]:
        yield f"{name}: the specification says {option['default']!r}, defaults/main.yml {defaults[name]!r}"
    elif "default" not in option and not option.get("required"):
        yield f"{name}: neither required nor given a default"


def main() -> int:
    """Print the faults of all roles; return 1 when there are any."""
    checked = roles()
    found = [f"roles/{role.name}: {fault}" for role in checked for fault in faults(role)]
    print(*found, f"{len(found)} faults in the argument specifications of {len(checked)} roles", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
