import { headers } from "next/headers";

import { profile } from "../lib/latchkey.js";

// A server component reads the session where it reads the data.
export default async function Page() {
  const response = await profile(await headers());
  if (response.status === 401) return <a href="/login">Log in</a>;
  if (!response.ok) throw new Error(`Latchkey responded with ${response.status}`);
  const { user } = await response.json();
  // A component cannot set the cookie of a session that its request has renewed. The page asks /me, which then gets the
  // cookie, too, and can.
  return (
    <>
      <p>Hello, {user.name ?? user.username}.</p>
      <script dangerouslySetInnerHTML={{ __html: "fetch('/me')" }} />
    </>
  );
}
