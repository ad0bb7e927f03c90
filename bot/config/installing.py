"""What the settings of an app must look like that several workspaces install by OAuth."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from bot.config.values import is_local, web_address

CREDENTIALS = "Slack shows it under Basic Information, App Credentials."
MAKE_KEY = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'  # no secret of ours
)
_KEY_BYTES = 32


def client_id(text: str) -> str:
    """Require two numbers with a dot between them."""
    if text and not re.fullmatch(r"[0-9]{1,20}\.[0-9]{1,20}", text):
        raise ValueError(f"does not look like 1234567890.1234567890. {CREDENTIALS}")
    return text


def _client_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", secret.get_secret_value()):
        raise ValueError(f"is not 32 digits and letters from a to f. {CREDENTIALS}")
    return secret


def keys_in(secret: SecretStr) -> list[str]:
    """Return the keys of TOKEN_KEYS, the one that encrypts first."""
    return [key for each in secret.get_secret_value().split(",") if (key := each.strip())]


def _token_keys(secret: SecretStr) -> SecretStr:
    """Require Fernet keys (32 bytes in URL-safe base64), separated by commas, none twice."""
    keys = keys_in(secret)
    try:
        lengths = {len(base64.b64decode(key, altchars=b"-_", validate=True)) for key in keys}
    except (binascii.Error, ValueError):
        lengths = set()
    if lengths != {_KEY_BYTES}:
        raise ValueError(f"is not a list of keys, separated by commas. This makes one: {MAKE_KEY}")
    if len(set(keys)) < len(keys):
        raise ValueError("has a key twice.")
    return secret


def public_address(text: str) -> str:
    """Require an address with https://, or one on this machine; end it without a slash."""
    if not text:
        return text
    found = web_address(text).rstrip("/")
    if not found.startswith("https://") and not is_local(found):
        raise ValueError("does not begin with https://: a browser that installs the app could be read on the way.")
    return found


def workspace_ids(text: str) -> str:
    """Require ids of workspaces and organisations, separated by commas or spaces."""
    for each in text.replace(",", " ").split():
        if not re.fullmatch(r"[TE][A-Z0-9]{2,}", each):
            raise ValueError("contains something other than ids of workspaces (T…) and organisations (E…).")
    return text


ClientSecret = Annotated[SecretStr, AfterValidator(_client_secret)]
KeyList = Annotated[SecretStr, AfterValidator(_token_keys)]
