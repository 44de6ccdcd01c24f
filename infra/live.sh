#!/bin/sh
# Moves the alias `live` of each function of a stack. API Gateway invokes what it points to.
# Usage: infra/live.sh publish STACK           to the code and the variables that the functions have now
#        infra/live.sh rollback STACK [TIME]   to the newest version from before TIME, which is that of the last update
set -eu

usage="usage: $0 publish STACK, or rollback STACK [TIME], with a time like 2026-11-26T03:00:00 in UTC"
command=${1:?$usage} stack=${2:?$usage}
functions=$(aws cloudformation list-stack-resources --stack-name "$stack" \
  --query "StackResourceSummaries[?ResourceType=='AWS::Lambda::Function'].PhysicalResourceId" --output text)

case $command in
  publish)
    # Lambda answers with the last version if nothing has changed since.
    choose() { aws lambda publish-version --function-name "$1" --query Version --output text; }
    ;;
  rollback)
    updated=${3:-$(aws cloudformation describe-stacks --stack-name "$stack" \
      --query 'Stacks[0].LastUpdatedTime' --output text)}
    # In UTC. AWS writes an offset of zero.
    time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?'
    if ! echo "$updated" | grep -Eq "^$time(Z|\+00:00)?$"; then
      echo "$usage" >&2
      exit 2
    fi
    # A function that has no version since then stays as it is.
    choose() {
      aws lambda list-versions-by-function --function-name "$1" --query 'Versions[].[Version,LastModified]' \
        --output text | awk -v updated="$updated" '
          $1 != "$LATEST" && substr($2, 1, 23) < substr(updated, 1, 23) && $1 + 0 > found + 0 { found = $1 }
          END { print found }'
    }
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac

for function in $functions; do
  version=$(choose "$function")
  if [ -n "$version" ]; then
    aws lambda update-alias --function-name "$function" --name live --function-version "$version" \
      --query '[AliasArn, FunctionVersion]' --output text
  else
    echo "$function stays as it is: it has no version from before $updated" >&2
  fi
done
