"""Checks a running stack against infra/openapi.yaml: starts it on a free port with a database of its own, runs
Schemathesis against it, and stops it. `make api` calls it with the program behind `make dev`.
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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
FEWEST_CASES = 5_000


def main():
    # Outside of the repository, because there the functions restart whenever a file changes.
    with tempfile.TemporaryDirectory(prefix="latchkey-api-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        log = Path(folder, "log")
        command = [sys.argv[1], "dev", "--root", ".", "--data", f"{folder}/data", "--port", port]
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
    command = [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", ROOT / "infra/openapi.yaml"]
    command += ["--url", f"http://127.0.0.1:{port}", "--report-json-path", report]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "LATCHKEY_PORT": port}
    failed = subprocess.run(command, cwd=folder, env=environment).returncode
    if failed:
        return failed
    result = json.loads(report.read_text())
    cases, operations = result["test_cases"]["generated"], result["operations"]
    phases = [phase["status"] for phase in result["phases"].values()]
    if cases < FEWEST_CASES or operations["tested"] < operations["total"] or set(phases) != {"success"}:
        sys.exit(f"latchkey: Schemathesis tested too little: {cases} cases, {operations}, phases {phases}")
    print(f"latchkey: {cases:,} cases on {operations['tested']} operations, no failed check")
    return 0


if __name__ == "__main__":
    # A signal must stop the stack, too.
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
