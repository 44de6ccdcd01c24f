#!/bin/sh
# Lints template.yaml as it is written and as SAM transforms it: only the latter shows a circular reference. Then the
# workflow, the resources in docs/application.md, and the example.
# Usage: infra/lint.sh FOLDER_OF_SAM_AND_CFN_LINT CHECKOV
set -eu

bin=$1 checkov=$2
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0
# In this folder, because the path of the nested template is relative to the file.
transformed=$(mktemp ./.transformed.XXXXXX) snippets=$(mktemp)
trap 'rm -f "$transformed" "$snippets"' EXIT

"$bin/sam" validate --lint --template template.yaml
"$bin/cfn-lint" template.yaml infra/monitoring.yaml infra/cdn.yaml
"$bin/python" infra/transform.py template.yaml > "$transformed"
# W3002: the code is still a local path, because nothing is packaged yet.
"$bin/cfn-lint" --ignore-checks W3002 --template "$transformed"
"$bin/python" infra/snippets.py docs/application.md > "$snippets"
"$bin/cfn-lint" --template "$snippets"
# The exceptions, each with its reason, are in infra/checkov.yaml and at the resources.
"$checkov" --config-file infra/checkov.yaml
"$bin/zizmor" --offline --quiet --no-progress .github
"$bin/sam" validate --lint --template examples/sam/template.yaml
echo "template.yaml, infra/monitoring.yaml, infra/cdn.yaml and the workflow: no findings; the first also as transformed"
echo "the resources in docs/application.md: no findings"
