"""Runs a Dockerfile's steps in a clean root, where there is no container engine: overlays on a bare Debian, chroot.

It needs root’s rights to mount. The mounts end with the mount namespace of the caller: `make check-image` begins one.
What differs from a container engine: the base is Debian’s own Python, and the network is the machine’s.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING, Final

from dockerfile_parse import DockerfileParser

if TYPE_CHECKING:
    from pathlib import Path

BASE_IMAGE: Final = "python:3.13-slim-trixie"
_BASE_PACKAGES = "python3,python3-venv,ca-certificates,netbase,tzdata"
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Image:
    """What a stage of a Dockerfile comes to: its root, and how its process is run."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    words: dict[str, str] = field(default_factory=lambda: {"USER": "0:0", "WORKDIR": "/"})
    """By instruction, what those say that change no file."""

    def within(self, *command: str, **more: str) -> list[str]:
        """Return a command line that runs in the root as the image's user, with the rights that it has left."""
        user, _, group = self.words["USER"].partition(":")
        rights = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"] if user != "0" else []
        drop = ["/usr/bin/setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *rights]
        settings = [f"{name}={value}" for name, value in (self.environment | more).items()]
        enter = ["/usr/bin/env", "-i", f"--chdir={self.words['WORKDIR']}", *settings]
        return ["chroot", str(self.root), *drop, *enter, *command]

    def list_of(self, instruction: str) -> list[str]:
        """Return the words of CMD, ENTRYPOINT or HEALTHCHECK, which are in the form that needs no shell."""
        value = self.words[instruction]
        words: list[str] = json.loads(value[value.index("[") :])
        return words


def make_base(folder: Path) -> None:
    """Install a bare Debian with the Python of BASE_IMAGE, unless it is there."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    suite = BASE_IMAGE.rpartition("-")[2]
    options = ["--variant=minbase", f"--include={_BASE_PACKAGES}", "--dpkgopt=force-unsafe-io", "--quiet"]
    options += ["--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*"]
    run("mmdebstrap", *options, suite, str(unfinished), "http://deb.debian.org/debian")
    for name in ("python", "python3"):  # where the image has its own
        (unfinished / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    version = run("chroot", str(unfinished), "python", "--version").split()[1]
    assert BASE_IMAGE.startswith(f"python:{version.rpartition('.')[0]}-"), version
    unfinished.rename(folder)


def build(context: Path, base: Path, folder: Path) -> Image:
    """Carry out the Dockerfile of a context on a base, each stage in an overlay of its own; return the last stage."""
    image = Image(base)
    arguments: dict[str, str] = {}
    stages: dict[str, Image] = {}
    for step in DockerfileParser(path=str(context / "Dockerfile")).structure:
        value = str(step["value"])
        match str(step["instruction"]):
            case "ARG":
                name, _, arguments[name] = value.partition("=")
            case "FROM":
                source, _, name = Template(value).substitute(arguments).partition(" AS ")
                assert source == BASE_IMAGE, f"{source} is not what the clean root is made like."
                image = stages[name] = Image(_overlay(base, folder / f"stage{len(stages)}"))
            case "COPY":
                _copy(image, shlex.split(value), context, stages)
            case "RUN":
                authorities = {"SSL_CERT_FILE": _AUTHORITIES, "PIP_CERT": _AUTHORITIES}
                run(*image.within("/bin/sh", "-c", value, **authorities))
            case "ENV":
                words = (word.partition("=") for word in shlex.split(value))
                image.environment |= {name: Template(each).substitute(image.environment) for name, _, each in words}
            case "COMMENT":
                pass
            case other:
                image.words[other] = value
                if other == "WORKDIR":
                    (image.root / value[1:]).mkdir(exist_ok=True)
    return image


def _overlay(base: Path, folder: Path) -> Path:
    """Mount a root that is written to without a change of its base; it has what an engine gives to a build."""
    folder.mkdir()
    run("mount", "-t", "tmpfs", "tmpfs", str(folder))  # an overlay cannot be written to where it lies on another one
    upper, work, root = (folder / name for name in ("upper", "work", "root"))
    for each in (upper, work, root):
        each.mkdir()
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={base},upperdir={upper},workdir={work}", str(root))
    run("mount", "--rbind", "/dev", str(root / "dev"))
    run("mount", "-t", "proc", "proc", str(root / "proc"))
    for name in ("/etc/resolv.conf", "/etc/hosts", _AUTHORITIES):
        (root / name[1:]).touch()
        run("mount", "--bind", name, str(root / name[1:]))
    return root


def _copy(image: Image, words: list[str], context: Path, stages: dict[str, Image]) -> None:
    """Copy from an earlier stage, or from the context what .dockerignore lets through."""
    stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
    *sources, target = words
    top = stages[stage].root if stage else context
    goal = image.root / image.words["WORKDIR"][1:] / target if target[0] != "/" else image.root / target[1:]
    goal.mkdir(parents=True, exist_ok=True)
    for source in sources:
        kept = (context / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert stage or f"!{source}" in kept, f"{source} is not let into the build by .dockerignore."
        if (found := top / source.lstrip("/")).is_dir():
            ignore = None if stage else shutil.ignore_patterns("__pycache__")
            shutil.copytree(found, goal, symlinks=True, dirs_exist_ok=True, ignore=ignore)
        else:
            shutil.copy(found, goal)


def first_process(image: Image, secrets: dict[str, str], **settings: str) -> list[str]:
    """Return a command line that runs the image's process as process 1 of a namespace of its own.

    Its root cannot be written to; its volumes are empty and its user's, and /run/secrets holds the secrets.
    """
    user, _, group = image.words["USER"].partition(":")
    root = shlex.quote(str(image.root))
    lines = [
        f"mount --bind {root} {root}",
        f"mount -o remount,bind,ro {root}",
        f"mount -t tmpfs -o mode=0700,uid={user},gid={group} tmpfs {root}{image.words['VOLUME']}",
        f"mount -t tmpfs -o mode=0755 tmpfs {root}/run",
        f"mkdir {root}/run/secrets",
    ]
    for name, secret in secrets.items():
        place = f"{root}/run/secrets/{name}"
        lines += [f"echo {shlex.quote(secret)} > {place}", f"chown {user} {place}", f"chmod 0400 {place}"]
    lines += [f"mount -o remount,ro {root}/run", f"mount -t proc proc {root}/proc", 'exec "$@"']
    process = image.within(*image.list_of("ENTRYPOINT"), *image.list_of("CMD"), **settings)
    return ["unshare", "--mount", "--pid", "--fork", "sh", "-euc", "\n".join(lines), "sh", *process]


def run(*command: str) -> str:
    """Run a command to its end and return what it printed; a failure shows all of that."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 — the Dockerfile's own
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
