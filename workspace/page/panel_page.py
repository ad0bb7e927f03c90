"""The page's requests from its panels: move the clock, switch faults on and off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from workspace.page.session import notice_in
from workspace.page.time_travel import TimeTravel
from workspace.wire.faults import DELIVERIES, OF_DELIVERIES, read_fault

if TYPE_CHECKING:
    from aiohttp import web
    from multidict import MultiDictProxy

    from workspace.page.session import Sessions

_HOUR: Final = timedelta(hours=1)
_MOVED: Final = "clock-moved"
"""The browser event after which the clock's panel closes, so that it does not cover new messages."""

_CLOCK_PROBLEM = "#clock-problem"
_SWITCHES_PROBLEM = "#switches-problem"


class PanelPage:
    """Handles the panels."""

    def __init__(self, sessions: Sessions) -> None:
        """Act in the sessions' workspace."""
        self._sessions = sessions
        self._workspace = sessions.workspace
        self._time_travel = TimeTravel(self._workspace.clock, self._workspace.next_due)

    async def move_clock(self, request: web.Request) -> web.Response:
        """Put the clock forward; the form's `to` says where: hour, monday, due, or moment (in the user's zone)."""
        zone, form = ZoneInfo(self._sessions.user(request).tz), await request.post()
        try:
            await self._time_travel.go(self._goal(form, zone))
        except ValueError as error:
            return notice_in(_CLOCK_PROBLEM, str(error))
        answer = notice_in(_CLOCK_PROBLEM, "")
        answer.headers["HX-Trigger"] = _MOVED
        return answer

    def _goal(self, form: MultiDictProxy[Any], zone: ZoneInfo) -> datetime:
        """Return the moment that the form asks for. Raises ValueError with a sentence."""
        now = self._workspace.clock.now()
        match form.get("to"):
            case "hour":
                return now + _HOUR
            case "monday":
                return _next_monday(now.astimezone(zone))
            case "due":
                return self._due()
            case _:
                return _moment(str(form.get("moment", ""))).replace(tzinfo=zone)

    def _due(self) -> datetime:
        due = self._workspace.next_due()
        if due is None:
            raise ValueError("No post is due.")
        return due

    async def switch(self, request: web.Request) -> web.Response:
        """Switch one fault on, or off by its number; with `rate_limits`, Slack's rate limits on or off."""
        self._sessions.user(request)
        form = await request.post()
        switches = self._workspace.fault_switches
        if "rate_limits" in form:
            self._workspace.rate_limits.is_on = form["rate_limits"] == "on"
        elif "off" in form:
            switches.switch([fault for number, fault in enumerate(switches.switches) if str(number) != form["off"]])
        else:
            try:
                switches.add(read_fault(_entry(form)))
            except ValueError as error:
                return notice_in(_SWITCHES_PROBLEM, str(error))
        self._workspace.state.touch()
        return notice_in(_SWITCHES_PROBLEM, "")


def _next_monday(now: datetime) -> datetime:
    """Return the next Monday at 09:00 in the zone of `now`: today, if that is still ahead."""
    today = now.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = today + timedelta(days=-today.weekday() % 7)
    return monday if monday > now else monday + timedelta(days=7)


def _moment(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        raise ValueError("Enter a date and a time.") from None


def _entry(form: MultiDictProxy[Any]) -> dict[str, object]:
    """Return the form as read_fault takes a fault. Raises ValueError for what is not a number."""
    kind = str(form.get("kind", ""))
    method = DELIVERIES if kind in OF_DELIVERIES else str(form.get("method", "*"))
    try:
        times, seconds = int(str(form.get("times", 0))), float(str(form.get("seconds", 1)))
    except ValueError:
        raise ValueError("Enter numbers for the times and the seconds.") from None
    return {"kind": kind, "method": method, "times": times, "seconds": seconds}
