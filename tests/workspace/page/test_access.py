"""Access control and security headers of the page."""

from __future__ import annotations

import pytest

from tests.workspace.recorder import ACTS, POLICY, Browser, Recorder, post


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", "", "localhost@evil.example:1"]
)
async def test_foreign_names_are_refused(browser: Browser, host: str) -> None:
    response = await browser.get(POLICY, headers={"Host": host})
    assert response.status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80"])
async def test_names_of_this_machine_are_fine(browser: Browser, host: str) -> None:
    response = await browser.get(POLICY, headers={"Host": host})
    assert response.status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:1"}]
)
@pytest.mark.parametrize("what", ["C0POLICY/messages", "C0POLICY/dismiss", "C0POLICY/assistant", *ACTS])
async def test_only_the_page_itself_may_post(
    browser: Browser, recorder: Recorder, headers: dict[str, str], what: str
) -> None:
    response = await browser.post(f"/client/U0ADA/{what}", data={"text": "x", "ts": "1.0"}, headers=headers)
    assert response.status == 403
    assert recorder.done == []


@pytest.mark.parametrize("what", ACTS)
async def test_an_unknown_user_and_a_bot_can_do_nothing(browser: Browser, what: str) -> None:
    for user in ("U0NONE", "U0BOT"):
        assert (await post(browser, f"/client/{user}/{what}")).status == 404


@pytest.mark.parametrize("path", [POLICY, "/static/page.css", "/client/U0ADA/C0NONE", "/"])
async def test_every_answer_forbids_foreign_and_inline_code(browser: Browser, path: str) -> None:
    response = await browser.get(path, allow_redirects=False)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/client/U0NONE/C0POLICY", "/client/U0ADA/D0GRACE", "/client/U0BOT/C0POLICY", "/client/U0ADA/X"]
)
async def test_places_that_are_not_there(browser: Browser, path: str) -> None:
    for address in (path, f"{path}/live"):
        assert (await browser.get(address)).status == 404
