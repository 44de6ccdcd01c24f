// openid-client refreshes twice, and reads the refusal of a token that was used before.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const client = createRequire(`${process.env.NODE_PATH}/`)("openid-client");

const { issuer, token, audience } = JSON.parse(readFileSync(0, "utf8"));
const found = {};
for (const algorithm of ["oidc", "oauth2"]) {
  const options = { algorithm, execute: [client.allowInsecureRequests] };
  const config = await client.discovery(new URL(issuer), "latchkey", undefined, client.None(), options);
  const first = await client.refreshTokenGrant(config, found.last ?? token);
  const second = await client.refreshTokenGrant(config, first.refresh_token, { audience });
  found.last = second.refresh_token;
  found[algorithm] = { type: second.token_type, seconds: second.expiresIn(), token: second.access_token };
  found.refused = () => client.refreshTokenGrant(config, token).catch((error) => [error.status, error.error]);
}
// It ends the session, so it comes last.
found.refused = await found.refused();
process.stdout.write(JSON.stringify(found));
