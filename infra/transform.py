"""Prints the CloudFormation template that SAM makes of a SAM template, without a request to AWS.

Usage: infra/transform.py TEMPLATE
"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform


class NoManagedPolicies(ManagedPolicyLoader):
    """Resolves no names of managed policies, because the template has none."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
# A deployment packages the code of the functions. The transformation needs an address in its place.
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1, default=str))
