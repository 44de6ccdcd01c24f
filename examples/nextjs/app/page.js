import { headers } from "next/headers";

import { ISSUER, profile } from "../lib/latchkey.js";
import Renew from "./renew.js";

// A server component reads the session where it reads the data.
export default async function Page() {
  const response = await profile(await headers());
  if (response.status === 401) return <a href={`${ISSUER}/login`}>Log in</a>;
  if (!response.ok) throw new Error(`Latchkey responded with ${response.status}`);
  const { user } = await response.json();
  return (
    <>
      <p>Hello, {user.name ?? user.username}.</p>
      <Renew />
    </>
  );
}
