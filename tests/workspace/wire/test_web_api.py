"""The Web API: tokens, bodies, rate limits, and the record of calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.workspace.apps import Api, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_auth_test_says_who_the_bot_is(workspace: Workspace, api: Api) -> None:
    answer = await api("auth.test")
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0BOT", "T0TRY")
    assert answer["url"] == workspace.url


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-guess", "invalid_auth"), ("x\u00e9", "invalid_auth"), ("a b", "invalid_auth")],
)
async def test_a_bad_token_is_refused(api: Api, token: str, error: str) -> None:
    assert (await api("auth.test", token=token))["error"] == error


async def test_the_token_may_come_in_a_form_or_query_but_not_in_json(workspace: Workspace, api: Api) -> None:
    token = {"token": workspace.bot_token}
    url = f"{workspace.api_url}auth.test"
    async with api.session.post(url, data=token) as response:
        assert (await response.json())["ok"]
    async with api.session.get(url, params=token) as response:
        assert (await response.json())["ok"]
    async with api.session.post(url, json=token) as response:
        assert (await response.json())["error"] == "not_authed"


async def test_scopes_are_reported_in_a_header(workspace: Workspace, api: Api) -> None:
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with api.session.post(f"{workspace.api_url}auth.test", headers=headers) as response:
        assert response.headers["X-OAuth-Scopes"].split(",") == sorted(workspace.manifest.scopes)


async def test_a_scope_that_the_manifest_lacks_is_named(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest(scopes=["commands"], events=())).serve() as workspace:
        answer = await Api(workspace, session)("chat.postMessage", channel="C0POLICY", text="x")
    assert answer == {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "commands"}


async def test_an_unknown_method_is_refused(api: Api) -> None:
    assert await api("chat.sing") == {"ok": False, "error": "unknown_method", "req_method": "chat.sing"}


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (b"{", JSON, "invalid_json"),
        (b"\xff\xfe", JSON, "invalid_json"),
        (b'{"channel": NaN}', JSON, "invalid_json"),
        (b'{"channel": "\\ud800"}', JSON, "invalid_json"),
        (b"[" * 100_000, JSON, "invalid_json"),
        (b'{"limit": 1e999}', JSON, "invalid_json"),
        (b"[1]", JSON, "json_not_object"),
        (b'"x"', JSON, "json_not_object"),
        (b"x", {"Content-Type": "text/html"}, "invalid_post_type"),
        (b"x", {"Content-Type": "nonsense"}, "invalid_post_type"),
        (b"x", {}, "missing_post_type"),
        (b"x=%ff", {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}, "invalid_form_data"),
        (b"x", {"Content-Type": "multipart/form-data"}, "invalid_form_data"),
        (b"--a\r\nnonsense", {"Content-Type": "multipart/form-data; boundary=a"}, "invalid_form_data"),
        (b"text=%2B2AA-", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"}, "invalid_form_data"),
        (
            b'--a\r\nContent-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: odd\r\n\r\nx\r\n--a--\r\n',
            {"Content-Type": "multipart/form-data; boundary=a"},
            "invalid_form_data",
        ),
        (b"channel=C0POLICY&blocks=%5B%22%5Cud800%22%5D", FORM, "invalid_blocks_format"),
        (b"", {}, "invalid_arguments"),
    ],
)
async def test_a_malformed_body_is_refused(api: Api, body: bytes, headers: dict[str, str], error: str) -> None:
    status, answer = await api.raw("chat.postMessage", body, headers)
    assert (status, answer["error"]) == (200, error)


async def test_a_form_and_a_multipart_form_carry_arguments(workspace: Workspace, api: Api) -> None:
    assert (await api.form("chat.postMessage", channel="C0POLICY", text="é", blocks='[{"type": "divider"}]'))["ok"]
    boundary = b'--a\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = boundary % (b"channel", b"C0POLICY") + boundary % (b"text", b"parts") + b"--a--\r\n"
    status, answer = await api.raw("chat.postMessage", body, {"Content-Type": "multipart/form-data; boundary=a"})
    assert (status, answer["ok"]) == (200, True)
    assert [seen["text"] for seen in workspace.seen_by("U0ADA", "C0POLICY")] == ["é", "parts"]


@pytest.mark.parametrize("headers", [JSON, FORM])
async def test_a_body_above_one_mebibyte_is_refused(workspace: Workspace, api: Api, headers: dict[str, str]) -> None:
    status, _ = await api.raw("chat.postMessage", b"x" * (1024 * 1024 + 1), headers)
    assert status == 413
    assert workspace.seen_by("U0ADA", "C0POLICY") == []


async def test_deeply_nested_blocks_are_refused(api: Api) -> None:
    nested = json.dumps({"type": "rich_text", "elements": "@"}).replace('"@"', "[" * 400 + "]" * 400)
    answer = await api("chat.postMessage", channel="C0POLICY", blocks=f"[{nested}]")
    assert answer["error"] == "invalid_blocks"


async def test_null_counts_as_left_out(api: Api) -> None:
    assert (await api("chat.postMessage", channel="C0POLICY", text=None))["error"] == "no_text"


async def test_a_rate_limit_is_429_and_passes(workspace: Workspace, api: Api) -> None:
    workspace.limit("auth.test", retry_after_s=7, times=2)
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    for _ in range(2):
        async with api.session.post(f"{workspace.api_url}auth.test", headers=headers) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "7")
            assert await response.json() == {"ok": False, "error": "ratelimited"}
    assert (await api("auth.test"))["ok"]


async def test_every_call_is_recorded_without_its_token(workspace: Workspace, api: Api) -> None:
    await api("chat.postMessage", channel="C0POLICY", text="x")
    await api.form("users.info", user="U0NONE")
    first, second = workspace.calls
    assert (first.method, first.args, first.status) == ("chat.postMessage", {"channel": "C0POLICY", "text": "x"}, 200)
    assert (second.args, second.response["error"]) == ({"user": "U0NONE"}, "user_not_found")
    assert first.ms > 0
    assert workspace.bot_token not in repr(workspace.calls)
