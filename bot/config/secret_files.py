"""Secrets from files: the file that NAME_FILE names, or one in a folder where systemd or a container puts secrets."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from pydantic import SecretStr
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, PydanticBaseSettingsSource

from bot.errors import ConfigError
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

FILE_SUFFIX: Final = "_FILE"
"""After the name of a secret setting: the variable that names its file."""
RUN_SECRETS: Final = Path("/run/secrets")
"""Where containers find their secrets (Docker, "Manage sensitive data with Docker secrets")."""
MOST_BYTES: Final = 65_536
"""No secret is longer: a larger file is another one than was meant."""
_CREDENTIALS = "credentials_directory"
"""systemd.exec(5): the folder of LoadCredential=."""


def secret_settings(settings: type[BaseSettings]) -> list[str]:
    """Return the names of the settings that are secrets."""
    return [name for name, field in settings.model_fields.items() if SecretStr in _types(field.annotation)]


def files_of(settings: type[BaseSettings]) -> list[Path]:
    """Return the files that secrets are read from, named by variables or in the folders."""
    variables = (EnvSettingsSource(settings), DotEnvSettingsSource(settings))
    files = SecretFiles(settings, *variables)
    return [path for name in secret_settings(settings) if (path := files.file_of(name))]


def _types(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 — annotations share no type
    yield annotation
    for each in get_args(annotation):
        yield from _types(each)


class SecretFiles(PydanticBaseSettingsSource):
    """The settings whose secrets are in files. A variable that holds the secret itself comes before the two folders."""

    def __init__(self, settings: type[BaseSettings], *variables: PydanticBaseSettingsSource) -> None:
        """`variables` are the sources of NAME and NAME_FILE, the one that wins first."""
        super().__init__(settings)
        self._variables: dict[str, str] = {}
        for source in reversed(variables):
            held = cast("EnvSettingsSource", source).env_vars
            self._variables |= {name.lower(): (value or "").strip() for name, value in held.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret of a setting, or None. Raises ConfigError for a file that cannot be read."""
        del field
        named = self._variables.get(f"{field_name}{FILE_SUFFIX}".lower(), "")
        if self._variables.get(field_name):
            if named:
                both = f"{field_name.upper()} and {field_name.upper()}{FILE_SUFFIX} are both set."
                raise ConfigError(both, "Keep one of them.")
            return None, field_name, False
        found = self.file_of(field_name)
        return (_secret(field_name.upper(), found) if found else None), field_name, False

    def file_of(self, name: str) -> Path | None:
        """Return the file that a secret is read from, if it is from one."""
        if self._variables.get(name):
            return None
        named = self._variables.get(f"{name}{FILE_SUFFIX}".lower(), "")
        return Path(named) if named else next(filter(_exists, self._places(name)), None)

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that are in files. Raises ConfigError with a sentence for each that cannot be read."""
        found: dict[str, Any] = {}
        faults: list[ConfigError] = []
        for name in secret_settings(self.settings_cls):
            try:
                value, _, _ = self.get_field_value(self.settings_cls.model_fields[name], name)
            except ConfigError as fault:
                faults.append(fault)
            else:
                found |= {} if value is None else {name: value}
        if faults:
            hints = dict.fromkeys(fault.hint for fault in faults)
            raise ConfigError("\n".join(fault.message for fault in faults), " ".join(hints))
        return found

    def _places(self, name: str) -> Iterator[Path]:
        if credentials := self._variables.get(_CREDENTIALS):
            yield Path(credentials, name)
        yield RUN_SECRETS / name


def _exists(path: Path) -> bool:
    """Whether a file is there; no, in a folder that this user may not search: it is then meant for somebody else."""
    return os.access(path, os.F_OK)


def _secret(name: str, path: Path) -> str:
    """Read a secret without the white space around it. Raises ConfigError with the path, and never with the content."""
    where = f"{visible(str(path))}, which {name} is read from,"
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe that nobody writes to would be waited for
            raise ConfigError(f"{where} is not a file.", "Name a file that holds the secret and nothing else.")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{where} is not there.", "Make the file, or correct its name.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{where} cannot be read: {reason}.", "Let the bot's user read it.") from None
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{where} is larger than 64 KiB.", "Name a file that holds the secret and nothing else.")
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigError(f"{where} is not UTF-8 text.", "Save it again as UTF-8 text.")
    if not text:
        raise ConfigError(f"{where} is empty.", "Write the secret into it, or remove the file.")
    return text
