// The code of docs/application.md for a page, which is the first argument, with the cookie of a browser.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { origin, cookie, audience } = JSON.parse(readFileSync(0, "utf8"));
const { callApi, forget } = await import(pathToFileURL(process.argv[2]));

// What a page has and Node has not: a base for URLs, and cookies.
const plain = globalThis.fetch;
let exchanges = 0;
globalThis.fetch = (url, options) => {
  if (!url.startsWith("/")) return plain(url, options);
  exchanges += 1;
  return plain(origin + url, { ...options, headers: { ...options.headers, cookie, origin } });
};

// An API that returns the token that it gets, or a 401.
const api = createServer((request, response) => {
  const { authorization } = request.headers;
  response.writeHead(authorization ? 200 : 401).end(authorization);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => api.once("listening", resolve));
const call = async () => (await callApi(`http://127.0.0.1:${api.address().port}/`, audience)).text();

const together = await Promise.all([call(), call(), call()]);
const later = await call();
const shared = exchanges;
forget();
const again = await call();
process.stdout.write(JSON.stringify({ together, later, shared, again, exchanges }));
api.close();
api.closeAllConnections();
