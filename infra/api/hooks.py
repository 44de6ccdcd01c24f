"""What Schemathesis must be told beside infra/openapi.yaml. infra/api/run.py loads it.

Whether a sign-up or a log-in succeeds must follow from what was generated for it, or the stateful phase gives up. So what
is chosen here is chosen by the request itself (`share`), and every sign-up that is right is one of a new account.
"""

import itertools
import zlib
from pathlib import Path

import requests
import schemathesis

COOKIE = "latchkey-session"
COMMON_PASSWORDS = set(Path(__file__, "../../../shared/src/password/common.txt").resolve().read_text().split("\n"))

numbers = itertools.count(1000)
accounts = []
sessions = []


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Says in Schemathesis' words what the description says in its own."""
    answers = list(raw_schema["components"]["responses"].values())
    for path in raw_schema["paths"].values():
        for operation in path.values():
            answers += [answer for answer in operation["responses"].values() if "$ref" not in answer]
    for answer in answers:
        answer["headers"] = answer.get("headers", {}) | raw_schema["x-headers-of-every-response"]
    # A link cannot give a body to an operation that takes two types of them; `before_call` does it.
    del raw_schema["components"]["links"]["LogIn"]["requestBody"]


@schemathesis.deserializer("text/html")
def page(context, response):
    """A page is a string, and has a schema as such."""
    return response.content.decode()


@schemathesis.auth(retry_on=[], refresh_interval=3600)
class RealSessions:
    """Tells the checks that a session is a real one, so that they try without it. `before_call` is what gives it."""

    def get(self, case, context):
        account = {"username": "first", "email": "first@example.com", "password": "correct horse battery"}
        answer = requests.post(f"{case.operation.base_url}/signup", json=account, timeout=10)
        answer.raise_for_status()
        accounts.append(account)
        sessions.append(answer.cookies[COOKIE])
        return COOKIE

    def set(self, case, data, context):
        pass


@schemathesis.hook
def filter_case(context, case):
    """Drops what is wrong by the description and right all the same, and what never reaches a function."""
    if isinstance(case.body, dict):
        # The space around a field does not count, which no schema can say.
        fields = [value for name, value in case.body.items() if name != "password" and isinstance(value, str)]
        return all(field == field.strip() for field in fields)
    if isinstance(case.body, bytes) and case.media_type == "application/json":
        # API Gateway gives JSON that is not UTF-8 to the function; `cargo lambda watch` answers 500 by itself.
        return case.body.decode(errors="replace").encode() == case.body
    return True


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes more requests get through to what they are about, and more of them a browser's."""
    as_browser, with_origin, with_account, with_session = share(case)
    if as_browser < 40:
        case.headers["Accept"] = "text/html"
    if "Origin" in case.headers or "Sec-Fetch-Site" not in case.headers and case.method == "POST" and with_origin < 80:
        case.headers["Origin"] = case.operation.base_url
    if sessions and with_session < (20 if case.path in ("/signup", "/login") else 60):
        case.cookies[COOKIE] = sessions[-1]
    if case.meta and case.meta.generation.mode.is_positive:
        if case.operation.label == "POST /signup":
            case.body = new(case.body)
        if case.operation.label == "POST /login" and accounts and with_account < 50:
            name = next(name for name in ["identifier", "username", "email"] if case.body.get(name))
            case.body = case.body | {name: accounts[-1]["email"], "password": accounts[-1]["password"]}


def share(case):
    """Four numbers from 0 to 99 that follow from the request. A GET request has nothing that they could follow from."""
    generated = next(numbers) if case.method == "GET" else [case.headers, case.cookies, case.body]
    text = repr(generated).encode(errors="replace")
    return [zlib.crc32(question + text) % 100 for question in [b"browser", b"origin", b"account", b"session"]]


def new(account):
    """A username and an email that nobody has, and a password that is not on the list: no schema can say that."""
    number = str(next(numbers))
    local, domain = account["email"].rsplit("@", 1)
    email = f"{(number + local)[:64].rstrip('.')}@{domain}"
    username, password = account["username"], account["password"]
    if len(username) >= len(number):
        username = username[: -len(number)] + number
    if password.lower() in COMMON_PASSWORDS:
        password += " is common"
    return account | {"username": username, "email": email, "password": password}


@schemathesis.hook
def after_call(context, case, response):
    """Keeps the accounts and the sessions as a browser keeps its cookies."""
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
