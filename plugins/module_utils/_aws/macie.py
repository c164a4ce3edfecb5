# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Macie: the session of a region, and jobs that look for personal data in buckets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

OFF = "AccessDeniedException"
EXPORT = "export"
OVER = frozenset({"CANCELLED", "COMPLETE"})


class Session(Switch):
    """GetMacieSession, GetClassificationExportConfiguration; EnableMacie, UpdateMacieSession,
    PutClassificationExportConfiguration, DisableMacie.

    ``export`` is ``{bucket_name, key_prefix, kms_key_arn}``: Macie itself keeps results for 90 days.
    """

    service = "macie2"
    kind = "session"
    option = "session"
    create_operation = "EnableMacie"
    extra = frozenset({EXPORT})
    taggable = False
    references: ClassVar[dict[str, str]] = {f"{EXPORT}.kms_key_arn": "kms_key"}

    def normalise(self, desired: State) -> State:
        desired.setdefault("status", "ENABLED")
        return desired

    def on(self) -> State | None:
        found = answered(self.client.get_macie_session, OFF)
        if found is None:
            return None
        configuration = self.client.get_classification_export_configuration().get("configuration", {})
        path = ("configuration", "s3Destination")
        destination = configuration.get("s3Destination")
        return {
            **self.snake("GetMacieSession", (), found),
            EXPORT: self.snake("GetClassificationExportConfiguration", path, destination) if destination else {},
        }

    def create(self, key: str, desired: State) -> None:
        self.client.enable_macie(**self.parameters(desired, "EnableMacie"))
        if EXPORT in desired:
            self._export(desired[EXPORT])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        settings = self.parameters(desired, "UpdateMacieSession", *fields)
        if settings:
            self.client.update_macie_session(**settings)
        if EXPORT in fields:
            self._export(desired[EXPORT])

    def delete(self, key: str, current: State) -> None:
        self.client.disable_macie()

    def _export(self, wanted: dict[str, Any]) -> None:
        shape = shapes.input_shape(self.client, "PutClassificationExportConfiguration").members["configuration"]
        destination = shapes.to_api(shape, {"s3_destination": wanted})
        self.client.put_classification_export_configuration(configuration=destination)


class ClassificationJob(Resource):
    """ListClassificationJobs, DescribeClassificationJob; CreateClassificationJob, UpdateClassificationJob, TagResource,
    UntagResource. A job can't be changed, and is never deleted: replacing or deleting cancels it."""

    service = "macie2"
    kind = "classification_job"
    option = "classification_jobs"
    key = "name"
    create_operation = "CreateClassificationJob"
    depends_on = ("session",)
    filled = frozenset({"client_token"})
    immutable = frozenset(
        {
            "description",
            "job_type",
            "managed_data_identifier_selector",
            "s3_job_definition",
            "sampling_percentage",
            "schedule_frequency",
        }
    )

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not self._on():
            return {}
        listed = self.context.pages("macie2", "list_classification_jobs", "items")
        wanted = [one for one in listed if one["jobStatus"] not in OVER and (keys is None or one["name"] in keys)]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.create_classification_job(
            **self.parameters(desired, "CreateClassificationJob"), tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.update_classification_job(jobId=current["_id"], jobStatus="CANCELLED")

    def _on(self) -> bool:
        return answered(self.client.get_macie_session, OFF) is not None

    def _state(self, listed: dict[str, Any]) -> tuple[str, State]:
        found = self.client.describe_classification_job(jobId=listed["jobId"])
        state = self.snake("DescribeClassificationJob", (), found)
        return found["name"], {
            **state,
            "tags": from_map(found.get("tags")),
            "_id": found["jobId"],
            "_arn": found["jobArn"],
        }


ADAPTERS = (Session, ClassificationJob)
