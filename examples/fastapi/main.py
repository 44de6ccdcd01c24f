"""An application on FastAPI: `/me` by the session cookie, `/orders` by an access token."""

import os

import httpx2
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response

from latchkey import ISSUER, user

app = FastAPI()


@app.get("/me")
async def me(request: Request, response: Response) -> dict:
    """Asks Latchkey, so a logout counts at once. It is for pages on Latchkey's own host, which send the cookie."""
    if "cookie" not in request.headers:
        raise HTTPException(401)
    try:
        # A client of its own for each request: a shared one would send the cookies of one user for another.
        async with httpx2.AsyncClient(timeout=5) as client:
            profile = await client.get(f"{ISSUER}/profile", headers={"cookie": request.headers["cookie"]})
    except httpx2.HTTPError as error:
        raise HTTPException(503) from error
    if profile.status_code == 401:
        raise HTTPException(401)
    if profile.status_code != 200:
        # Latchkey does not respond: the user is neither logged in nor out.
        raise HTTPException(503)
    # The request may have renewed the session: the browser needs the new cookie.
    for renewed in profile.headers.get_list("set-cookie"):
        response.headers.append("set-cookie", renewed)
    # No cache may give it to another user.
    response.headers["cache-control"] = "no-store"
    return {"user": profile.json()["user"]["id"]}


@app.get("/orders")
def orders(claims: dict = Depends(user)) -> dict:
    """Verifies the token by itself, so a logout counts when the token expires."""
    return {"user": claims["sub"]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
