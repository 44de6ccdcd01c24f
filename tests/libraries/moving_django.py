"""A real Django makes users with its hashers, and the commands of docs/moving.md write them to a file.

The input has the folder and the commands. The output has what each user logs in with.
"""

import json
import subprocess
import sys

import django
from django.conf import settings
from django.core.management import call_command

given = json.load(sys.stdin)
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{given['folder']}/db.sqlite3"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ["PBKDF2", "PBKDF2SHA1", "Argon2", "Scrypt"]
    ],
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

PASSWORD = "  Grüße, ﬁne №1 "


def create(username, email, hasher="default", **fields):
    user = User.objects.create_user(username, email, PASSWORD, **fields)
    user.password = make_password(PASSWORD, hasher=hasher)
    user.save()


create("ada.l", "Ada@Example.COM", first_name="Ada", last_name='"Countess", Lovelace')
create("bob", "bob@example.com", "pbkdf2_sha1")
create("carol@example.com", "carol@example.com", "argon2", is_superuser=True)
create("dora+1", "dora@example.com", "scrypt")
create("eve_1", "eve@example.com", is_active=False)
User.objects.create_user("frank_1", "frank@example.com")
User.objects.create_user("grace_1", "", PASSWORD)
User.objects.create_user("second", "ada@EXAMPLE.com", PASSWORD)

for command in given["commands"]:
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=given["folder"], check=True)
identifiers = ["ada.l", "ada@example.com", "bob@example.com", "carol@example.com", "dora@example.com"]
json.dump({"identifiers": identifiers, "password": PASSWORD}, sys.stdout)
