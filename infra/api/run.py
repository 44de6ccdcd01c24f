"""Tries infra/openapi.yaml on the running stack: starts it on a free port with a database of its own, lets Schemathesis
loose on it, and stops it. `make api` calls it.

Usage: infra/api/run.py FOLDER_OF_CARGO_LAMBDA
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
FEWEST_CASES = 5_000


def main(tools):
    # Not in the repository: the functions start anew when a file changes there.
    with tempfile.TemporaryDirectory(prefix="latchkey-api-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        log = Path(folder, "log")
        command = ["cargo", "run", "--package", "local", "--", "dev", "--root", "."]
        command += ["--data", f"{folder}/data", "--tools", tools, "--port", port]
        with log.open("w") as output:
            stack = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while "ready at" not in log.read_text():
                if stack.poll() is not None:
                    sys.exit(f"latchkey: the stack does not start\n{log.read_text()}")
                time.sleep(0.2)
            return check(port, folder)
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(60)


def check(port, folder):
    report = Path(folder, "report.json")
    command = [SCHEMATHESIS, "--config-file", ROOT / "infra/api/schemathesis.toml", "run", ROOT / "infra/openapi.yaml"]
    command += ["--url", f"http://127.0.0.1:{port}", "--report-json-path", report]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(ROOT / "infra/api/hooks.py")}
    failed = subprocess.run(command, cwd=folder, env=environment).returncode
    if failed:
        return failed
    result = json.loads(report.read_text())
    cases, operations = result["test_cases"]["generated"], result["operations"]
    phases = [phase["status"] for phase in result["phases"].values()]
    if cases < FEWEST_CASES or operations["tested"] < operations["total"] or set(phases) != {"success"}:
        sys.exit(f"latchkey: too little was tried: {cases} cases, {operations}, phases {phases}")
    print(f"latchkey: {cases:,} cases on {operations['tested']} operations, no failed check")
    return 0


if __name__ == "__main__":
    # So that the stack is stopped then too.
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    sys.exit(main(*sys.argv[1:]))
