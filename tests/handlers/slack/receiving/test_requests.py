"""What a request over HTTP says, in each of the forms that Slack has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from handlers.slack.receiving.requests import parsed, take

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

COMMAND = {"command": "/fact", "text": "50% of the £2bn + more & “payload”=x", "user_id": "", "team_id": "T1"}
PRESS = {"type": "block_actions", "actions": [{"action_id": "more", "value": "a=b&c+d"}]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (urlencode(COMMAND), COMMAND),
        ("command=%2Ffact&text=payload", {"command": "/fact", "text": "payload"}),
        (urlencode({"payload": json.dumps(PRESS)}), PRESS),
        (json.dumps(PRESS), PRESS),
        (f"\r\n {json.dumps(PRESS)}", PRESS),
        ("", {}),
        ("&&a&b=", {"a": "", "b": ""}),
        ("text=%ff%zz", {"text": "\ufffd%zz"}),
    ],
    ids=["form", "form about a payload", "press", "JSON", "JSON after space", "nothing", "no values", "no UTF-8"],
)
def test_each_form_is_read(body: str, said: dict[str, object]) -> None:
    assert parsed(body) == said


class Unreached:
    """Stands for Bolt, which is not to be asked."""

    async def async_dispatch(self, req: object) -> BoltResponse:
        """Fail."""
        raise AssertionError(req)


@pytest.mark.parametrize(
    "body",
    ["{", '{"a":', "payload=", "payload=%5B1%5D", "payload=1", "payload=null", "payload=" + "%5B" * 20_000],
    ids=["cut", "cut later", "empty", "a list", "a number", "null", "deep"],
)
async def test_what_is_no_object_is_refused_in_one_line(body: str) -> None:
    with capture_logs() as logs:
        response = await take(Unreached(), body=body)  # type: ignore[arg-type]  # in Bolt's place
    assert (response.status, response.body) == (400, "")
    assert [line["event"] for line in logs] == ["request.malformed"]
