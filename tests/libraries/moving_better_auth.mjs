// A real Better Auth signs users up, and the commands of docs/moving.md write them to a file.
//
// The input has the folder and the commands. The output has what each user logs in with.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { betterAuth } = require("better-auth");
const { getMigrations } = require("better-auth/db/migration");
const { admin, anonymous, username } = require("better-auth/plugins");

const { folder, commands } = JSON.parse(readFileSync(0, "utf8"));
const database = new DatabaseSync(`${folder}/auth.db`);
const auth = betterAuth({
  database,
  baseURL: "http://127.0.0.1",
  secret: "of no use outside of this test, and long",
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  plugins: [username(), admin(), anonymous()],
});
await (await getMigrations(auth.options)).runMigrations();

const password = "  Grüße, ﬁne №1 ";
const signUp = (email, name, username) => auth.api.signUpEmail({ body: { email, name, username, password } });
await signUp("Ada@Example.com", 'Ada, "Countess"', "Ada.L");
await signUp("bob@example.com", "Bob");
await signUp("carol@example.com", "Carol", "carol__1");
await signUp("banned@example.com", "Banned");
await auth.api.signInAnonymous();
const run = (sql) => database.exec(sql);
run(`UPDATE user SET emailVerified = 1, role = 'editor' WHERE email = 'ada@example.com'`);
run(`UPDATE user SET banned = 1 WHERE email = 'banned@example.com'`);
run(`INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt)
  VALUES ('social', 'Social', 'social@example.com', 1, '2024-01-31T22:30:00.000Z', '2024-01-31T22:30:00.000Z')`);
run(`INSERT INTO account (id, accountId, providerId, userId, createdAt, updatedAt)
  VALUES ('a1', '1', 'github', 'social', '2024-01-31T22:30:00.000Z', '2024-01-31T22:30:00.000Z')`);

for (const command of commands) execFileSync("bash", ["-euo", "pipefail", "-c", command], { cwd: folder });
const identifiers = ["ada@example.com", "ada.l", "bob@example.com", "carol@example.com"];
process.stdout.write(JSON.stringify({ identifiers, password }));
