import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const ISSUER = process.env.LATCHKEY ?? "http://127.0.0.1:9000";
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

// Lets a request through that has an access token for this API. `request.user` has its claims.
export async function authenticated(request, response, next) {
  try {
    request.user = await userOf(request.headers.authorization);
  } catch (error) {
    console.error(error);
    return response.status(503).end();
  }
  return request.user ? next() : response.status(401).set("WWW-Authenticate", "Bearer").end();
}

const LATCHKEY = process.env.LATCHKEY ?? "http://127.0.0.1:9000";

// The user who sent a request to a Node server, or null for a visitor who is not logged in.
export async function currentUser(request, response) {
  // No cache may give the page of one user to another.
  response.setHeader("Cache-Control", "no-store");
  const { cookie } = request.headers;
  if (!cookie) return null;
  // Forward the cookies and nothing else: with the browser's Accept header, the response would be a page.
  const profile = await fetch(`${LATCHKEY}/profile`, { headers: { cookie }, signal: AbortSignal.timeout(5000) });
  // The request may have renewed the session: the browser needs the new cookie.
  for (const renewed of profile.headers.getSetCookie()) response.appendHeader("Set-Cookie", renewed);
  if (profile.status === 200) return (await profile.json()).user;
  if (profile.status === 401) return null;
  // Neither "logged in" nor "logged out": show an error, and let the user try again.
  throw new Error(`Latchkey responded with ${profile.status}`);
}
