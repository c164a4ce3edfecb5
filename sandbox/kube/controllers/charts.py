"""What Helm charts make of a cluster: `sandbox/kube/charts/<chart>.yml.j2`, one file for each chart known here.

A file is a Jinja template of a YAML mapping:

    # Sandbox's own, minimal: what <chart> <version> makes, as far as other objects and checks can see it.
    crds:                                        # as a chart's crds/: made first, never changed back nor deleted
      - {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, ...}
    objects:                                     # as a chart's templates/: kept as here, deleted with the release
      - apiVersion: apps/v1
        kind: Deployment
        metadata: {name: istiod, labels: {app: istiod}}        # no namespace: the release's, where the kind has one
        spec:
          replicas: {{ values.pilot.autoscaleMin | default(2) }}
          ...

It sees `release.name`, `release.namespace`, `chart.name`, `chart.version` (of the HelmRelease's spec.chart) and
`values` (its spec.values, where anything undeclared is undefined however deep). `| tojson` writes a mapping or list,
`| fromjson` reads what a macro wrote so, `| b64encode` is for what Secrets hold.
Both keys are mandatory and may be empty. A chart has no file: its release is not Ready, and says which ones have.
Deployments that others wait for must bear the names of the real ones, which are those `operator()` asks for: istiod,
aws-load-balancer-controller, external-secrets, cert-manager, source-controller, helm-controller ...
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml

DIRECTORY = Path(__file__).parent.parent / "charts"
SUFFIX = ".yml.j2"


class Chart(NamedTuple):
    crds: list[dict[str, Any]]
    objects: list[dict[str, Any]]


def known(directory: Path | None = None) -> list[str]:
    return sorted(path.name.removesuffix(SUFFIX) for path in (directory or DIRECTORY).glob(f"*{SUFFIX}"))


def render(
    name: str, version: str, release: str, namespace: str, values: dict[str, Any], directory: Path | None = None
) -> Chart:
    """The objects of a release (shared: copy before changing one).

    KeyError for an unknown chart, ValueError for a file that is wrong.
    """
    return _render(name, version, release, namespace, json.dumps(values), directory or DIRECTORY)


@lru_cache(256)
def _render(name: str, version: str, release: str, namespace: str, values: str, directory: Path) -> Chart:
    if name not in known(directory):
        raise KeyError(name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory), undefined=jinja2.ChainableUndefined, autoescape=False
    )
    environment.filters["fromjson"] = json.loads
    environment.filters["b64encode"] = lambda text: base64.b64encode(str(text).encode()).decode()
    try:
        text = environment.get_template(f"{name}{SUFFIX}").render(
            release={"name": release, "namespace": namespace},
            chart={"name": name, "version": version},
            values=json.loads(values),
        )
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return Chart(list(content["crds"]), list(content["objects"]))
    except (jinja2.TemplateError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError(f"chart {name} of the sandbox can't be rendered: {error!r}") from error
