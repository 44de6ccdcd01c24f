"""Prints a template with the resources that docs/application.md shows, so that `make lint` can check them.
Usage: infra/snippets.py docs/application.md
"""

import re
import sys
from pathlib import Path

# What the resources refer to.
HEAD = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Api: { Type: String }
  Function: { Type: String }
  Listener: { Type: String }
  Targets: { Type: String }
Resources:
"""

blocks = re.findall(r"```yaml\n(.*?)```", Path(sys.argv[1]).read_text(), re.DOTALL)
resources = [block for block in blocks if re.search(r"^  Type: AWS::", block, re.MULTILINE)]
if len(resources) < 3:
    sys.exit(f"{sys.argv[1]} shows {len(resources)} resources, expected 3 or more")
print(HEAD + "".join(re.sub(r"^(?=.)", "  ", block, flags=re.MULTILINE) for block in resources))
