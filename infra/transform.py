"""Prints a SAM template as the CloudFormation template that SAM makes of it, without asking AWS."""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform


class NoManagedPolicies(ManagedPolicyLoader):
    """Managed policies are named by their ARNs already."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


with open(sys.argv[1]) as file:
    template = yaml_parse(file.read())
# The code of the functions is packaged at deployment; the transformation wants an address for it.
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=1, default=str))
