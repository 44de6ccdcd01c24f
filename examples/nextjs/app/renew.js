"use client";

import { useEffect } from "react";

// A server component cannot set the cookie of a session that its request has renewed. So the page asks /me, which then
// gets the cookie, too, and can.
export default function Renew() {
  useEffect(() => {
    fetch("/me").catch(() => {});
  }, []);
  return null;
}
