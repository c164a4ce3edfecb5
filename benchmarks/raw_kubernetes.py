"""The same objects by plain `kubernetes`, a dry run each: the yardstick. `python -m benchmarks.raw_kubernetes FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kubernetes import dynamic
from kubernetes.client import ApiClient, Configuration


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    authority = Path(sys.argv[1]).with_suffix(".pem")
    authority.write_text(given["authority"])
    configuration = Configuration(host=given["connection"]["host"])
    configuration.ssl_ca_cert = str(authority)
    configuration.api_key = {"authorization": f"Bearer {given['connection']['api_key']}"}
    client = dynamic.DynamicClient(ApiClient(configuration))
    for body in given["objects"]:
        client.server_side_apply(
            client.resources.get(api_version=body["apiVersion"], kind=body["kind"]),
            body=body,
            name=body["metadata"]["name"],
            namespace=body["metadata"].get("namespace"),
            field_manager="iworkz.platform",
            force_conflicts=True,
            dry_run="All",
        )


if __name__ == "__main__":
    main()
