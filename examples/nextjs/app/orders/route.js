import { userOf } from "../../lib/latchkey.js";

// Verifies the token by itself, so a logout counts when the token expires.
export async function GET(request) {
  try {
    const user = await userOf(request.headers.get("authorization") ?? "");
    return user ? Response.json({ user: user.sub }) : new Response(null, { status: 401 });
  } catch {
    // The keys could not be read: the user has done nothing wrong.
    return new Response(null, { status: 503 });
  }
}
