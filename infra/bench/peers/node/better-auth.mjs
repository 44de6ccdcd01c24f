// A login with Better Auth: its default hash (scrypt), and its own adapter, which keeps everything in memory.
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
  const response =
    event.rawPath === '/signup'
      ? await auth.api.signUpEmail({ body: { name: username, email, password }, asResponse: true })
      : await auth.api.signInEmail({ body: { email, password }, asResponse: true });
  return json(response.status, await response.json(), response.headers.getSetCookie());
});
