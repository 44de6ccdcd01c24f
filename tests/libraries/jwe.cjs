// Opens a token of Latchkey's with jose, makes one like it, and makes some that Latchkey has to refuse.

const { compactDecrypt, CompactEncrypt, CompactSign, UnsecuredJWT, base64url } = require("jose");

async function main() {
  const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const [key, other] = [given.key, given.other].map((text) => base64url.decode(text));
  const { plaintext, protectedHeader: header } = await compactDecrypt(given.token, key, {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  const claims = JSON.parse(Buffer.from(plaintext).toString());

  const make = (changes = {}, withKey = key) =>
    new CompactEncrypt(plaintext).setProtectedHeader({ ...header, ...changes }).encrypt(withKey);
  const { typ, kid } = header;
  const forged = {
    "another key": await make({}, other),
    "key wrap": await make({ alg: "A256KW" }),
    "key wrap by GCM": await make({ alg: "A256GCMKW" }),
    password: await make({ alg: "PBES2-HS256+A128KW" }),
    CBC: await make({ enc: "A128CBC-HS256" }),
    "128 bits": await make({ enc: "A128GCM" }, key.slice(0, 16)),
    "another type": await make({ typ: "device+jwt" }),
    "another kid": await make({ kid: "1" }),
    nested: await make({ cty: "JWT" }),
    signed: await new CompactSign(plaintext).setProtectedHeader({ alg: "HS256", typ, kid }).sign(key),
    unsecured: new UnsecuredJWT(claims).encode(),
  };
  process.stdout.write(JSON.stringify({ claims, made: await make(), forged }));
}

main();
