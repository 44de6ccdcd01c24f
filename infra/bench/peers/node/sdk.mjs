// A plain profile with the AWS SDK. It opens the session cookie with the bench's key, and reads the two items that
// Latchkey reads, in the same call.
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { json, serve } from './runtime.mjs';

const database = new DynamoDBClient({});
const { USERS_TABLE, SESSIONS_TABLE } = process.env;
const key = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', 'latchkey/session+jwt/A256GCM', 32));

function open(token) {
  const [header, , iv, text, tag] = token.split('.');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(header));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return JSON.parse(decipher.update(text, 'base64url', 'utf8') + decipher.final('utf8'));
}

await serve(async (event) => {
  const cookie = event.cookies?.find((cookie) => cookie.startsWith('__Host-session='));
  if (!cookie) return json(401, {});
  const { sub, sid } = open(cookie.split('=')[1]);
  const { Responses } = await database.send(
    new BatchGetItemCommand({
      RequestItems: {
        [USERS_TABLE]: { Keys: [{ user_id: { S: sub } }], ConsistentRead: true },
        [SESSIONS_TABLE]: { Keys: [{ user_id: { S: sub }, session_id: { S: sid } }], ConsistentRead: true },
      },
    }),
  );
  const user = Responses[USERS_TABLE][0];
  return user ? json(200, { username: user.username.S, email: user.email.S }) : json(401, {});
});
