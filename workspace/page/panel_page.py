"""What people do with the panels: put the clock, switch faults on and off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from workspace.page.session import noticed
from workspace.page.time_travel import TimeTravel
from workspace.wire.faults import DELIVERIES, OF_DELIVERIES, read_fault

if TYPE_CHECKING:
    from aiohttp import web
    from multidict import MultiDictProxy

    from workspace.page.session import Sessions

_HOUR: Final = timedelta(hours=1)
_MOVED: Final = "clock-moved"
"""What the browser is told when the clock has been put: its panel is in the way of what comes then."""

_CLOCK_PROBLEM = "#clock-problem"
_SWITCHES_PROBLEM = "#switches-problem"


class PanelPage:
    """Answers the browser about the panels."""

    def __init__(self, visits: Sessions) -> None:
        """Act in the workspace of these visits."""
        self._visits = visits
        self._workspace = visits.workspace
        self._journey = TimeTravel(self._workspace.clock, self._workspace.next_due)

    async def move_clock(self, request: web.Request) -> web.Response:
        """Put the clock forward; the form's `to` says where: hour, monday, due, or moment (in the user's zone)."""
        zone, form = ZoneInfo(self._visits.user(request).tz), await request.post()
        try:
            await self._journey.go(self._goal(form, zone))
        except ValueError as error:
            return noticed(_CLOCK_PROBLEM, str(error))
        answer = noticed(_CLOCK_PROBLEM, "")
        answer.headers["HX-Trigger"] = _MOVED
        return answer

    def _goal(self, form: MultiDictProxy[Any], zone: ZoneInfo) -> datetime:
        """Return where the form puts the clock. Raises ValueError with a sentence."""
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
        """Switch one fault on, or off by its number."""
        self._visits.user(request)
        form = await request.post()
        switches, on = self._workspace.fault_switches, list(self._workspace.fault_switches.switches)
        if "off" in form:
            kept = [fault for number, fault in enumerate(on) if str(number) != form["off"]]
            switches.switch(kept)
        else:
            try:
                switches.switch([*on, read_fault(_entry(form))])
            except ValueError as error:
                return noticed(_SWITCHES_PROBLEM, str(error))
        self._workspace.state.touch()
        return noticed(_SWITCHES_PROBLEM, "")


def _next_monday(now: datetime) -> datetime:
    """Return the next Monday at 09:00 in the zone of `now`, this very day's if it is still to come."""
    today = now.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = today + timedelta(days=-today.weekday() % 7)
    return monday if monday > now else monday + timedelta(days=7)


def _moment(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        raise ValueError("Give a date and a time.") from None


def _entry(form: MultiDictProxy[Any]) -> dict[str, object]:
    """Return the form as the API takes a fault. Raises ValueError for numbers that are none."""
    kind = str(form.get("kind", ""))
    method = DELIVERIES if kind in OF_DELIVERIES else str(form.get("method", "*"))
    try:
        times, seconds = int(str(form.get("times", 0))), float(str(form.get("seconds", 1)))
    except ValueError:
        raise ValueError("How many times, and how many seconds, are numbers.") from None
    return {"kind": kind, "method": method, "times": times, "seconds": seconds}
