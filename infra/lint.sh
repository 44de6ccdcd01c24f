#!/bin/sh
# Lints template.yaml as it is written and as SAM transforms it: a circular reference shows only there.
# Usage: infra/lint.sh FOLDER_OF_SAM_AND_CFN_LINT CHECKOV
set -eu

bin=$1 checkov=$2
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0
# Beside the original, because its nested template is found from there.
transformed=$(mktemp ./.transformed.XXXXXX)
trap 'rm -f "$transformed"' EXIT

"$bin/sam" validate --lint --template template.yaml
"$bin/cfn-lint" template.yaml infra/monitoring.yaml
"$bin/python" infra/transform.py template.yaml > "$transformed"
# W3002: the code is still a path of this machine, because nothing was packaged.
"$bin/cfn-lint" --ignore-checks W3002 --template "$transformed"
# What it may not find stands in the templates, with the reason. It asks the network for nothing.
"$checkov" --file template.yaml infra/monitoring.yaml --framework cloudformation --compact --quiet --skip-download
echo "template.yaml and infra/monitoring.yaml: no findings, as written and as transformed"
