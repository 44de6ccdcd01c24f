// The bare hash of @node-rs/argon2: for each line that is read, one hash, and a line when it is done.
import { hashSync } from '@node-rs/argon2';
import { createInterface } from 'node:readline';

const options = { memoryCost: 19456, timeCost: 2, outputLen: 32, parallelism: 1, salt: Buffer.from('a salt of 16 byt') };
for await (const _ of createInterface({ input: process.stdin })) {
  hashSync('correct horse battery', options);
  process.stdout.write('\n');
}
