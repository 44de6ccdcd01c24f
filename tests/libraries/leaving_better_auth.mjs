// A site with the code for Better Auth of docs/leaving.md, which is in the same folder: `migrate` makes its tables, and
// `judge` says which of the passwords of standard input get in at its route, and by the function alone, as for Lucia.

import { readFileSync } from "node:fs";

import { verify } from "@node-rs/argon2";
import { getMigrations } from "better-auth/db/migration";

import { auth } from "./auth.mjs";
import { password } from "./password.mjs";

const lines = readFileSync("users.ndjson", "utf8").trimEnd().split("\n");
const ids = Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ email, id }) => [email, id]));

async function getsIn(email, typed) {
  const url = `${process.env.BETTER_AUTH_URL}/api/auth/sign-in/email`;
  const headers = { "content-type": "application/json", origin: process.env.BETTER_AUTH_URL };
  const request = new Request(url, { method: "POST", headers, body: JSON.stringify({ email, password: typed }) });
  const response = await auth.handler(request);
  const isIn = (response.headers.get("set-cookie") ?? "").includes("session_token=");
  // 403 is a user who is banned. Nothing else is a way to refuse a password.
  if (![isIn ? 200 : 401, isIn ? 200 : 403].includes(response.status)) throw new Error(await response.text());
  return isIn;
}

async function judge(user) {
  const { adapter } = await auth.$context;
  const row = await adapter.findOne({ model: "user", where: [{ field: "email", value: user.email.toLowerCase() }] });
  if (row.id !== ids[user.email]) throw new Error(`${user.email} has another id`);
  const where = [{ field: "userId", value: row.id }];
  const stored = (await adapter.findOne({ model: "account", where }))?.password;
  const each = async (check) => {
    const judged = { right: [], wrong: [] };
    for (const [kind, verdicts] of Object.entries(judged)) {
      for (const typed of user[kind]) verdicts.push(await check(typed));
    }
    return judged;
  };
  const verifies = (typed) => Boolean(stored) && password.verify({ hash: stored, password: typed });
  return {
    site: await each((typed) => getsIn(user.email, typed)),
    lucia: await each(async (typed) => !row.banned && (await verifies(typed))),
    // Without the normalisation of the page.
    plain: await each(async (typed) => Boolean(stored?.startsWith("$argon2")) && (await verify(stored, typed))),
  };
}

if (process.argv[2] === "migrate") {
  await (await getMigrations(auth.options)).runMigrations();
} else {
  const found = { site: {}, lucia: {}, plain: {} };
  for (const user of JSON.parse(readFileSync(0, "utf8"))) {
    for (const [kind, judged] of Object.entries(await judge(user))) found[kind][user.email] = judged;
  }
  const made = await password.hash("u\u0308");
  found.isNormalised = await verify(made, "\u00fc");
  process.stdout.write(JSON.stringify(found));
}
