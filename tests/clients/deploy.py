"""Deploys a SAM template into a server with APIs of AWS, as SAM and CloudFormation do, and prints the outputs.

Usage: deploy.py ENDPOINT create|update < INPUT

INPUT is a JSON object with the template, the nested one, and the parameters. The server knows no resource policies of
secrets and no budgets, so the stack has none of them. Of CloudFormation, it takes no rotation of a secret, no time to
live and no recovery of a table, so this sets them by their own APIs.
"""

import contextlib
import io
import json
import sys
import zipfile

import boto3
from botocore.exceptions import WaiterError
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

UNKNOWN = ("AWS::SecretsManager::ResourcePolicy", "AWS::SecretsManager::RotationSchedule", "AWS::Budgets::Budget")
STACK = "latchkey"
ROTATION = "arn:aws:lambda:us-east-1:000000000000:function:rotation"


class NoManagedPolicies(ManagedPolicyLoader):
    """Resolves no names of managed policies, because the template has none."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


def without_unknown(template):
    resources = template["Resources"].items()
    return template | {"Resources": {name: value for name, value in resources if value["Type"] not in UNKNOWN}}


def complete(client, cloudformation, resources):
    dynamodb, secrets = client("dynamodb"), client("secretsmanager")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
    for name, resource in resources.items():
        properties = resource["Properties"]
        if "TimeToLiveSpecification" in properties:
            dynamodb.update_time_to_live(
                TableName=ids[name], TimeToLiveSpecification=properties["TimeToLiveSpecification"])
        if "PointInTimeRecoverySpecification" in properties:
            dynamodb.update_continuous_backups(
                TableName=ids[name],
                PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"])
        if resource["Type"] == "AWS::SecretsManager::Secret":
            secrets.rotate_secret(SecretId=ids[name], RotationLambdaARN=ROTATION)


def deploy(endpoint, verb, template, nested, parameters):
    client = lambda service: boto3.client(service, endpoint_url=endpoint)
    s3, cloudformation = client("s3"), client("cloudformation")

    def put(key, body):
        s3.put_object(Bucket="code", Key=key, Body=body)
        return f"{endpoint}/code/{key}"

    s3.create_bucket(Bucket="code")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("bootstrap", "")
    put("code.zip", code.getvalue())
    template["Globals"]["Function"]["CodeUri"] = "s3://code/code.zip"
    template = without_unknown(transform(template, {}, NoManagedPolicies()))
    nested = put("nested.json", json.dumps(without_unknown(nested)))
    template["Resources"]["Watching"]["Properties"]["TemplateURL"] = nested
    arguments = {
        "StackName": STACK,
        "TemplateURL": put("template.json", json.dumps(template)),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    {"create": cloudformation.create_stack, "update": cloudformation.update_stack}[verb](**arguments)
    with contextlib.suppress(WaiterError):  # A test lets an update fail.
        cloudformation.get_waiter(f"stack_{verb}_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    if verb == "create":
        complete(client, cloudformation, template["Resources"])
    print(json.dumps({
        "status": stack["StackStatus"],
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        "failures": [
            event for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
            if "FAILED" in event["ResourceStatus"]
        ],
    }, default=str))


deploy(sys.argv[1], sys.argv[2], **json.load(sys.stdin))
