// A log-in with Better Auth as it comes (scrypt), with its own adapter that keeps all in memory.
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { json, serve } from './runtime.mjs';

const auth = betterAuth({
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of the bench, of thirty-two characters and more',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  telemetry: { enabled: false },
});

await serve(async (event) => {
  const { username, password } = JSON.parse(event.body);
  const email = `${username}@example.com`;
  const done =
    event.rawPath === '/signup'
      ? await auth.api.signUpEmail({ body: { name: username, email, password }, asResponse: true })
      : await auth.api.signInEmail({ body: { email, password }, asResponse: true });
  return json(done.status, await done.json(), done.headers.getSetCookie());
});
