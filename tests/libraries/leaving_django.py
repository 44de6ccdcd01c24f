"""The `manage.py` of a project with the settings and the hashers of docs/leaving.md, which are in its folder.

`judge` says which of the passwords of standard input get in, by `authenticate`.
"""

import json
import runpy
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    **{name: value for name, value in runpy.run_path("settings.py").items() if name.isupper()},
)
django.setup()


def judge():
    from django.contrib.auth import authenticate, get_user_model
    from django.contrib.auth.forms import PasswordResetForm
    from django.contrib.auth.hashers import Argon2PasswordHasher

    judged = {}
    for user in json.load(sys.stdin):
        row = get_user_model().objects.get(email=user["email"])
        # Before the first login, which stores another hash. Without the code of the page.
        is_argon2 = row.password.startswith("argon2")
        plain = [is_argon2 and Argon2PasswordHasher().verify(typed, row.password) for typed in user["right"]]

        def gets_in(typed):
            found = authenticate(username=row.username, password=typed)
            assert found is None or found.pk == row.pk
            return found is not None

        # A user whose hash Django does not know can choose a new password, too.
        assert any(PasswordResetForm().get_users(row.email)) == row.is_active
        # The wrong ones first: after the first login, all spellings of an imported password get in.
        wrong, right = [[gets_in(typed) for typed in user[kind]] for kind in ("wrong", "right")]
        # Once more, with the hash that the first login has stored.
        again = [gets_in(typed) for typed in user["right"]]
        judged[user["email"]] = {"right": right, "wrong": wrong, "again": again, "plain": plain}
    json.dump(judged, sys.stdout)


if sys.argv[1:] == ["judge"]:
    judge()
else:
    execute_from_command_line(sys.argv)
