// A login as tutorials write it, with Lucia's sessions and @node-rs/argon2. It uses Latchkey's tables, because memory
// is lost with the execution environment.
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { hash, verify } from '@node-rs/argon2';
import { Lucia } from 'lucia';
import { json, serve } from './runtime.mjs';

const database = new DynamoDBClient({});
const { CREDENTIALS_TABLE, SESSIONS_TABLE } = process.env;
const lucia = new Lucia({
  getSessionAndUser: async () => [null, null],
  getUserSessions: async () => [],
  setSession: async ({ id, userId, expiresAt }) => {
    const seconds = `${Math.floor(expiresAt / 1000)}`;
    const Item = { user_id: { S: userId }, session_id: { S: id }, expires_at: { N: seconds } };
    await database.send(new PutItemCommand({ TableName: SESSIONS_TABLE, Item }));
  },
  updateSessionExpiration: async () => {},
  deleteSession: async () => {},
  deleteUserSessions: async () => {},
  deleteExpiredSessions: async () => {},
});
// OWASP's parameters, which Latchkey uses, too.
const options = { memoryCost: 19456, timeCost: 2, outputLen: 32, parallelism: 1 };

await serve(async (event) => {
  const { username, password } = JSON.parse(event.body);
  const identifier = { S: `lucia#${username}` };
  if (event.rawPath === '/signup') {
    const Item = { identifier, hash: { S: await hash(password, options) } };
    await database.send(new PutItemCommand({ TableName: CREDENTIALS_TABLE, Item }));
    return json(201, { username });
  }
  const Key = { identifier };
  const { Item } = await database.send(new GetItemCommand({ TableName: CREDENTIALS_TABLE, Key, ConsistentRead: true }));
  if (!Item || !(await verify(Item.hash.S, password, options))) return json(401, {});
  const session = await lucia.createSession(username, {});
  return json(200, { username }, [lucia.createSessionCookie(session.id).serialize()]);
});
