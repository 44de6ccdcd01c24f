// Only the hash of @node-rs/argon2: for each line of its input it computes one hash, then writes an empty line.
import { hashSync } from '@node-rs/argon2';
import { createInterface } from 'node:readline';

const salt = Buffer.from('a salt of 16 byt');
const options = { memoryCost: 19456, timeCost: 2, outputLen: 32, parallelism: 1, salt };
for await (const _ of createInterface({ input: process.stdin })) {
  hashSync('correct horse battery', options);
  process.stdout.write('\n');
}
