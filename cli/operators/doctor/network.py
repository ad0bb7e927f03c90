"""Checks of what stands between this machine and Slack: proxy, certificates, and the port that Slack reaches."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.config import variable
from bot.health.finding import Finding, fail, ok, warn
from handlers.slack.proxies import proxy_for, require_usable_proxy

if TYPE_CHECKING:
    from bot.config import Settings

_CERTIFICATES = (
    "Set it to a file of certificates in PEM form that the bot's user may read: docs/configuration.md, Proxies."
)


def proxy(address: str) -> Finding:
    """Whether calls to Slack go through a proxy, and whether it can be used. Raises ConfigError."""
    require_usable_proxy(address)
    found = proxy_for(address)
    if found:
        parts = urlsplit(found)
        return ok("proxy", f"{urlsplit(address).hostname} is reached through {parts.hostname}:{parts.port or 80}.")
    return ok("proxy", f"{urlsplit(address).hostname} is reached without a proxy.")


def certificates() -> Finding:
    """Whether the certificates of authorities, against which Slack's is checked, can be read."""
    file, folder = variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR")
    if file:
        try:
            Path(file).open("rb").close()
            ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            return fail("certificates", f"SSL_CERT_FILE ({file}) holds no certificates in PEM form.", _CERTIFICATES)
        except OSError as error:
            return fail("certificates", f"SSL_CERT_FILE ({file}) cannot be read: {error.strerror}.", _CERTIFICATES)
        return ok("certificates", f"SSL_CERT_FILE ({file}) can be read.")
    if folder and not Path(folder).is_dir():
        return fail("certificates", f"SSL_CERT_DIR ({folder}) is not a folder.", "Correct it, or remove it.")
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        to_do = "Install the system's certificates (Debian: ca-certificates), or set SSL_CERT_FILE."
        return fail("certificates", "This machine has no certificates of authorities.", to_do)
    return ok("certificates", f"Those of the system ({paths.cafile or paths.capath}).")


def port(settings: Settings) -> Finding:
    """Whether the port of HTTP mode is free; a running bot has it."""
    if settings.slack_app_token is not None:
        return ok("port", "Socket Mode: the bot listens to no requests of Slack's.")
    where = f"{settings.host}:{settings.port}"
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(*family[:3]) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(family[4])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return warn(
                "port",
                f"{where} is in use.",
                "Nothing, where the bot runs already. Else stop what has it, or set PORT.",
            )
        to_do = "Set HOST to an address of this machine, such as 0.0.0.0, and PORT to 1024 or more."
        return fail("port", f"The bot cannot listen on {where}: {error.strerror}.", to_do)
    return ok("port", f"{where} is free.")
