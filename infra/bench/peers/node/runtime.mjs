// The event loop of the peers: asks the Runtime API for an event, calls the handler, posts the response, and repeats.
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path: `/2018-06-01/runtime/invocation/${path}`, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export async function serve(handler) {
  for (;;) {
    const next = await call('GET', 'next');
    const response = await handler(JSON.parse(next.text));
    await call('POST', `${next.headers['lambda-runtime-aws-request-id']}/response`, JSON.stringify(response));
  }
}

export function json(statusCode, body, cookies = []) {
  return { statusCode, headers: { 'content-type': 'application/json' }, cookies, body: JSON.stringify(body) };
}
