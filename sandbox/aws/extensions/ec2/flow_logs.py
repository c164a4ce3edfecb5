"""Flow logs: folders in the destination bucket and the options of the files, which moto doesn't know."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DEFAULT_OPTIONS = {"FileFormat": "plain-text", "HiveCompatiblePartitions": False, "PerHourPartition": False}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
@operation("ec2", "CreateFlowLogs")
def create_flow_logs(call: Call) -> dict[str, Any]:
    if call.params.get("LogDestinationType") != "s3" or "LogDestination" not in call.params:
        return call.moto()
    destination = call.params["LogDestination"]
    logs = call.backend().flow_logs
    for resource in call.params["ResourceIds"]:
        if any(log.resource_id == resource and log.log_destination == destination for log in logs.values()):
            raise AwsError("FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration.")
    # moto takes all that follows the last colon for the bucket's name.
    answer = call.moto({**call.params, "LogDestination": destination.split("/")[0]})
    for identifier in answer["FlowLogIds"]:
        logs[identifier].log_destination = destination
        options = {**DEFAULT_OPTIONS, **call.params.get("DestinationOptions", {})}
        call.store("ec2.flow_log_options")[identifier] = options
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html
@operation("ec2", "DescribeFlowLogs")
def describe_flow_logs(call: Call) -> dict[str, Any]:
    answer = call.moto()
    options = call.store("ec2.flow_log_options")
    for log in answer["FlowLogs"]:
        if log["FlowLogId"] in options:
            log["DestinationOptions"] = options[log["FlowLogId"]]
    return answer
