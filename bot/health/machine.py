"""Checks of the machine: Python, the installed version, time-zone data, and the clock."""

from __future__ import annotations

import platform
import re
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from bot.clock import REFUSED_S, SKEW_S
from bot.health.finding import Finding, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE: Final = "briefing-bot"
OLD_ZONES: Final = 3
"""Years by which the system's time-zone data may be older than ours."""
_LONDON: Final = "Europe/London"
_SUMMER: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_REQUIREMENT: Final = re.compile(r"""([\w.-]+)(?:.*extra == ["']([\w-]+)["'])?""", re.ASCII)


def python() -> Finding:
    """Whether this Python is one of those that the bot is tried with (the classifiers of its package)."""
    tried = [
        text.rpartition(" ")[2] for text in metadata(PACKAGE).get_all("Classifier") or [] if ":: Python ::" in text
    ]
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = f"{platform.python_implementation()} {platform.python_version()} on {platform.platform(terse=True)}."
    if running in tried:
        return ok("python", what)
    to_do = f"Use one of {', '.join(tried)}: the bot is tried with those."
    return warn("python", f"{what} The bot is not tried with Python {running}.", to_do)


def installed(needed_extras: Sequence[str] = ()) -> Finding:
    """Whether every package that the bot requires is there, with the extras that its settings need."""
    missing: dict[str, list[str]] = {}
    extras: dict[str, bool] = {}
    for name, extra in (found.groups("") for found in map(_REQUIREMENT.match, requires(PACKAGE) or ()) if found):
        is_there = _is_installed(name)
        if extra:
            extras[extra] = extras.get(extra, True) and is_there
        if not is_there and (not extra or extra in needed_extras):
            missing.setdefault(extra, []).append(name)
    if missing:
        names = ", ".join(name for group in missing.values() for name in group)
        wanted = [extra for extra in missing if extra]
        package = f"{PACKAGE}[{','.join(wanted)}]" if wanted else PACKAGE
        return fail("version", f"{names} is not installed.", f"Install it with what it needs: pip install '{package}'")
    present = [extra for extra, is_there in extras.items() if is_there]
    return ok("version", f"{PACKAGE} {version(PACKAGE)}" + (f", with {', '.join(present)}." if present else "."))


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def time_zones(path: Sequence[str] = TZPATH) -> Finding:
    """Whether time zones are known, and whether the system's data, which Python prefers, is not far behind ours."""
    ours = version("tzdata")
    try:
        summer = _SUMMER.astimezone(ZoneInfo(_LONDON)).utcoffset()
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        to_do = "Install the system's tzdata, or the Python package tzdata."
        return fail("time zones", f"{_LONDON} cannot be read ({type(error).__name__}): no schedule works.", to_do)
    if summer != timedelta(hours=1):
        to_do = "Install the system's tzdata anew."
        return fail("time zones", f"{_LONDON} is {summer} ahead of UTC in July, where it is an hour.", to_do)
    systems = next((found for folder in path if (found := _release(Path(folder)))), "")
    if not systems:
        return ok("time zones", f"{_LONDON} is known; the package tzdata has release {ours}.")
    what = f"{_LONDON} is known; the system's data, which is used, is release {systems}; the package tzdata has {ours}."
    if int(ours[:4]) - int(systems[:4]) > OLD_ZONES:
        return warn("time zones", what, "Update the system's tzdata: zones that changed since then are read as before.")
    return ok("time zones", what)


def _release(folder: Path) -> str:
    """Return the release of a system's time-zone data, such as 2025b; empty where it does not say."""
    for name, form in (("tzdata.zi", r"# version (\d{4}\w)"), ("+VERSION", r"(\d{4}\w)")):
        try:
            with (folder / name).open(encoding="ascii", errors="replace") as file:
                if found := re.match(form, file.readline()):
                    return found[1]
        except OSError:
            continue
    return ""


def clock(skew_s: float | None) -> Finding:
    """Whether the clock agrees with Slack's; `skew_s` is by how much it is ahead, None where Slack did not tell."""
    if skew_s is None:
        return warn("clock", "Slack's answer had no date to compare the clock with.", "See that it is set by NTP.")
    if abs(skew_s) <= SKEW_S:
        return ok("clock", f"Within {SKEW_S} seconds of Slack's.")
    minutes, seconds = divmod(round(abs(skew_s)), 60)
    much = f"{minutes} min {seconds} s {'ahead of' if skew_s > 0 else 'behind'} Slack's"
    if abs(skew_s) > REFUSED_S:
        what = f"{much}: over HTTP every request of Slack's is refused, and posts are made at wrong times."
        return fail("clock", what, "Set the clock by NTP (timedatectl set-ntp true).")
    return warn("clock", f"{much}: posts are made at wrong times.", "Set the clock by NTP (timedatectl set-ntp true).")
