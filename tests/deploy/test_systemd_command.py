"""The operators’ command beside the unit loads what the unit loads, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import app as wiring

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEMD: Final = Path(wiring.__file__).parent / "deploy" / "systemd"
PROGRAM: Final = """#!/bin/sh
env | grep -v -e ^PWD= -e ^_= -e ^OLDPWD= -e ^SHLVL=
for each in "$CREDENTIALS_DIRECTORY"/*; do echo "secret ${each##*/} $(cat "$each")"; done
echo "in $(pwd) for $*"
exit 3
"""


class Machine:
    """A machine whose root has the unit, the command and a program that says what it was given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("etc/briefing-bot", "etc/systemd/system/briefing-bot.service.d", "opt", "home", "tmp"):
            (root / name).mkdir(parents=True)
        self.write("etc/systemd/system/briefing-bot.service", (SYSTEMD / "briefing-bot.service").read_text())
        self.write("opt/program", PROGRAM).chmod(0o755)
        for name in ("slack_bot_token", "slack_app_token", "content_git_url"):
            self.write(f"etc/briefing-bot/{name}", f"the {name}")
        text = (
            (SYSTEMD / "briefing-bot").read_text().replace("/opt/briefing-bot/bin/briefing-bot", f"{root}/opt/program")
        )
        self.command = self.write("command", text.replace("unit=/", f"unit={root}/"))

    def write(self, name: str, text: str) -> Path:
        """Write a file, whose paths below /etc/briefing-bot are those of this machine."""
        path = self.root / name
        path.write_text(text.replace("/etc/briefing-bot/", f"{self.root}/etc/briefing-bot/"))
        return path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command in root’s home, with a secret in root’s own environment."""
        self.command.chmod(0o755)
        environment = {"PATH": "/usr/bin:/bin", "SLACK_BOT_TOKEN": "root’s own", "TMPDIR": str(self.root / "tmp")}
        words, home = (str(self.command), *words), self.root / "home"
        return subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 — our own

    def told(self, *words: str) -> list[str]:
        """Return what the program was given, line by line."""
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (3, ""), "the program's own code"
        return done.stdout.splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def secrets(lines: Iterable[str]) -> set[str]:
    return {line.split()[1] for line in lines if line.startswith("secret ")}


def test_it_loads_the_settings_and_the_secrets_of_the_unit_and_nothing_of_roots(machine: Machine) -> None:
    settings = '# a note\n\n QUIET_HOURS = 22:00-07:00 Europe/London \nMANAGERS="U1 $(touch x)"\nGUESTS=on'
    machine.write("etc/briefing-bot/settings", settings)
    told = machine.told("deliveries", "two words")
    assert {"QUIET_HOURS=22:00-07:00 Europe/London", "MANAGERS=U1 $(touch x)", "GUESTS=on"} <= {*told}
    assert {"DATA_DIR=/var/lib/briefing-bot", "ADMIN_PORT=9464"} <= {*told}
    assert secrets(told) == {"slack_bot_token", "slack_app_token"}, "content_git_url is there, and the unit has no line"
    assert "secret slack_bot_token the slack_bot_token" in told
    assert told[-1] == f"in {machine.root / 'home'} for deliveries two words"
    assert not [line for line in told if line.startswith(("SLACK_", "ONLY_"))]
    assert not [*(machine.root / "home").iterdir(), *(machine.root / "tmp").iterdir()], "something is left behind"


def test_it_reads_what_systemctl_edit_added_and_took_back(machine: Machine) -> None:
    lines = ("[Service]", "LoadCredential=", "LoadCredential=content_git_url:/etc/briefing-bot/content_git_url")
    machine.write("etc/systemd/system/briefing-bot.service.d/override.conf", "\n".join(lines))
    assert secrets(machine.told()) == {"content_git_url"}


def test_a_secret_that_the_unit_would_miss_and_an_env_file_are_told(machine: Machine) -> None:
    machine.write("home/.env", "GUESTS=on")
    assert (machine.run().returncode, ".env" in machine.run().stderr) == (78, True)
    (machine.root / "etc/briefing-bot/slack_app_token").unlink()
    done = machine.run()
    assert (done.returncode, done.stdout) == (78, "")
    assert "slack_app_token is missing, and the unit loads it." in done.stderr


def test_the_backup_is_made_by_that_command_where_the_page_has_it() -> None:
    unit = (SYSTEMD / "briefing-bot-backup.service").read_text()
    page = (SYSTEMD.parent.parent / "docs/run-in-a-department.md").read_text()
    assert "install -m 0644 deploy/systemd/*.service deploy/systemd/*.timer /etc/systemd/system/" in page
    assert "enable --now briefing-bot briefing-bot-backup.timer" in page
    assert "install -m 0755 deploy/systemd/briefing-bot /usr/local/sbin/" in page
    assert "/usr/local/sbin/briefing-bot backup" in unit
    folder = "/var/backups/briefing-bot"
    assert all(f"{step} " in unit for step in ("ExecStartPre=/usr/bin/install", f"-m 0700 {folder}\nExecStart=/bin/sh"))
    assert folder in page
