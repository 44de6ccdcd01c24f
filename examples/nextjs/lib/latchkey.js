import { createRemoteJWKSet, errors, jwtVerify } from "jose";

export const ISSUER = process.env.LATCHKEY ?? "http://127.0.0.1:9000";
const AUDIENCE = process.env.AUDIENCE ?? ISSUER;
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));
// With these codes the keys could not be read. With all others the token is wrong.
const UNREAD = ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"];

// The claims of the access token in a header `Authorization`, or null. `sub` is the user's id. It throws if the keys
// cannot be read.
export async function userOf(authorization = "") {
  const [scheme, token] = authorization.split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) return null;
  try {
    const checks = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"], typ: "at+jwt" };
    return (await jwtVerify(token, keys, checks)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && !UNREAD.includes(error.code)) return null;
    throw error;
  }
}

// The profile of the user who sent the request, as Latchkey's response. Call it where you read data: a proxy alone is no
// protection, because a request may get around it (CVE-2025-29927).
export function profile(request) {
  const cookie = request.get("cookie");
  // Forward the cookies and nothing else: with the browser's Accept header, the response would be a page.
  const options = { headers: cookie ? { cookie } : {}, cache: "no-store", signal: AbortSignal.timeout(5000) };
  return fetch(`${ISSUER}/profile`, options);
}
