"""Fills tables like those of another system, and runs the commands of docs/moving.md that write its users to a file.

The input has the engine, the SQL that fills the tables, the commands, and the folder for the files. If the engine is
not installed, the output says how to install it.
"""

import contextlib
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

INSTALL = {
    "sqlite": "Debian: apt install sqlite3; macOS: brew install sqlite",
    "postgresql": "Debian: apt install postgresql; macOS: brew install postgresql",
    "mariadb": "Debian: apt install mariadb-server; macOS: brew install mariadb",
}
# PostgreSQL does not run as root, and MariaDB only if it is told to.
IS_ROOT = os.geteuid() == 0


def run(command, sql=None, **options):
    subprocess.run(command, input=sql, text=True, check=True, stdout=subprocess.DEVNULL, **options)


def program(name):
    """The path of a program. Debian has those of PostgreSQL in a folder of their version."""
    return shutil.which(name) or next(iter(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")), None)


@contextlib.contextmanager
def sqlite(sql, folder):
    # The commands name the database.
    for name in ["app.db", "auth.db"]:
        run(["sqlite3", "-bail", str(folder / name)], sql)
    yield {}


@contextlib.contextmanager
def postgresql(sql, folder):
    """A server on a socket in a folder, without a port."""
    with tempfile.TemporaryDirectory(prefix="pg-") as home:
        as_owner = {"user": "nobody", "cwd": home} if IS_ROOT else {"cwd": home}
        if IS_ROOT:
            shutil.chown(home, "nobody")
        data, control = f"{home}/data", program("pg_ctl")
        run([program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **as_owner)
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        run([control, "-D", data, "-l", f"{home}/log", "-o", options, "-w", "start"], **as_owner)
        try:
            url = f"postgresql:///postgres?host={home}&user=postgres"
            run(["psql", "-X", url, "-q", "-v", "ON_ERROR_STOP=1"], sql)
            yield {"DATABASE_URL": url}
        finally:
            run([control, "-D", data, "-m", "immediate", "-w", "stop"], **as_owner)


@contextlib.contextmanager
def mariadb(sql, folder):
    """A server on a socket in a folder, without a port. The client finds it by its file of options."""
    with tempfile.TemporaryDirectory(prefix="db-") as home:
        options = [f"--datadir={home}/data", "--user=root"] if IS_ROOT else [f"--datadir={home}/data"]
        run(["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", *options])
        start = ["mariadbd", "--no-defaults", "--skip-networking", f"--socket={home}/socket", *options]
        pathlib.Path(home, ".my.cnf").write_text(f"[client]\nuser=root\nsocket={home}/socket\n")
        as_client = {"env": {**os.environ, "HOME": home}}
        with open(f"{home}/log", "w") as log, subprocess.Popen(start, stderr=log) as server:
            try:
                run(["mariadb-admin", "--wait=30", "ping"], **as_client)
                run(["mariadb-admin", "create", "wordpress"], **as_client)
                run(["mariadb", "--default-character-set=utf8mb4", "wordpress"], sql, **as_client)
                yield {"HOME": home}
            finally:
                server.terminate()


def is_installed(engine):
    needed = {"sqlite": ["sqlite3"], "postgresql": ["psql", "initdb", "pg_ctl"], "mariadb": ["mariadbd", "mariadb"]}
    return all(program(name) for name in needed[engine])


def main():
    given = json.load(sys.stdin)
    if not is_installed(given["engine"]):
        return {"missing": INSTALL[given["engine"]]}
    engine = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb}[given["engine"]]
    folder = pathlib.Path(given["folder"])
    with engine(given["sql"], folder) as variables:
        for command in given["commands"]:
            shell = ["bash", "-euo", "pipefail", "-c", command]
            run(shell, cwd=folder, env={**os.environ, **variables})
    return {}


json.dump(main(), sys.stdout)
