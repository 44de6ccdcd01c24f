"""Text browsers sign up, log out and log in at a running `make dev`, by their own defaults.

Usage: browsers.py ORIGIN

The browsers run in a pseudo-terminal and get the keys that a person would press. After each step the screen must show
an expected text. Each line of the output is a browser and its result. One that is not installed is skipped.
"""

import os
import pty
import re
import select
import shutil
import signal
import sys
import tempfile
import time

PATIENCE = 20
PASSWORD = "correct horse battery"
DOWN, TAB, ENTER, CLEAR = "\x1b[B", "\t", "\r", "\x15"
# The links of the profile, after that to the home page and before the button.
PROFILE = [
    "Change your name",
    "Change your username",
    "Change your email address",
    "Change your password",
    "See where you are logged in",
    "Download your data",
    "Delete your account",
]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]|[\0\x0e\x0f]")


class Terminal:
    """A program in a pseudo-terminal of 24 lines."""

    def __init__(self, *command):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.shown = ""

    def expect(self, text):
        """Reads what the program prints until the text is in it."""
        end = time.monotonic() + PATIENCE
        while text not in ESCAPES.sub("", self.shown):
            if not select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {text!r} in {ESCAPES.sub('', self.shown)[-1500:]!r}")
            self.shown += os.read(self.file, 65536).decode(errors="replace")

    def reach(self, key, text):
        """Presses a key until the text is shown. A browser drops keys while it still loads a page."""
        for _ in range(5):
            self.press(key)
            end = time.monotonic() + 2
            while time.monotonic() < end:
                if select.select([self.file], [], [], 0.1)[0]:
                    self.shown += os.read(self.file, 65536).decode(errors="replace")
                if text in ESCAPES.sub("", self.shown):
                    return
        raise AssertionError(f"no {text!r} in {ESCAPES.sub('', self.shown)[-1500:]!r}")

    def press(self, *keys):
        """Presses keys, and forgets what the screen has shown before."""
        self.shown = ""
        os.write(self.file, "".join(keys).encode())

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


def lynx(origin, name):
    """Its arrow moves from link to link and from field to field; the first link of each page leads home."""
    terminal = Terminal("lynx", origin + "/signup")
    terminal.expect("Sign up")
    terminal.press(DOWN, f"{name}@example.com", DOWN, DOWN, name, DOWN, PASSWORD, DOWN, ENTER)
    terminal.expect("Allow? (Y/N/Always/neVer)")
    terminal.press("A")
    terminal.expect("Your profile")
    for shown in [*PROFILE, "submit"]:
        terminal.reach(DOWN, shown)
    terminal.press(ENTER)
    terminal.expect("Welcome")
    terminal.press("g", f"{origin}/login", ENTER)
    terminal.expect("Username or email")
    terminal.press(DOWN, name, DOWN, PASSWORD, DOWN, ENTER)
    terminal.expect("Your profile")
    terminal.close()


def w3m(origin, name):
    """Its tabulator moves from link to link; a field asks for its text in the last line."""
    terminal = Terminal("w3m", origin + "/signup")

    def fill(*texts):
        for text, prompt in zip(texts, ["TEXT:"] * (len(texts) - 1) + ["Password:"]):
            terminal.press(TAB, ENTER)
            terminal.expect(prompt)
            terminal.press(text, ENTER)

    terminal.expect("Sign up")
    fill(f"{name}@example.com", "W", name, PASSWORD)
    terminal.press(TAB, ENTER)
    terminal.expect("Your profile")
    terminal.press(*[TAB] * len(PROFILE), TAB, ENTER)
    terminal.expect("Welcome")
    terminal.press("U", CLEAR, f"{origin}/login", ENTER)
    terminal.expect("Username or email")
    fill(name, PASSWORD)
    terminal.press(TAB, ENTER)
    terminal.expect("Your profile")
    terminal.close()


def elinks(origin, name):
    """Its arrow moves from link to link, and return edits a field or presses a button. At first it shows a greeting."""
    terminal = Terminal("elinks", origin + "/signup")

    def fill(fields):
        for field, text in fields.items():
            terminal.press(DOWN)
            terminal.expect(f"name {field}")
            terminal.press(ENTER, text)
            terminal.expect("****" if field == "password" else text[-5:])

    def submit():
        terminal.press(DOWN)
        terminal.expect("Post form to")
        terminal.press(ENTER)
        terminal.expect("Do you want to post form data")
        terminal.press(ENTER)

    terminal.expect("OK")
    terminal.press(ENTER)
    terminal.expect("Username")
    fill({"email": f"{name}@example.com", "name": "Elinks", "username": name, "password": PASSWORD})
    submit()
    terminal.expect("Your profile")
    terminal.press(*[DOWN] * len(PROFILE))
    submit()
    terminal.expect("Welcome")
    terminal.press("g")
    terminal.expect("Enter URL")
    terminal.press(CLEAR, f"{origin}/login", ENTER)
    terminal.expect("Username or email")
    fill({"identifier": name, "password": PASSWORD})
    submit()
    terminal.expect("Your profile")
    terminal.close()


BROWSERS = [lynx, w3m, elinks]


def main(origin):
    has_failed = False
    for browser in BROWSERS:
        name = browser.__name__
        if not shutil.which(name):
            print(f"{name}: SKIPPED, because it is not installed")
            continue
        try:
            browser(origin, f"{name}.{os.getpid() % 10_000}")
            print(f"{name}: ok")
        except AssertionError as error:
            print(f"{name}: FAILED: {error}")
            has_failed = True
    sys.exit(has_failed)


if __name__ == "__main__":
    # Without the settings of the person who runs this.
    with tempfile.TemporaryDirectory(prefix="latchkey-browsers-") as home:
        os.environ.update(TERM="xterm", LANG="C.UTF-8", HOME=home)
        main(*sys.argv[1:])
