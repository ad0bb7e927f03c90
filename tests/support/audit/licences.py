"""Licences of what runs with the bot: `python -m tests.support.audit.licences` writes the table of docs/licences.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.audit.running import ROOT, declared, running_packages

if TYPE_CHECKING:
    from importlib.metadata import Distribution

PAGE: Final = ROOT / "docs/licences.md"
_BEGIN: Final = "<!-- packages: make docs -->\n"
_END: Final = "<!-- end of packages -->"
_CLASSIFIER: Final = "License :: OSI Approved :: "
_COPYLEFT: Final = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
"""GPL and AGPL; LGPL, which a program may use unchanged without becoming it, is no match."""


def licence_of(package: Distribution) -> str:
    """Return what a package says of its licence; empty where it says nothing.

    "Core metadata specifications" (packaging.python.org): License-Expression, else the classifiers, else License.
    """
    about = package.metadata
    if expression := about.get_all("License-Expression"):
        return str(expression[0])
    classified = [each for each in about.get_all("Classifier") or () if each.startswith(_CLASSIFIER)]
    if classified:
        return " OR ".join(sorted(each.removeprefix(_CLASSIFIER) for each in classified))
    return next((each.strip() for each in about.get_all("License") or () if "\n" not in each), "")


def is_copyleft_only(licence: str) -> bool:
    """Whether each choice that a licence gives is the GPL or AGPL."""
    return all(_COPYLEFT.search(each) for each in re.split(r"\bOR\b", licence))


def listed() -> str:
    """Return the table of the packages, their licences, and what brings each one."""
    packages = running_packages(declared())
    rows = [f"| {name} | {licence_of(package).replace('|', '/')} |\n" for name, package in packages.items()]
    return "".join(("| package | licence |\n", "|---|---|\n", *rows))


def parts() -> tuple[str, str, str]:
    """Return the page as it is: what is above the table, the table, and what is below."""
    above, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    table, _, below = rest.partition(_END)
    return above, table, below


if __name__ == "__main__":
    top, _, bottom = parts()
    PAGE.write_text(f"{top}{_BEGIN}{listed()}{_END}{bottom}", encoding="utf-8")
