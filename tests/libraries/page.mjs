// The code of docs/application.md for a page, which is the first argument, with the cookie of a browser.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { origin, cookies, audience } = JSON.parse(readFileSync(0, "utf8"));
const { callApi, forget } = await import(pathToFileURL(process.argv[2]));

// What a page has and Node has not: a base for URLs, cookies, and a location.
const plain = globalThis.fetch;
let cookie = cookies[0];
let exchanges = 0;
let reloads = 0;
globalThis.location = {
  reload() {
    reloads += 1;
  },
};
globalThis.fetch = (url, options) => {
  if (!url.startsWith("/")) return plain(url, options);
  exchanges += 1;
  return plain(origin + url, { ...options, headers: { ...options.headers, cookie, origin } });
};

// An API that returns the token that it gets, or a 401; or a 403, as an authorizer does.
let isClosed = false;
const api = createServer((request, response) => {
  const { authorization } = request.headers;
  response.writeHead(isClosed ? 403 : authorization ? 200 : 401).end(authorization);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => api.once("listening", resolve));
const call = async () => (await callApi(`http://127.0.0.1:${api.address().port}/`, audience)).text();

const together = await Promise.all([call(), call(), call()]);
const later = await call();
const shared = exchanges;
forget();
const again = await call();
const known = exchanges;
isClosed = true;
await call();
isClosed = false;
// The next call exchanges once more, now with the cookie of another user.
cookie = cookies[1];
const ofAnother = await call();
process.stdout.write(
  JSON.stringify({ together, later, shared, again, known, exchanges, reloads, ofAnother }),
);
api.close();
api.closeAllConnections();
