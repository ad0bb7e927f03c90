"""The files of the deployments agree with the settings, with each other and with the docs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import app as wiring
from bot.config import Settings
from bot.config.secret_files import secret_settings

ROOT = Path(wiring.__file__).parent
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
SECRETS = {*secret_settings(Settings)}
PYTHONS: Final = {"PATH", "TMPDIR", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
UID, PORT, ADMIN_PORT = 10001, 3000, 9464


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


DOCKERFILE = read("Dockerfile").replace("\\\n", "")
COMPOSE: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
MANIFESTS: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((DEPLOY / "kubernetes").iterdir())
    if path.name.endswith((".yaml", ".yaml.example"))
}
UNIT = read("deploy/systemd/briefing-bot.service")


def test_the_image_sets_settings_and_runs_as_a_user_without_rights() -> None:
    (line,) = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    variables = dict(word.split("=", 1) for word in shlex.split(line))
    assert variables.keys() - PYTHONS <= SETTINGS
    assert (variables["DATA_DIR"], variables["ADMIN_PORT"]) == ("/data", str(ADMIN_PORT))
    assert f"\nUSER {UID}:{UID}\n" in DOCKERFILE
    assert f"\nEXPOSE {PORT} {ADMIN_PORT}\n" in DOCKERFILE
    assert Settings.model_fields["port"].default == PORT


def test_the_image_gets_what_the_wheel_is_built_from_and_no_secret() -> None:
    kept = [line for line in read(".dockerignore").splitlines() if line and line[0] not in "#*"]
    copied = re.findall(r"^COPY ((?!--)[^\n]+) \S+$", DOCKERFILE, re.MULTILINE)
    assert sorted(f"!{each}" for line in copied for each in line.split()) == sorted(kept)
    assert not {".env", "secrets", "var", "tests", ".git"} & {each[1:] for each in kept}


def test_compose_sets_settings_and_hands_secrets_over_as_files() -> None:
    services = COMPOSE["services"]
    for name in ("bot", "migrate"):
        assert services[name].get("environment", {}).keys() <= SETTINGS
        assert {*services[name]["secrets"]} <= SECRETS
        assert not {each.lower() for each in services[name].get("environment", {})} & {*services[name]["secrets"]}
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert services["bot"]["expose"] == [str(ADMIN_PORT)]
    assert services["bot"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert {name: each["file"] for name, each in COMPOSE["secrets"].items()} == {
        name: f"./secrets/{name}" for service in services.values() for name in service["secrets"]
    }
    assert services["bot"]["environment"]["MAINTAINERS_CHANNEL"].startswith("${MAINTAINERS_CHANNEL?"), "lost in silence"
    with_git = yaml.safe_load(read("compose.yaml").replace("# - content", "- content").replace("# content", "content"))
    assert "content_git_url" in with_git["services"]["bot"]["secrets"]
    assert with_git["secrets"]["content_git_url"] == {"file": "./secrets/content_git_url"}
    assert "secrets/" in read(".gitignore").splitlines()


@pytest.mark.parametrize("name", ["deployment.yaml", "migrate.yaml"])
def test_pods_have_no_rights_and_read_the_secret_as_files(name: str) -> None:
    pod = MANIFESTS[name]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": UID,
        "runAsGroup": UID,
        "fsGroup": UID,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert mounts == {"data": "/data", "secrets": "/run/secrets"}
    assert {each["name"] for each in pod["volumes"]} == {*mounts}


def test_kubernetes_names_settings_ports_and_labels_that_are_there() -> None:
    values = MANIFESTS["configmap.yaml"]["data"]
    assert values.keys() <= SETTINGS
    assert (values["PORT"], values["ADMIN_PORT"]) == (str(PORT), str(ADMIN_PORT))
    assert MANIFESTS["secret.yaml.example"]["stringData"].keys() <= SECRETS
    deployment = MANIFESTS["deployment.yaml"]["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    assert {each["name"]: each["containerPort"] for each in container["ports"]} == {"http": PORT, "admin": ADMIN_PORT}
    assert {container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "liveness", "readiness")} == {"admin"}
    labels = deployment["template"]["metadata"]["labels"]
    assert labels == MANIFESTS["service.yaml"]["spec"]["selector"]
    assert labels == MANIFESTS["disruption-budget.yaml"]["spec"]["selector"]["matchLabels"]
    assert MANIFESTS["network-policy.yaml"]["spec"]["podSelector"]["matchLabels"].items() < labels.items()
    assert deployment["replicas"] > MANIFESTS["disruption-budget.yaml"]["spec"]["minAvailable"]
    (service,) = MANIFESTS["service.yaml"]["spec"]["ports"]
    assert service["targetPort"] == "http", "the operators' port is for nobody else"
    images = [
        MANIFESTS[name]["spec"]["template"]["spec"]["containers"][0]["image"]
        for name in ("deployment.yaml", "migrate.yaml")
    ]
    assert images[0] == images[1]
    assert {each["metadata"].get("namespace", "briefing-bot") for each in MANIFESTS.values()} == {"briefing-bot"}


def test_the_unit_names_settings_and_gives_secrets_as_credentials() -> None:
    assert set(re.findall(r"^Environment=(\w+)=", UNIT, re.MULTILINE)) <= SETTINGS
    credentials = re.findall(r"LoadCredential=(\w+):(\S+)$", UNIT, re.MULTILINE)
    assert {name for name, _ in credentials} <= SECRETS
    assert all(path == f"/etc/briefing-bot/{name}" for name, path in credentials)


@pytest.mark.parametrize("said", [f"{ADMIN_PORT}", "uid 10001", "/etc/briefing-bot/settings", "compose.yaml"])
def test_the_page_names_what_the_files_have(said: str) -> None:
    assert said in read("docs/run-in-a-department.md")


def test_the_page_names_only_files_and_targets_that_are_there() -> None:
    page = read("docs/run-in-a-department.md")
    for target in re.findall(r"`make ([a-z-]+)", page):
        assert f"\n{target}: " in read("Makefile")
    for name in re.findall(r"\b((?:deploy|ops)/[\w./-]*\w)", page):
        assert (ROOT / name).exists(), name
    for name in set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", page)):
        assert name in SETTINGS | {f"{each.upper()}_FILE" for each in SECRETS}, name
