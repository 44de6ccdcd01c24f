import { profile } from "../../lib/latchkey.js";

// Asks Latchkey, so a logout counts at once. It is for pages on Latchkey's own host, to which browsers send the cookie.
export async function GET(request) {
  const response = await profile(request.headers).catch(() => null);
  // Latchkey does not respond: the user is neither logged in nor out.
  if (response?.status !== 200) return new Response(null, { status: response?.status === 401 ? 401 : 503 });
  const { user } = await response.json();
  // No cache may give it to another user.
  const headers = new Headers({ "Cache-Control": "no-store" });
  // The request may have renewed the session: the browser needs the new cookie.
  for (const renewed of response.headers.getSetCookie()) headers.append("Set-Cookie", renewed);
  return Response.json({ user: user.id }, { headers });
}
