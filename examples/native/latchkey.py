"""A command line that logs in to Latchkey, keeps the session in a file, and calls an API with access tokens.

    python3 latchkey.py login ada.l       asks for the password
    python3 latchkey.py token             prints an access token, refreshed when it is due
    python3 latchkey.py whoami            prints the user name, as Latchkey knows it
    python3 latchkey.py logout            ends the session, here and at Latchkey

The session is a refresh token, and each refresh replaces it. So one process at a time refreshes: under a lock, it reads
the file again, and stores the new token before it uses it. A desktop or mobile app keeps it in the system's keychain.
It runs on Linux and macOS. The exit code is 2 if the user has to log in. `LATCHKEY` is the origin of the site, and
`LATCHKEY_STORE` the file of the session.
"""

import contextlib
import fcntl
import getpass
import http.client
import json
import os
import pathlib
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

LATCHKEY = os.environ.get("LATCHKEY", "http://127.0.0.1:9000")
STORE = pathlib.Path(os.environ.get("LATCHKEY_STORE", pathlib.Path.home() / ".latchkey-session.json"))
# A response that is lost is asked for again: Latchkey then gives the same successor, or another one.
TRIES = 4
# No response, or a part of one, or something that is not JSON.
LOST = (OSError, http.client.HTTPException, ValueError)


class LoggedOut(Exception):
    """There is no session any more. The user logs in again."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to another host. Latchkey sends none to a program."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirects)


def send(path, fields=None, bearer=None):
    """The JSON of a response; it raises HTTPError for a refusal, and one of LOST if Latchkey does not respond."""
    request = urllib.request.Request(LATCHKEY + path, method="GET" if fields is None else "POST")
    if fields is not None:
        request.data = json.dumps(fields).encode()
        request.add_header("Content-Type", "application/json")
    if bearer:
        request.add_header("Authorization", f"Bearer {bearer}")
    with OPENER.open(request, timeout=10) as response:
        return json.loads(response.read() or "null")


def problem(error):
    """The problem in a refusal; nothing if something before Latchkey has refused."""
    try:
        return dict(json.load(error))
    except (ValueError, TypeError):
        return {}


def read():
    try:
        session = json.loads(STORE.read_text())
        if session["site"] == LATCHKEY and isinstance(session["refresh_token"], str):
            return session
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # There is none of this site, or the file is damaged.
        pass
    raise LoggedOut


def store(session):
    """Replaces the file at once, for the user alone: half a token would end the session."""
    descriptor, new = tempfile.mkstemp(dir=STORE.parent)
    with open(descriptor, "w") as file:
        json.dump({**session, "site": LATCHKEY}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, STORE)


@contextlib.contextmanager
def locked():
    with open(os.open(STORE.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def exchange(refresh_token):
    for tries in range(1, TRIES + 1):
        try:
            return send("/token", {"grant_type": "refresh_token", "refresh_token": refresh_token})
        except urllib.error.HTTPError as error:
            if error.code == 400 and problem(error).get("error") == "invalid_grant":
                STORE.unlink()
                raise LoggedOut from None
            if error.code < 500 and error.code != 429 or tries == TRIES:
                raise
        except LOST:
            if tries == TRIES:
                raise
        time.sleep(tries)


def access_token():
    """An access token with at least half a minute left."""
    session = read()
    if session.get("expires", 0) > time.time() + 30:
        return session["access_token"]
    with locked():
        # Another process may have refreshed meanwhile.
        session = read()
        if session.get("expires", 0) <= time.time() + 30:
            found = exchange(session["refresh_token"])
            session = {
                "refresh_token": found["refresh_token"],
                "access_token": found["access_token"],
                "expires": time.time() + found["expires_in"],
            }
            store(session)
    return session["access_token"]


def login(identifier):
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with locked():
        # With the old token, a login ends the session that it replaces.
        try:
            old = read()["refresh_token"]
        except LoggedOut:
            old = None
        found = send("/login", {"identifier": identifier, "password": password, "session": "token"}, old)
        store({"refresh_token": found["refresh_token"]})
    print(f"Logged in as {found['user']['username']}.")


def whoami():
    # Under the lock, because two refreshes meanwhile would make the token an old one.
    with locked():
        print(send("/profile", bearer=read()["refresh_token"])["user"]["username"])


def logout():
    with locked():
        bearer = read()["refresh_token"]
        try:
            send("/logout", {}, bearer)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
        STORE.unlink()


def main(arguments):
    site = urllib.parse.urlsplit(LATCHKEY)
    if site.scheme != "https" and site.hostname not in ("127.0.0.1", "::1", "localhost"):
        sys.exit("LATCHKEY must be https://, because the password and the tokens go there.")
    commands = {"login": login, "token": lambda: print(access_token()), "whoami": whoami, "logout": logout}
    if not arguments or arguments[0] not in commands or (len(arguments) == 2) != (arguments[0] == "login"):
        sys.exit(__doc__)
    try:
        commands[arguments[0]](*arguments[1:])
    except urllib.error.HTTPError as error:
        if error.code == 401 and arguments[0] != "login":
            raise LoggedOut from None
        sys.exit(f"Latchkey: {problem(error).get('detail', error)}")
    except LOST as error:
        sys.exit(f"Latchkey does not respond, or the file of the session cannot be used: {error}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LoggedOut:
        print("You are logged out. Log in with: python3 latchkey.py login NAME", file=sys.stderr)
        sys.exit(2)
