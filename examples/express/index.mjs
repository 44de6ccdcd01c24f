// An application on Express: `/me` by the session cookie, `/orders` by an access token.

import express from "express";

import { authenticated, currentUser } from "./latchkey.mjs";

const app = express();

// Asks Latchkey, so a logout counts at once. It is for pages on Latchkey's own host, to which browsers send the cookie.
app.get("/me", async (request, response) => {
  const user = await currentUser(request, response);
  return user ? response.json({ user: user.id }) : response.status(401).end();
});

// Verifies the token by itself, so a logout counts when the token expires.
app.get("/orders", authenticated, (request, response) => response.json({ user: request.user.sub }));

// Latchkey does not respond: the user is neither logged in nor out.
app.use((error, request, response, next) => {
  console.error(error);
  response.status(503).end();
});

const server = app.listen(process.env.PORT ?? 3000, "127.0.0.1", (error) => {
  // The port is taken, for example.
  if (error) throw error;
  console.log(`ready at http://127.0.0.1:${server.address().port}`);
});
