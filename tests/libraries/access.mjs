// Libraries of npm verify access tokens: jose, openid-client's discovery, and jsonwebtoken with jwks-rsa. And Express
// runs the code of docs/application.md, which is the first argument. The second one is the authorizer of a REST API.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { createRemoteJWKSet, jwtVerify } = require("jose");
const client = require("openid-client");
const express = require("express");
const jsonwebtoken = require("jsonwebtoken");
const jwksRsa = require("jwks-rsa");

const { issuer, audience, tokens } = JSON.parse(readFileSync(0, "utf8"));
process.env.LATCHKEY = issuer;
process.env.AUDIENCE = audience;

// Whether each token is accepted, by its name.
async function judge(isAccepted) {
  const judged = {};
  for (const [name, token] of Object.entries(tokens)) judged[name] = await isAccepted(token);
  return judged;
}

const accepted = (promise) => promise.then(() => true, () => false);

async function discovered(algorithm) {
  const options = { algorithm, execute: [client.allowInsecureRequests] };
  const found = await client.discovery(new URL(issuer), "latchkey", undefined, client.None(), options);
  const { issuer: name, jwks_uri: keys, token_endpoint: endpoint } = found.serverMetadata();
  return { name, keys, endpoint };
}

const metadata = [await discovered("oidc"), await discovered("oauth2")];
const keys = createRemoteJWKSet(new URL(metadata[0].keys));
const jose = await judge((token) =>
  accepted(jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"], typ: "at+jwt" })),
);

const cached = jwksRsa({ jwksUri: metadata[0].keys });
const find = (header, done) => cached.getSigningKey(header.kid).then((key) => done(null, key.getPublicKey()), done);
const jsonwebtokenJudged = await judge(
  (token) =>
    new Promise((resolve) => {
      const checks = { issuer, audience, algorithms: ["RS256"], complete: true };
      // It does not look at the type.
      jsonwebtoken.verify(token, find, checks, (error, found) => resolve(!error && found.header.typ === "at+jwt"));
    }),
);

const { authenticated } = await import(pathToFileURL(process.argv[2]));
const app = express();
app.get("/me", authenticated, (request, response) => response.json(request.user.sub));
const server = app.listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const me = `http://127.0.0.1:${server.address().port}/me`;
const status = async (token) => (await fetch(me, { headers: { authorization: `Bearer ${token}` } })).status;
const statuses = await judge(status);
const anonymous = (await fetch(me)).status;
server.close();

// The resource that the authorizer of a REST API opens, or its error.
const { handler } = await import(pathToFileURL(process.argv[3]));
const methodArn = "arn:aws:execute-api:eu-central-1:1:a/live/GET/orders";
const authorizer = await judge((token) =>
  handler({ authorizationToken: `Bearer ${token}`, methodArn }).then(
    (result) => result.policyDocument.Statement[0].Resource,
    (error) => error.message,
  ),
);

const found = { metadata, jose, jsonwebtoken: jsonwebtokenJudged, statuses, anonymous, authorizer };
process.stdout.write(JSON.stringify(found));
