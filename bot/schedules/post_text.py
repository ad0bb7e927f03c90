"""The text of a scheduled post: what changed since the last one in its channel, then each area's briefing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.alerts import posts
from bot.alerts.subscriptions import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.changes.messages import ChangeMessages, RenderedChange, ShownChange
    from bot.content.models import Area, Fact
    from bot.schedules.news import ChangeSet
    from bot.store.revision import Change

CHANGES_IN_POST: Final = 10
"""Changes listed above a briefing; more are counted."""
CHANGES_IN_DIGEST: Final = 20
"""Changes listed in a digest, which has no briefings."""


@dataclass(frozen=True, slots=True)
class TextKey:
    """What a post's text depends on besides the revision; `since_on` and `late` are formatted.

    `since` has the revision last posted of each area, nothing for a first post. `told`: facts whose change was told.
    """

    areas: tuple[str, ...]
    is_digest: bool
    since: tuple[tuple[str, int], ...]
    told: frozenset[str]
    since_on: str
    command_since: str
    late: str
    only_line: bool


@dataclass(frozen=True, slots=True)
class PostText:
    """A post's text, digests of the facts in it, and the areas that have details."""

    rendered: RenderedChange
    fact_digests: Mapping[str, str]
    areas: tuple[Area, ...] = ()


def text_of(messages: ChangeMessages, key: TextKey, change_set: ChangeSet) -> PostText:
    """Render a post: changes, then the areas' briefings."""
    untold = [each for each in change_set.changes.values() if each.fact_id not in key.told]
    if key.is_digest:
        return _digest(messages, key, change_set, untold)
    areas = _areas(messages, key)
    listed = _listed(messages, untold[:CHANGES_IN_POST], change_set, names_area=len(areas) > 1)
    full = () if key.only_line and key.since and not change_set.changes else tuple(areas)
    one = f" {areas[0].key}" if len(areas) == 1 else ""
    rendered = messages.page(
        "scheduled",
        listed,
        title=", ".join(area.title for area in areas),
        since=key.since_on,
        late=key.late,
        lines=listed,
        more=len(untold) - len(listed),
        told=len(key.told),
        command=f"/briefing changes{one}{key.command_since}",
        briefings=[messages.briefing(area.key, long=False) for area in full],
    )
    facts = [fact for area in full for fact in messages.content.printed_facts(area.key, long=False)]
    longer = tuple(area for area in full if _has_more(messages, area))
    return PostText(rendered, posts.fact_digests((*facts, *_facts(change_set, listed))), longer)


def _digest(messages: ChangeMessages, key: TextKey, change_set: ChangeSet, untold: Sequence[Change]) -> PostText:
    """Render a digest: changes by area."""
    listed = _listed(messages, untold[:CHANGES_IN_DIGEST], change_set, names_area=False)
    by_area: dict[str, list[ShownChange]] = defaultdict(list)
    for each in listed:
        by_area[each.area].append(each)
    titles = dict.fromkeys((*(area.title for area in messages.content.areas), *by_area))
    rendered = messages.page(
        "digest",
        listed,
        since=key.since_on,
        late=key.late,
        groups=[{"title": title, "lines": by_area[title]} for title in titles if title in by_area],
        more=len(untold) - len(listed),
        told=len(key.told),
        command=f"/briefing changes{key.command_since}",
    )
    return PostText(rendered, posts.fact_digests(_facts(change_set, listed)))


def _areas(messages: ChangeMessages, key: TextKey) -> Sequence[Area]:
    """Return the areas to post, in order, without those that no longer exist."""
    if ALL in key.areas:
        return messages.content.areas
    known = {area.key: area for area in messages.content.areas}
    return [known[area] for area in key.areas if area in known]


def _listed(
    messages: ChangeMessages, changes: Sequence[Change], change_set: ChangeSet, *, names_area: bool
) -> list[ShownChange]:
    return [messages.short(change, change_set.days[change.fact_id], names_area=names_area) for change in changes]


def _facts(change_set: ChangeSet, listed: Iterable[ShownChange]) -> list[Fact]:
    """Return the facts whose changes are listed."""
    return [change_set.changes[each.fact_id].fact for each in listed]


def _has_more(messages: ChangeMessages, area: Area) -> bool:
    return messages.briefing(area.key, long=True) != messages.briefing(area.key, long=False)
