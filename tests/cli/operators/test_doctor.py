"""The doctor asks for the packages that the settings need."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.config import Settings
from bot.health import machine
from bot.health.finding import Verdict
from cli.operators.doctor.checks import checks

if TYPE_CHECKING:
    import pytest


async def test_a_package_that_a_setting_needs_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> str:
        if name.startswith(("sentry", "opentelemetry")):
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(machine, "version", without)
    unset = Settings.model_construct()
    for settings, expected in (
        (unset, Verdict.OK),
        (unset.model_copy(update={"sentry_dsn": SecretStr("https://public@sentry.example/1")}), Verdict.FAIL),
        (unset.model_copy(update={"otel_exporter_otlp_endpoint": "http://collector:4318/"}), Verdict.FAIL),
    ):
        async with checks(settings, {}) as listed:
            found = await dict(listed)["version"]()
            assert found.verdict is expected
            assert ("pip install 'briefing-bot[" in found.to_do) is (expected is Verdict.FAIL)
