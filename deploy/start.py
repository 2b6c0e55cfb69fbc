"""How a container starts: it refuses a half-finished set-up, and takes the password from its file.

A password in the environment of ``compose.yaml`` would be shown by ``docker inspect``.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from evaluation.access import why_sign_in_fails

SECRETS = Path(".streamlit/secrets.toml")
PUBLIC_NAME = "PUBLIC_NAME"
PASSWORD_FILE = "DATABASE_PASSWORD_FILE"
CALLBACK = "/oauth2callback"


def why_not_start(secrets: Path, public_name: str) -> str:
    """What is wrong with the sign-in's set-up, as a sentence; ``""`` if it is whole."""
    try:
        auth = tomllib.loads(secrets.read_text(encoding="utf-8")).get("auth", {})
    except OSError:
        return f"{secrets} cannot be read, so nobody could sign in. See deploy/README.md, step 4."
    except ValueError as error:
        return f"{secrets} is not a TOML file: {error}."
    why = why_sign_in_fails(auth)
    if why:
        return why
    parts = urlsplit(str(auth["redirect_uri"]))
    if (parts.scheme, parts.hostname, parts.path) != ("https", public_name.casefold(), CALLBACK):
        return (
            f"redirect_uri in {secrets} does not belong to this server. It has to be "
            f"https://{public_name}{CALLBACK}."
        )
    return ""


def password_of(path: str) -> dict[str, str]:
    """The database's password as its client looks for it; nothing where no file is named."""
    if not path:
        return {}
    return {"PGPASSWORD": Path(path).read_text(encoding="utf-8").strip()}


def main(command: Sequence[str]) -> int:
    """Become the command; come back, with 2, only where that must not be."""
    if "streamlit" in command:
        why = why_not_start(SECRETS, os.environ.get(PUBLIC_NAME, ""))
        if why:
            sys.stderr.write(why + "\n")
            return 2
    try:
        password = password_of(os.environ.get(PASSWORD_FILE, ""))
    except OSError:
        sys.stderr.write("The file with the database's password cannot be read.\n")
        return 2
    return os.execvpe(command[0], list(command), os.environ | password)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
