"""Find time zones by what people type: IANA names in any case, cities, "UK"."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ZONE: Final = "Europe/London"
_AREAS: Final = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)
"""Areas of the tz database whose zones are named after a place (theory.html, "Timezone identifiers")."""
_NOT_PLACES: Final = frozenset({"Factory", "localtime"})
_ALIASES: Final = {"uk": DEFAULT_ZONE, "u.k.": DEFAULT_ZONE}
_ABBREVIATIONS: Final = {
    "bst": "Europe/London",
    "cest": "Europe/Paris",
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "ct": "America/Chicago",
    "cdt": "America/Chicago",
    "mt": "America/Denver",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "ist": "Asia/Kolkata",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
}
"""Ambiguous: an abbreviation is an offset, often of summer or winter only. They are suggested, never accepted."""
_SCORE_CUTOFF: Final = 80
_MAX_CHARACTERS: Final = 60


def zone_named(words: str) -> str | None:
    """Return the IANA name for an exact name, or None: `UK`, `america/new_york`, `New York`."""
    name = _normalised(words)
    return None if name in _ABBREVIATIONS else _names().get(name)


def zones_like(words: str, limit: int) -> tuple[str, ...]:
    """Return suggestions, best first: abbreviation, exact name, names that contain the words, similar names."""
    name = _normalised(words)
    if not name:
        return ()
    found = [_ABBREVIATIONS[name]] if name in _ABBREVIATIONS else []
    found += [_names()[name]] if name in _names() else []
    found += sorted({zone for known, zone in _names().items() if known.startswith(name)})
    found += sorted({zone for known, zone in _names().items() if name in known})
    similar = process.extract(name, list(_names()), scorer=fuzz.ratio, limit=limit, score_cutoff=_SCORE_CUTOFF)
    found += [_names()[known] for known, _, _ in similar]
    return tuple(dict.fromkeys(found))[:limit]


def zone_meant(words: str) -> str:
    """Return the zone that a misspelt name or an abbreviation probably means, or ""."""
    name = _normalised(words)
    if name in _ABBREVIATIONS:
        return _ABBREVIATIONS[name]
    match = process.extractOne(name, list(_names()), scorer=fuzz.ratio, score_cutoff=_SCORE_CUTOFF)
    return _names()[match[0]] if match else ""


def _normalised(words: str) -> str:
    return words[:_MAX_CHARACTERS].strip().casefold().replace(" ", "_")


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Return all zones by normalised name. Of two zones with the same city, the longer name (the newer zone) counts."""
    zones = sorted(available_timezones() - _NOT_PLACES, key=lambda zone: (len(zone), zone))
    cities = {_normalised(zone.rpartition("/")[2]): zone for zone in zones if zone.partition("/")[0] in _AREAS}
    return MappingProxyType({**cities, **{_normalised(zone): zone for zone in zones}, **_ALIASES})
