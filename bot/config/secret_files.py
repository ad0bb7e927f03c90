"""Secrets from files: the file that NAME_FILE names, or one in a folder where systemd or a container puts secrets."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import SecretStr

from bot.config.env_file import variables
from bot.errors import ConfigError
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

FILE_SUFFIX: Final = "_FILE"
"""After the name of a secret setting: the variable that names its file."""
RUN_SECRETS: Final = Path("/run/secrets")
"""Where containers find their secrets (Docker, "Manage sensitive data with Docker secrets")."""
MOST_BYTES: Final = 65_536
"""No secret is longer: a larger file is another one than was meant."""
_CREDENTIALS = "credentials_directory"
"""systemd.exec(5): the folder of LoadCredential=."""


def secret_settings(settings: type[BaseModel]) -> list[str]:
    """Return the names of the settings that are secrets."""
    return [name for name, field in settings.model_fields.items() if SecretStr in _types(field.annotation)]


def files_of(settings: type[BaseModel]) -> list[Path]:
    """Return the files that secrets are read from, named by variables or in the folders."""
    files = SecretFiles(settings, variables())
    return [path for name in secret_settings(settings) if (path := files.file_of(name))]


def _types(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 — annotations share no type
    yield annotation
    for each in get_args(annotation):
        yield from _types(each)


class SecretFiles:
    """The settings whose secrets are in files. A variable that holds the secret itself comes before the two folders."""

    def __init__(self, settings: type[BaseModel], held: Mapping[str, str]) -> None:
        """`held` are the variables by their names in lower case, NAME and NAME_FILE among them."""
        self._settings = settings
        self._variables = {name: value.strip() for name, value in held.items()}

    def _value_of(self, name: str) -> str | None:
        named = self._variables.get(f"{name}{FILE_SUFFIX}".lower(), "")
        if self._variables.get(name):
            if named:
                raise ConfigError(f"{name.upper()} and {name.upper()}{FILE_SUFFIX} are both set.", "Keep one of them.")
            return None
        found = self.file_of(name)
        return _secret(name.upper(), found) if found else None

    def file_of(self, name: str) -> Path | None:
        """Return the file that a secret is read from, if it is from one."""
        if self._variables.get(name):
            return None
        named = self._variables.get(f"{name}{FILE_SUFFIX}".lower(), "")
        return Path(named) if named else next(filter(_exists, self._places(name)), None)

    def read(self) -> dict[str, str]:
        """Return the secrets that are in files. Raises ConfigError with a sentence for each that cannot be read."""
        found: dict[str, str] = {}
        faults: list[ConfigError] = []
        for name in secret_settings(self._settings):
            try:
                value = self._value_of(name)
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
