"""What a container is given (arguments, environment, mounted files), so that a program of this machine can be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.planes.engines.observation.secrets import Secrets
from sandbox.planes.engines.observation.snapshot import Object, name, space

VARIABLE = re.compile(r"\$\(([A-Za-z_]\w*)\)")
FIELDS: dict[str, Callable[[Object], str]] = {
    "metadata.name": name,
    "metadata.namespace": space,
    "spec.nodeName": lambda pod: str(pod["spec"].get("nodeName", "")),
    "status.podIP": lambda pod: str(pod["status"].get("podIP", "")),
}


@dataclass
class Given:
    """`files`: what is mounted, by where it is to be on this machine."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    files: dict[Path, str] = field(default_factory=dict)


def given(pod: Object, container: Object, secrets: Secrets, directory: Path, local: Callable[[str], str]) -> Given:
    """KeyError and OSError where something that it needs is not there; `local`: a text with names of this machine."""
    volumes = {each["name"]: each for each in pod["spec"].get("volumes") or ()}
    places: dict[str, Path] = {}
    files: dict[Path, str] = {}
    for mount in container.get("volumeMounts") or ():
        volume = volumes[mount["name"]]
        if "hostPath" in volume:
            places[mount["mountPath"]] = Path(volume["hostPath"]["path"])
            continue
        place = places[mount["mountPath"]] = directory / mount["name"]
        held = dict(_held(space(pod), volume, secrets))
        part = mount.get("subPath")
        if part:
            places[mount["mountPath"]] = place / part
        files |= {place / key: text for key, text in held.items()}

    def here(text: str) -> str:
        for mounted in sorted(places, key=len, reverse=True):
            # What is mounted as the root of the machine is it.
            text = re.sub(rf"{re.escape(mounted)}(?=$|[/\s\"',;&])", str(places[mounted]), text)
        return local(text)

    environment = {key: here(value) for key, value in _environment(pod, container, secrets)}
    arguments = [
        here(VARIABLE.sub(lambda match: environment.get(match[1], match[0]), each))
        for each in (*(container.get("args") or ()),)
    ]
    return Given(tuple(arguments), environment, {path: here(text) for path, text in files.items()})


def _held(namespace: str, volume: Object, secrets: Secrets) -> Iterator[tuple[str, str]]:
    """(file, content) of a volume."""
    for part in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        for kind, of in (("secret", secrets.secret), ("configMap", secrets.config_map)):
            source = part.get(kind)
            if source is None:
                continue
            try:
                held = of(namespace, source.get("secretName") or source["name"])
            except KeyError:
                if source.get("optional"):
                    continue
                raise
            items = source.get("items")
            yield from ((each["path"], held[each["key"]]) for each in items) if items else held.items()


def _environment(pod: Object, container: Object, secrets: Secrets) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or ():
        for kind, of in (("secretRef", secrets.secret), ("configMapRef", secrets.config_map)):
            if kind in source:
                held = of(space(pod), source[kind]["name"])
                yield from ((source.get("prefix", "") + key, value) for key, value in held.items())
    for each in container.get("env") or ():
        way = each.get("valueFrom")
        if way is None:
            yield each["name"], each.get("value", "")
        elif "fieldRef" in way and way["fieldRef"]["fieldPath"] in FIELDS:
            yield each["name"], FIELDS[way["fieldRef"]["fieldPath"]](pod)
        else:
            for kind, of in (("secretKeyRef", secrets.secret), ("configMapKeyRef", secrets.config_map)):
                reference = way.get(kind)
                if reference and (
                    not reference.get("optional") or reference["key"] in of(space(pod), reference["name"])
                ):
                    yield each["name"], of(space(pod), reference["name"])[reference["key"]]
