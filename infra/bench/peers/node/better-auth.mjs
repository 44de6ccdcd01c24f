// A login with Better Auth: its default hash (scrypt), and its own adapter, which keeps everything in memory. And its
// access tokens: those of its plugin, by its default algorithm (EdDSA) or by the one that the variable ALG names.
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { jwt } from 'better-auth/plugins';
import { json, serve } from './runtime.mjs';

const { ALG } = process.env;
const auth = betterAuth({
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of the bench, of thirty-two characters and more',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
  emailAndPassword: { enabled: true },
  plugins: [jwt(ALG ? { jwks: { keyPairConfig: { alg: ALG } } } : {})],
  logger: { disabled: true },
  telemetry: { enabled: false },
});

function respond(event) {
  const headers = new Headers({ cookie: event.cookies.join('; ') });
  if (event.rawPath === '/token') return auth.api.getToken({ headers, asResponse: true });
  if (event.rawPath === '/.well-known/jwks.json') return auth.api.getJwks({ asResponse: true });
  const { username, password } = JSON.parse(event.body);
  const email = `${username}@example.com`;
  return event.rawPath === '/signup'
    ? auth.api.signUpEmail({ body: { name: username, email, password }, asResponse: true })
    : auth.api.signInEmail({ body: { email, password }, asResponse: true });
}

await serve(async (event) => {
  const response = await respond(event);
  return json(response.status, await response.json(), response.headers.getSetCookie());
});
