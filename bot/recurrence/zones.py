"""Time zones by the names that people type: IANA names in any case, cities, "UK"."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ZONE: Final = "Europe/London"
_WITH_CITIES: Final = frozenset(
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
"""The first parts of names whose last part is a place (tz database, theory.html: "Timezone identifiers")."""
_NO_PLACES: Final = frozenset({"Factory", "localtime"})
_OTHER_NAMES: Final = {"uk": DEFAULT_ZONE, "u.k.": DEFAULT_ZONE}
_HALF_A_YEAR: Final = {
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
"""Abbreviations name an offset, often one of summer or winter only, and some stand for several: we ask back."""
_NEAR_ENOUGH: Final = 80
_LONGEST: Final = 60


def zone_named(words: str) -> str | None:
    """Return the IANA name of the zone that words name exactly, or None: `UK`, `america/new_york`, `New York`."""
    name = _plain(words)
    return None if name in _HALF_A_YEAR else _names().get(name)


def zones_like(words: str, most: int) -> tuple[str, ...]:
    """Return zones that words may mean, best first: abbreviations, names that hold the words, then similar ones."""
    name = _plain(words)
    if not name:
        return ()
    found = [_HALF_A_YEAR[name]] if name in _HALF_A_YEAR else []
    found += [_names()[name]] if name in _names() else []
    found += sorted({zone for each, zone in _names().items() if each.startswith(name)})
    found += sorted({zone for each, zone in _names().items() if name in each})
    similar = process.extract(name, list(_names()), scorer=fuzz.ratio, limit=most, score_cutoff=_NEAR_ENOUGH)
    found += [_names()[each] for each, _, _ in similar]
    return tuple(dict.fromkeys(found))[:most]


def zone_meant(words: str) -> str:
    """Return the zone that misspelt or abbreviated words were meant for, or nothing when none is near."""
    name = _plain(words)
    if name in _HALF_A_YEAR:
        return _HALF_A_YEAR[name]
    near = process.extractOne(name, list(_names()), scorer=fuzz.ratio, score_cutoff=_NEAR_ENOUGH)
    return _names()[near[0]] if near else ""


def _plain(words: str) -> str:
    return words[:_LONGEST].strip().casefold().replace(" ", "_")


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Return every zone by its plain names. Where two have a city of one name, the longer name is the newer one."""
    zones = sorted(available_timezones() - _NO_PLACES, key=lambda zone: (len(zone), zone))
    cities = {_plain(zone.rpartition("/")[2]): zone for zone in zones if zone.partition("/")[0] in _WITH_CITIES}
    return MappingProxyType({**cities, **{_plain(zone): zone for zone in zones}, **_OTHER_NAMES})
