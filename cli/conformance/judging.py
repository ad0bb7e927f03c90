"""Verdicts on what the bot sends: the local workspace's and, when asked, Slack's own.

Both are asked by the same method, `blocks.validate`, which takes no token; the manifest by `apps.manifest.validate`,
which takes an app configuration token ("App manifests").
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from workspace.manifest import ManifestError, read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.conformance.sent import Sent

_TRIES: Final = 5
_LONGEST_WAIT_S: Final = 60.0
_FAULTS: Final = frozenset({"invalid_blocks", "invalid_message", "invalid_view", "invalid_manifest"})
"""Error codes that come with a list of faults."""

_SHOWN: Final = 3


class NoVerdictError(Exception):
    """There is no verdict; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is taken: `faults` has a line for each fault; `unknown` says why there is no verdict."""

    faults: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether it is known to be taken."""
        return not self.faults and not self.unknown

    def __str__(self) -> str:
        """Return it for the table."""
        more = f"; {len(self.faults) - _SHOWN} more" if len(self.faults) > _SHOWN else ""
        refused = f"refused: {'; '.join(self.faults[:_SHOWN])}{more}" if self.faults else "taken"
        return f"no verdict: {self.unknown}" if self.unknown else refused


NOT_ASKED: Final = Verdict(unknown="not asked")


class Judge:
    """Asks one address of the Web API."""

    def __init__(self, session: aiohttp.ClientSession, address: str, token: str = "") -> None:
        """`address` ends in /api/; `token` is an app configuration token, if there is one."""
        self._session = session
        self._address = address
        self._token = token

    async def blocks(self, sent: Sent) -> Verdict:
        """Judge a message or a view."""
        return await self._verdict("blocks.validate", {sent.shape: json.dumps(sent.payload)})

    async def manifest(self, manifest: Mapping[str, Any]) -> Verdict:
        """Judge a manifest."""
        if not self._token:
            return Verdict(unknown="not asked, because SLACK_CONFIG_TOKEN is not set")
        headers = {"Authorization": f"Bearer {self._token}"}
        return await self._verdict("apps.manifest.validate", {"manifest": json.dumps(manifest)}, headers)

    async def _verdict(self, method: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Verdict:
        try:
            answer = await self._answer(method, form, headers or {})
        except NoVerdictError as error:
            return Verdict(unknown=str(error))
        code = str(answer.get("error", ""))
        if answer.get("ok") is True:
            return Verdict()
        if code not in _FAULTS:
            return Verdict(unknown=f"{method} answered {code or 'nothing that is known'}")
        return Verdict(tuple(map(_line, _listed(answer.get("errors")))) or (code,))

    async def _answer(self, method: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the answer to a call; where Slack asks to wait, wait. Raises NoVerdictError."""
        for _ in range(_TRIES):
            try:
                async with self._session.post(
                    f"{self._address}{method}", data=form, headers=headers, allow_redirects=False
                ) as response:
                    if response.status != 429:  # noqa: PLR2004 — "Rate limits" in Slack's reference
                        answer = await response.json(content_type=None)
                        break
                    wait_s = response.headers.get("Retry-After", "")
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise NoVerdictError(f"no answer ({type(error).__name__})") from None
            await asyncio.sleep(min(float(wait_s) if wait_s.isdecimal() else 1.0, _LONGEST_WAIT_S))
        else:
            raise NoVerdictError(f"asked to wait {_TRIES} times")
        if not isinstance(answer, dict):
            raise NoVerdictError("an answer that is no JSON object")
        return answer


def in_workspace(manifest: Mapping[str, Any]) -> Verdict:
    """Judge a manifest as the local workspace does, by Slack's published schema and "App manifest reference"."""
    try:
        read_manifest(dict(manifest))
    except ManifestError as error:
        return Verdict(error.faults)
    return Verdict()


def _listed(errors: object) -> list[object]:
    return errors if isinstance(errors, list) else []


def _line(fault: object) -> str:
    """Return a fault of Slack's on one line: its message, and where."""
    if not isinstance(fault, dict):
        return str(fault)
    return " at ".join(str(fault[name]) for name in ("message", "pointer") if fault.get(name))
