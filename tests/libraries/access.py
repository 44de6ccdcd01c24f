"""FastAPI runs the code of docs/application.md, which is the first argument and uses PyJWT, and jwcrypto verifies."""

import json
import os
import runpy
import sys
import urllib.error
import urllib.request

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from jwcrypto import jwk, jwt

given = json.load(sys.stdin)
os.environ["LATCHKEY"] = given["issuer"]
os.environ["AUDIENCE"] = given["audience"]
user = runpy.run_path(sys.argv[1])["user"]

app = FastAPI()


@app.get("/me")
def me(claims: dict = Depends(user)) -> str:
    return claims["sub"]


client = TestClient(app)
statuses = {
    name: client.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code
    for name, token in given["tokens"].items()
}
try:
    with urllib.request.urlopen(f"{given['issuer']}/.well-known/jwks.json") as response:
        keys = jwk.JWKSet.from_json(response.read())
except urllib.error.HTTPError:
    keys = jwk.JWKSet()


def is_accepted(token):
    try:
        claims = {"iss": given["issuer"], "aud": given["audience"], "exp": None}
        found = jwt.JWT(jwt=token, key=keys, algs=["RS256"], check_claims=claims)
        return json.loads(found.header)["typ"] == "at+jwt"
    except Exception:
        return False


jwcrypto = {name: is_accepted(token) for name, token in given["tokens"].items()}
json.dump({"statuses": statuses, "jwcrypto": jwcrypto, "anonymous": client.get("/me").status_code}, sys.stdout)
