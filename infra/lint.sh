#!/bin/sh
# Lints template.yaml as it is written and as SAM transforms it: a circular reference shows only there.
# Usage: infra/lint.sh FOLDER_OF_SAM_AND_CFN_LINT
set -eu

bin=$1
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0
transformed=$(mktemp)
trap 'rm -f "$transformed"' EXIT

"$bin/sam" validate --lint --template template.yaml
"$bin/cfn-lint" template.yaml
"$bin/python" infra/transform.py template.yaml > "$transformed"
# W3002: the code is still a path of this machine, because nothing was packaged.
"$bin/cfn-lint" --ignore-checks W3002 --template "$transformed"
echo "template.yaml: no findings, as written and as transformed"
