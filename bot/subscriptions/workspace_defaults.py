"""Defaults that people set for their workspace: what new subscriptions there begin with."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from bot.audit.audit import AuditEntry, record
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from bot.recurrence.phrase import CALENDAR_NAMES, joined, read_rule
from bot.recurrence.zones import DEFAULT_ZONE
from bot.schedules import defaults
from bot.schedules.defaults import Defaults
from bot.subscriptions.alert_messages import name_of
from bot.subscriptions.request import parse_request

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions

_EXAMPLE: Final = (
    "To set them: /briefing defaults infrastructure, adoption Europe/London bank holidays in Scotland; or clear."
)


class WorkspaceDefaults:
    """Sets what new subscriptions of a workspace begin with. Raises BriefingBotError in words for the actor."""

    def __init__(self, database: Database, clock: Clock, permissions: Permissions) -> None:
        self._database = database
        self._clock = clock
        self._permissions = permissions

    async def of(self, team: str) -> Defaults:
        """Return those of a workspace."""
        async with self._database.reading() as connection:
            return await defaults.of_workspace(connection, team)

    async def put(self, actor: Actor, words: str) -> Reply:
        """Set them, by areas, a zone and bank holidays (`clear`: none), or say what they are."""
        content = (await self._database.latest()).content
        if said := words.strip():
            if actor.place.is_direct:
                raise BriefingBotError("Defaults are for the whole workspace.", "Type it in a channel that I am in.")
            await self._permissions.require_manager(actor)
            is_clear = said.casefold() == "clear"
            when = read_rule("" if is_clear else said, default_tz=DEFAULT_ZONE, today=date.min)
            if when.not_understood:
                raise BriefingBotError(when.not_understood, _EXAMPLE)
            asked = parse_request(content.memorandum, "" if is_clear else when.rest)
            says_when = when.days or when.at or when.holidays.on_holiday
            says_what = asked.is_digest or asked.alerts or asked.corrections_only or asked.certainty
            if says_when or says_what or not (is_clear or asked.areas or when.tz or when.holidays.calendar):
                raise BriefingBotError("Defaults are areas, a time zone and bank holidays.", _EXAMPLE)
            async with self._database.transaction() as connection:
                team, wanted = actor.place.team, Defaults(asked.areas, when.tz, when.holidays.calendar)
                before = _said(content, await defaults.of_workspace(connection, team))
                await defaults.put(connection, team, wanted)
                entry = AuditEntry(team, actor.user, "defaults.changed", team, before, _said(content, wanted))
                await record(connection, entry, self._clock.now())
            await self._permissions.post_audit_line(actor, "changed what new subscriptions here begin with")
        usual = _said(content, await self.of(actor.place.team))
        note = f"New subscriptions in this workspace begin with: {usual}. {_EXAMPLE}"
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note)


def _said(content: Content, usual: Defaults) -> str:
    parts = [joined([name_of(content, each) for each in usual.areas])] if usual.areas else []
    parts += [usual.tz] if usual.tz else []
    parts += [f"bank holidays: {CALENDAR_NAMES[usual.calendar]}"] if usual.calendar else []
    return "; ".join(parts) or "nothing"
