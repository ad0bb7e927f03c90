"""Checks of the settings: what is missing or malformed, and names that are nearly a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config import EVERY_SETTING, misspelt_in_environment, unknown_settings
from bot.config.env_file import ENV_FILE
from bot.config.required import WHERE, require_slack
from bot.errors import ConfigError
from bot.health.finding import Finding, NotCheckedError, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Settings


def require(faults: Mapping[str, str], *names: str) -> None:
    """Raise NotCheckedError when one of these settings is malformed: what is in its place was not meant."""
    if wrong := [name for name in (*names, EVERY_SETTING) if name in faults]:
        what = "The settings" if EVERY_SETTING in wrong else " and ".join(wrong)
        raise NotCheckedError(f"{what} cannot be read: see the finding on settings.")


def settings(found: Settings, faults: Mapping[str, str]) -> Finding:
    """Whether every setting that is needed is there, and none is malformed; no value is told."""
    told = [*faults.values()]
    try:
        if EVERY_SETTING not in faults:
            require_slack(found)
    except ConfigError as error:
        told += [line for line in error.message.splitlines() if not any(name in line for name in faults)]
    to_do = "Do that first: the rest depends on it." if EVERY_SETTING in faults else WHERE
    return fail("settings", " ".join(told), to_do) if told else ok("settings", "All that are needed are set.")


def names(faults: Mapping[str, str]) -> Finding:
    """Whether a name in .env or in the environment is nearly a setting, and has no effect."""
    require(faults)
    told = [f"{name} ({ENV_FILE}:{line})" + f", for {near}" * bool(near) for name, line, near in unknown_settings()]
    told += [f"{name} (environment), for {near}" for name, near in misspelt_in_environment()]
    if told:
        what = f"No settings, and without effect: {'; '.join(told)}."
        return warn("setting names", what, "Correct the names, or remove them.")
    return ok("setting names", f"Every name in {ENV_FILE} is a setting, and none in the environment is nearly one.")
