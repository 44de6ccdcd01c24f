"""The files that docs/leaving.md makes for systems that are not run here: which of the passwords of standard input fit.

The folder of the files is the first argument. Each reader gives the users of a file: for each email, whether the user
is active, and a function that verifies a password with what the file has.
"""

import base64
import json
import pathlib
import sys
from unicodedata import normalize

import bcrypt
from argon2 import PasswordHasher, low_level
from argon2.exceptions import VerificationError

FOLDER = pathlib.Path(sys.argv[1])


def whole(hashed):
    """Verifies with a hash in the form of PHC or of bcrypt."""

    def verify(typed):
        if not hashed:
            return False
        if hashed.startswith("$2"):
            return bcrypt.checkpw(typed.encode()[:72], hashed.encode())
        try:
            return PasswordHasher().verify(hashed, normalize("NFC", typed))
        except VerificationError:
            return False

    return verify


def parts(tag, salt, memory, passes, lanes, length):
    """Verifies with the parts of an argon2id hash, strictly in Base64 with its padding."""
    tag, salt = [base64.b64decode(part, validate=True) for part in (tag, salt)]
    assert (len(tag), len(salt)) == (length, 16)

    def verify(typed):
        secret = normalize("NFC", typed).encode()
        return low_level.hash_secret_raw(secret, salt, passes, memory, lanes, length, low_level.Type.ID, 19) == tag

    return verify


def none(_):
    return False


def text(name):
    return (FOLDER / name).read_text()


def lines(name):
    return [json.loads(line) for line in text(name).splitlines()]


def supabase():
    for user in lines("supabase.ndjson"):
        yield user["email"], user["ban_duration"] == "none", whole(user.get("password_hash"))


def auth0():
    for user in json.loads(text("auth0.json")):
        custom = user.get("custom_password_hash", {"algorithm": None, "hash": {"value": ""}})
        value = custom["hash"]["value"]
        assert custom["algorithm"] == ({"$a": "argon2", "$2": "bcrypt"}.get(value[:2]))
        yield user["email"], not user["blocked"], whole(value)


def kratos():
    for patch in json.loads(text("kratos.json"))["identities"]:
        user = patch["create"]
        hashed = user.get("credentials", {}).get("password", {}).get("config", {}).get("hashed_password")
        yield user["traits"]["email"], user["state"] == "active", whole(hashed)


def keycloak():
    for user in json.loads(text("keycloak.json"))["users"]:
        verify = none
        for credential in user["credentials"]:
            secret, data = [json.loads(credential[part]) for part in ("secretData", "credentialData")]
            more = {name: value for name, [value] in data["additionalParameters"].items()}
            assert (data["algorithm"], more["type"], more["version"]) == ("argon2", "id", "1.3")
            costs = [int(cost) for cost in (more["memory"], data["hashIterations"], more["parallelism"])]
            verify = parts(secret["value"], secret["salt"], *costs, int(more["hashLength"]))
        yield user["email"], user["enabled"], verify


def firebase():
    for request in lines("firebase.ndjson"):
        costs = request.get("argon2Parameters", {})
        for user in request["users"]:
            verify = none
            if "passwordHash" in user:
                named = [costs[name] for name in ("memoryCostKib", "iterations", "parallelism", "hashLengthBytes")]
                verify = parts(user["passwordHash"], user["salt"], *named)
            yield user["email"], not user["disabled"], verify


def judge(users, given):
    found = {email: (is_active, verify) for email, is_active, verify in users}
    judged = {}
    for user in given:
        is_active, verify = found.pop(user["email"])
        judged[user["email"]] = {
            kind: [is_active and verify(typed) for typed in user[kind]] for kind in ("right", "wrong")
        }
    assert not found, found
    return judged


given = json.load(sys.stdin)
json.dump({read.__name__: judge(read(), given) for read in (supabase, auth0, kratos, keycloak, firebase)}, sys.stdout)
