"""Opens a token of Latchkey's with jwcrypto, makes one like it, and makes some that Latchkey has to refuse."""

import json
import sys

from jwcrypto import jwe, jwk, jws

given = json.load(sys.stdin)
key = jwk.JWK(kty="oct", k=given["key"])
other = jwk.JWK(kty="oct", k=given["other"])

opened = jwe.JWE()
opened.deserialize(given["token"], key)
header = json.loads(opened.objects["protected"])
claims = opened.payload.decode()


def make(with_key=key, algorithms=None, **changes):
    token = jwe.JWE(claims.encode(), json.dumps({**header, **changes}, separators=(",", ":")), algs=algorithms)
    token.add_recipient(with_key)
    return token.serialize(compact=True)


def sign(**header):
    token = jws.JWS(claims.encode())
    token.add_signature(key, None, json.dumps({"alg": "HS256", **header}))
    return token.serialize(compact=True)


half = jwk.JWK(kty="oct", k=given["key"][:22][:-1] + "A")
forged = {
    "another key": make(other),
    "key wrap": make(alg="A256KW"),
    "key wrap by GCM": make(alg="A256GCMKW"),
    "password": make(alg="PBES2-HS256+A128KW", algorithms=["PBES2-HS256+A128KW", "A256GCM"]),
    "CBC": make(enc="A128CBC-HS256"),
    "128 bits": make(half, enc="A128GCM"),
    "compressed": make(zip="DEF"),
    "another type": make(typ="device+jwt"),
    "another kid": make(kid="1"),
    "nested": make(cty="JWT"),
    "signed": sign(typ=header["typ"], kid=header["kid"]),
}
json.dump({"claims": json.loads(claims), "made": make(), "forged": forged}, sys.stdout)
