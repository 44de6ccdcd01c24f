"""Programs of the field log in and out at a running `make dev`, each as its documentation shows it first.

Usage: programs.py ORIGIN USERNAME PASSWORD

A login sends JSON. A logout sends nothing but the cookie. Each line of the output is a client and its result. A client
that is not installed is skipped.
"""

import asyncio
import http.cookiejar
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

EXPECTED = [200, 204, 401]
PATHS = ["/login", "/logout", "/profile"]


def curl(origin, login):
    with tempfile.NamedTemporaryFile() as jar:
        command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-b", jar.name, "-c", jar.name]
        each = [["--json", json.dumps(login)], ["-X", "POST"], []]
        outputs = [subprocess.check_output(command + more + [origin + path]) for more, path in zip(each, PATHS)]
        return [int(output) for output in outputs]


def wget(origin, login):
    with tempfile.NamedTemporaryFile() as jar:
        cookies = ["--keep-session-cookies", f"--load-cookies={jar.name}", f"--save-cookies={jar.name}"]
        body = ["--header=Content-Type: application/json", f"--post-data={json.dumps(login)}"]
        each = [body, ["--method=POST"], []]
        statuses = []
        for more, path in zip(each, PATHS):
            command = ["wget", "-q", "-S", "-O", "/dev/null", *cookies, *more, origin + path]
            output = subprocess.run(command, capture_output=True, text=True).stderr
            statuses.append(int(output.split()[1]))
        return statuses


def urllib_request(origin, login):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    body, headers = json.dumps(login).encode(), {"Content-Type": "application/json"}
    requests = [
        urllib.request.Request(origin + "/login", body, headers),
        urllib.request.Request(origin + "/logout", method="POST"),
        urllib.request.Request(origin + "/profile"),
    ]

    def status(request):
        try:
            return opener.open(request).status
        except urllib.error.HTTPError as error:
            return error.code

    return [status(request) for request in requests]


def requests(origin, login):
    import requests

    session = requests.Session()
    responses = [session.post(origin + "/login", json=login), session.post(origin + "/logout")]
    return [response.status_code for response in responses + [session.get(origin + "/profile")]]


def httpx(origin, login):
    import httpx

    with httpx.Client(base_url=origin) as client:
        responses = [client.post("/login", json=login), client.post("/logout"), client.get("/profile")]
    return [response.status_code for response in responses]


def aiohttp(origin, login):
    import aiohttp

    async def visit():
        async with aiohttp.ClientSession(origin) as session:
            requests = [
                lambda: session.post("/login", json=login),
                lambda: session.post("/logout"),
                lambda: session.get("/profile"),
            ]
            statuses = []
            for request in requests:
                async with request() as response:
                    statuses.append(response.status)
            return statuses

    return asyncio.run(visit())


# These clients of Node keep no cookies by themselves.
FETCH = """
const [origin, login] = process.argv.slice(1);
(async () => {
    const headers = { "Content-Type": "application/json" };
    const loggedIn = await fetch(origin + "/login", { method: "POST", headers, body: login });
    const cookie = loggedIn.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
    const out = await fetch(origin + "/logout", { method: "POST", headers: { cookie } });
    const profile = await fetch(origin + "/profile", { headers: { cookie } });
    console.log(JSON.stringify([loggedIn.status, out.status, profile.status]));
})();
"""
AXIOS = """
const axios = require("axios").create({ baseURL: process.argv[1], validateStatus: () => true });
(async () => {
    const loggedIn = await axios.post("/login", JSON.parse(process.argv[2]));
    const cookie = loggedIn.headers["set-cookie"].map((line) => line.split(";")[0]).join("; ");
    const out = await axios.post("/logout", undefined, { headers: { cookie } });
    const profile = await axios.get("/profile", { headers: { cookie } });
    console.log(JSON.stringify([loggedIn.status, out.status, profile.status]));
})();
"""


def node(script, origin, login):
    output = subprocess.run(["node", "-e", script, origin, json.dumps(login)], capture_output=True, text=True)
    if "Cannot find module" in output.stderr:
        raise ModuleNotFoundError(output.stderr)
    return json.loads(output.stdout)


def fetch(origin, login):
    return node(FETCH, origin, login)


def axios(origin, login):
    return node(AXIOS, origin, login)


CLIENTS = {
    curl: "curl",
    wget: "wget",
    urllib_request: None,
    requests: None,
    httpx: None,
    aiohttp: None,
    fetch: "node",
    axios: "node",
}


def main(origin, username, password):
    login = {"identifier": username, "password": password}
    has_failed = False
    for client, program in CLIENTS.items():
        name = client.__name__
        if program and not shutil.which(program):
            print(f"{name}: SKIPPED, because {program} is not installed")
            continue
        try:
            statuses = client(origin, login)
        except ModuleNotFoundError:
            print(f"{name}: SKIPPED, because its package is not installed")
            continue
        has_failed |= statuses != EXPECTED
        print(f"{name}: {'ok' if statuses == EXPECTED else f'FAILED: {statuses} instead of {EXPECTED}'}")
    sys.exit(has_failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
