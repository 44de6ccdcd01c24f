"""authlib refreshes twice, and reads the refusal of a token that was used before."""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.integrations.base_client.errors import OAuthError

given = json.load(sys.stdin)
endpoint = f"{given['issuer']}/token"
session = OAuth2Session("latchkey", token_endpoint_auth_method="none")
first = session.refresh_token(endpoint, refresh_token=given["token"])
second = session.refresh_token(endpoint, refresh_token=first["refresh_token"], audience=given["audience"])
try:
    session.refresh_token(endpoint, refresh_token=given["token"])
    refused = None
except OAuthError as error:
    refused = error.error
json.dump({"token": second["access_token"], "refused": refused}, sys.stdout)
