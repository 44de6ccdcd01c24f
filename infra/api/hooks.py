"""What Schemathesis needs to know besides infra/openapi.yaml. infra/api/run.py passes this file to it.

The stateful phase repeats requests and gives up if a repeated one does not succeed like the first. So every choice here
depends only on the request (`share`), and every valid sign-up creates a new account.
"""

import itertools
import os
import re
import zlib
from pathlib import Path

import requests
import schemathesis

# The port is in the names of the cookies. The OpenAPI document has those of the default port.
PREFIX = f"latchkey-{os.environ['LATCHKEY_PORT']}-"
COOKIE = PREFIX + "session"
ROOT = Path(__file__).resolve().parent.parent.parent

# The paths whose JSON has no further fields.
STRICT = (
    "/signup",
    "/login",
    "/confirm",
    "/verify",
    "/forgot",
    "/reset",
    "/undo",
    "/profile/delete",
    "/profile/email",
    "/profile/name",
    "/profile/password",
    "/profile/sessions/end",
    "/profile/username",
    "/token",
)

numbers = itertools.count(1000)
accounts = []
sessions = []


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Translates what Schemathesis does not understand: the headers of every response, unknown fields, and one link."""
    responses = list(raw_schema["components"]["responses"].values())
    for path in raw_schema["paths"].values():
        for operation in path.values():
            responses += [response for response in operation["responses"].values() if "$ref" not in response]
    for response in responses:
        response["headers"] = raw_schema["x-headers-of-every-response"] | response.get("headers", {})
    for path in STRICT:
        content = raw_schema["paths"][path]["post"]["requestBody"]["content"]
        for media in content.values():
            # Of a sign-up, the mode decides which of the bodies is valid. This stack is open.
            if "$ref" not in media["schema"]:
                media["schema"] = next(iter(media["schema"].values()))[0]
        reference = content["application/json"]["schema"]["$ref"]
        schema = raw_schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
        content["application/json"]["schema"] = schema | {"additionalProperties": False}
    # It would send a made-up `Authorization` beside the real cookie, and expect a 401 also for `Basic`.
    del raw_schema["components"]["securitySchemes"]["bearer"]
    for path in raw_schema["paths"].values():
        for operation in path.values():
            operation["security"] = [way for way in operation.get("security", []) if "bearer" not in way]
    names = [*raw_schema["components"]["securitySchemes"].values(), *raw_schema["components"]["parameters"].values()]
    for named in names:
        named["name"] = named["name"].replace("latchkey-9000-", PREFIX)
    # A link cannot set the body of an operation that accepts two media types. `before_call` sets it.
    del raw_schema["components"]["links"]["LogIn"]["requestBody"]


@schemathesis.deserializer("text/html")
def page(context, response):
    """Reads a page as a string, because its schema is that of a string."""
    return response.content.decode()


# Characters that Python calls printable, and that show nothing.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)


@schemathesis.auth(retry_on=[], refresh_interval=3600)
class RealSessions:
    """Declares a real session, so that the checks also try requests without it. `before_call` sends it."""

    def get(self, case, context):
        account = {"username": "first", "email": "first@example.com", "password": "correct horse battery"}
        response = requests.post(f"{case.operation.base_url}/signup", json=account, timeout=10)
        response.raise_for_status()
        accounts.append(account)
        sessions.append(response.cookies[COOKIE])
        return COOKIE

    def set(self, case, data, context):
        pass


@schemathesis.hook
def filter_case(context, case):
    """Drops requests that the schema rejects although they are valid, and those that reach no function."""
    if isinstance(case.body, dict) and "session" in case.body:
        # A form ignores the field. A browser gets no refresh token.
        if case.media_type != "application/json" or "Sec-Fetch-Site" in (case.headers or {}):
            return False
    if isinstance(case.body, dict) and any(len(name.encode()) > 64 for name in case.body):
        # Lengths of a schema are in characters, not in bytes.
        return False
    if isinstance(case.body, dict):
        # The functions ignore blanks around a field and refuse invisible characters in it. A schema cannot say that.
        fields = [value for name, value in case.body.items() if name != "password" and isinstance(value, str)]
        return all(field == field.strip() and field.isprintable() and not INVISIBLE.search(field) for field in fields)
    return True


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes more requests pass the checks of the function, and more of them look like those of a browser."""
    as_browser, with_origin, with_account, with_session = share(case)
    if as_browser < 40:
        case.headers["Accept"] = "text/html"
    if "Origin" in case.headers or "Sec-Fetch-Site" not in case.headers and case.method == "POST" and with_origin < 80:
        case.headers["Origin"] = case.operation.base_url
    if sessions and with_session < (20 if case.path in ("/signup", "/login", "/confirm") else 60):
        case.cookies[COOKIE] = sessions[-1]
    if case.meta and case.meta.generation.mode.is_positive:
        if case.operation.label == "POST /signup":
            case.body = new(case.body)
        if case.operation.label in ("POST /reset", "POST /undo", "POST /profile/password"):
            case.body = case.body | {"password": uncommon(case.body["password"], str(next(numbers)))}
        if case.operation.label == "POST /token" and isinstance(case.body, dict) and "audience" in case.body:
            # Which audiences there are, the operator decides. The issuer is always one.
            case.body = case.body | {"audience": case.operation.base_url}
        if case.operation.label == "POST /profile/username":
            number = str(next(numbers))
            case.body = case.body | {"username": case.body["username"][: -len(number)] + number}
        if case.operation.label == "POST /login" and accounts and with_account < 50:
            name = next(name for name in ["identifier", "username", "email"] if case.body.get(name))
            case.body = case.body | {name: accounts[-1]["email"], "password": accounts[-1]["password"]}


def share(case):
    """Four numbers from 0 to 99, computed from the request, or from a counter for GET, whose requests are all alike."""
    generated = next(numbers) if case.method == "GET" else [case.headers, case.cookies, case.body]
    text = repr(generated).encode(errors="replace")
    return [zlib.crc32(question + text) % 100 for question in [b"browser", b"origin", b"account", b"session"]]


def new(account):
    """The account with a new username and email and an uncommon password. A schema cannot express either."""
    number = str(next(numbers))
    local, domain = account["email"].rsplit("@", 1)
    email = f"{(number + local)[:64].rstrip('.')}@{domain}"
    username, password = account["username"], account["password"]
    if len(username) >= len(number):
        username = username[: -len(number)] + number
    # A server that reads `=?` as the start of an encoded word would send the mail elsewhere.
    email = email.replace("=?", "--")
    return account | {"username": username, "email": email, "password": uncommon(password, number)}


def uncommon(password, number):
    """The password with words and a number, because digits alone make no common word and no other field a password."""
    return f"{password[:200]} and no other {number}"


@schemathesis.hook
def after_call(context, case, response):
    """Stores the accounts and the sessions, as a browser stores cookies."""
    if case.method != "POST" or response.status_code not in (200, 201, 204, 303):
        return
    if case.path == "/signup":
        accounts.append(dict(case.body))
    if case.cookies.get(COOKIE) in sessions:
        sessions.remove(case.cookies[COOKIE])
    for cookie in response.headers.get("set-cookie", []):
        name, value = cookie.split(";")[0].split("=", 1)
        if name == COOKIE and value:
            sessions.append(value)
