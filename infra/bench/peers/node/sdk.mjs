// A plain profile with the AWS SDK. It reads the two items that Latchkey reads, in the same call, and does not verify
// the token.
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { json, serve } from './runtime.mjs';

const database = new DynamoDBClient({});
const { USERS_TABLE, SESSIONS_TABLE } = process.env;

await serve(async (event) => {
  const cookie = event.cookies?.find((cookie) => cookie.startsWith('__Host-session='));
  if (!cookie) return json(401, {});
  const { sub, sid } = JSON.parse(Buffer.from(cookie.split('.')[1], 'base64url'));
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
