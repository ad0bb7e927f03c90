"""Quiet hours: alerts wait until they end; corrections do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?: +([A-Za-z0-9_+/-]+))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Daily from `begin` to `end` (the next day if that is earlier), local time in `zone`."""

    begin: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Parse `22:00-07:00 Europe/London`; the default zone is UTC. Raises ValueError with a sentence's end."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError("does not look like 22:00-07:00 Europe/London.")
        begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        try:
            return cls(begin, end, ZoneInfo(found[5] or "UTC"))
        except (OSError, ValueError, KeyError):
            raise ValueError(f"has an unknown time zone: {found[5]}.") from None

    def until(self, moment: datetime) -> datetime:
        """Return when the quiet hours around a moment end (UTC), or the moment itself outside quiet hours."""
        local = moment.astimezone(self.zone)
        now = local.time().replace(tzinfo=None)
        if self.begin <= self.end:
            is_quiet, days = self.begin <= now < self.end, 0
        else:
            is_quiet, days = now >= self.begin or now < self.end, int(now >= self.begin)
        if not is_quiet:
            return moment
        return datetime.combine(local.date() + timedelta(days=days), self.end, self.zone).astimezone(UTC)
