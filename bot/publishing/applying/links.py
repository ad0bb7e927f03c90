"""The page on which a pushed branch becomes a pull request, or a merge request."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

_LINK: Final = re.compile(r"^remote:.*?(https?://\S+)", re.MULTILINE)
_SCP_LIKE: Final = re.compile(r"(?:[^@/:\s]+@)?([^/:\s]+):(?!//)(.+)")
"""The short form of an ssh address, host:path (git-clone(1), “Git URLs”)."""


def pull_request_link(address: str, base: str, branch: str, said: str) -> str:
    """Return the page's address; empty where the kind of server is not known.

    `said` is what the server answered to the push: GitHub, GitLab and others name the page there, whatever their host
    is called. Only a page on the repository's own host is taken.
    """
    host, path = _host_and_path(address)
    if not host or not path:
        return ""
    for found in _LINK.findall(said):
        if _host_of(found) == host:
            return str(found)
    page = f"https://{host}/{quote(path)}"
    if "github" in host:
        return f"{page}/compare/{quote(base)}...{quote(branch)}?expand=1"
    if "gitlab" in host:
        asked = {"merge_request[source_branch]": branch, "merge_request[target_branch]": base}
        return f"{page}/-/merge_requests/new?{urlencode(asked)}"
    return ""


def _host_of(address: str) -> str:
    """Return the host that a web or ssh address names; empty for a file's, and for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:  # https://[your-domain]/
        return ""
    return (parts.hostname or "") if parts.scheme != "file" else ""


def _host_and_path(address: str) -> tuple[str, str]:
    """Return host and path of a repository's address, without user, port and `.git`; empty for a folder."""
    if "://" in address:
        host = _host_of(address)
        path = urlsplit(address).path if host else ""
    else:
        found = None if address.startswith(("/", ".")) else _SCP_LIKE.fullmatch(address)
        host, path = (found[1], found[2]) if found else ("", "")
    return host.lower(), path.strip("/").removesuffix(".git")
