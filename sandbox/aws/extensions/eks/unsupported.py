"""Operations that moto would answer about clusters of its own, of which there are none."""

from __future__ import annotations

from sandbox.aws.call import Call, UnsupportedError
from sandbox.aws.extensions import operation


@operation("eks", "CreateFargateProfile", "DescribeFargateProfile", "ListFargateProfiles", "DeleteFargateProfile")
def refuse(call: Call) -> None:
    raise UnsupportedError("Fargate profiles")
