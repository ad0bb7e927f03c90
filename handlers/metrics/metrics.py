"""Metrics of a process, by Prometheus's practice: what is counted, and which values each label can have.

No label names a person, a channel, a fact or a word that somebody typed. None names a workspace either: with a hundred
of them each histogram would be a hundred, and who reads metrics need not know which department asks what. Each label
has the values listed here and `other`, whatever it is given: a request cannot add a series.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from platform import python_version
from time import perf_counter
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from bot.content.faults import Severity
from bot.logging import ERRORS
from bot.messages import Outcome
from bot.publishing.observer import Result
from handlers.metrics.health import Reason
from handlers.metrics.tracing import NO_SPANS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager

    from bot.content.faults import Fault
    from bot.outbox.delivery import DeliveryKind, DeliveryState
    from handlers.metrics.health import HealthFault
    from handlers.metrics.tracing import Spans

PREFIX: Final = "briefing_bot"
OTHER: Final = "other"
COMMANDS: Final = frozenset(
    {
        "/briefing",
        "/fact",
        "app_context_changed",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "block_actions",
        "block_suggestion",
        "channel_archive",
        "channel_deleted",
        "channel_left",
        "channel_rename",
        "channel_unarchive",
        "group_archive",
        "group_deleted",
        "group_left",
        "group_rename",
        "group_unarchive",
        "member_joined_channel",
        "message",
        "message_action",
        "shortcut",
        "team_access_granted",
        "team_access_revoked",
        "tokens_revoked",
        "view_closed",
        "view_submission",
    }
)
"""What a request can be: a slash command, an event or an interaction, each by Slack's own name."""
TAKEN: Final = "taken"
OVERLOAD: Final = "overload"
OUTCOMES: Final = frozenset({*(each.value for each in Outcome), TAKEN, OVERLOAD, "too_many", "refused", "malformed"})
"""What can become of a request: the kind of its reply; `taken` where the reply follows the acknowledgement."""
REFUSALS: Final = frozenset(
    {
        "another workspace",
        "malformed",
        "no HTTP",
        "no body in time",
        "no request in time",
        "no text",
        "not signed",
        OVERLOAD,
        "signature",
        "timestamp",
        "too large",
        "too many",
        "too many connections",
    }
)
"""Why a request is refused, in the words of the log."""
ERROR_EVENTS: Final = frozenset(
    {
        "audit_line.failed",
        "channel.read_failed",
        "conversation.not_recorded",
        "conversation.unread",
        "db.error",
        "db.lost",
        "db.unavailable",
        "deliveries.late",
        "deliveries.step_failed",
        "delivery.failed",
        "delivery.render_failed",
        "delivery.send_failed",
        "delivery.undecodable",
        "inactivity.check_failed",
        "installation.removed",
        "installation.unreadable",
        "maintainers.unreached",
        "metrics.read_failed",
        "post.not_recorded",
        "proposal.failed",
        "reply.failed",
        "reply.not_delivered",
        "reply.refused",
        "schedule.rule_unreadable",
        "schedules.tick_failed",
        "task.failed",
        "token.refresh_failed",
        "weekly.failed",
    }
)
"""Lines of the log that are errors, by their event; but `stop.forced`: the process ends before it could be read."""
PUBLICATIONS: Final = frozenset(each.value for each in Result)
"""What can become of a publication."""

_ACK_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)
"""Bounds for acknowledgements: Slack waits for 3 s."""
_POST_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_CALL_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LOOP_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a gauge beside each counter that nobody reads


class Metrics:
    """What a process counts, in a registry of its own. Each method takes microseconds and raises nothing."""

    def __init__(self, spans: Spans = NO_SPANS) -> None:
        """Begin at zero; the process's own memory, descriptors and CPU time are counted by the library.

        `spans` traces what is counted.
        """
        self.spans = spans
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_ErrorLines())
        self._acks = self._histogram(
            "ack_seconds", "Seconds from when a request came until it was acknowledged.", _ACK_S, "command", "outcome"
        )
        self._refused = self._counter("requests_refused", "Requests that were refused.", "reason")
        self._look_ups = self._counter("look_ups", "Look-ups.", "outcome")
        self._acks_of, self._look_ups_of, self._refused_of = (
            cache(self._acks.labels),
            cache(self._look_ups.labels),
            cache(self._refused.labels),
        )  # finding takes longest
        self._deliveries = self._counter("deliveries", "Attempts to deliver, by what became of them.", "kind", "state")
        self._post_lag = self._histogram(
            "post_lag_seconds", "Seconds from when it was due until it was posted.", _POST_S, "kind"
        )
        self._calls = self._histogram(
            "slack_call_seconds", "Seconds that Slack took to answer a call.", _CALL_S, "method"
        )
        self._errors = self._counter("slack_errors", "Calls that Slack did not do.", "method", "code")
        self._reconnects = self._counter("socket_reconnects", "Connections of Socket Mode that were lost.")
        self._publications = self._counter("publications", "Attempts to publish.", "result")
        self._faults = self._gauge("content_faults", "Faults of the content folder as last read here.", "severity")
        self._ready = self._gauge("ready", "Whether requests may come to this process.")
        self._wrong = self._gauge("fault", "Whether this is wrong, as /readyz tells it in words.", "reason")
        built = self._gauge("build_info", "Version of the bot and of Python.", "version", "python")
        built.labels(version("briefing-bot"), python_version()).set(1)
        self._loop_lag = self._histogram("loop_lag_seconds", "Seconds by which the event loop was late.", _LOOP_S)
        self._late_s = self._late_at = 0.0

    def acknowledged(self, command: str, outcome: str, seconds: float) -> None:
        """Count a request by what it is and what became of it."""
        self._acks_of(known(command, COMMANDS), known(outcome, OUTCOMES)).observe(seconds)

    def refused(self, reason: str) -> None:
        """Count a request that was refused."""
        self._refused_of(known(reason, REFUSALS)).inc()

    def looked_up(self, outcome: Outcome) -> None:
        """Count a look-up, wherever it was asked."""
        self._look_ups_of(outcome.value).inc()

    def settled(self, kind: DeliveryKind, state: DeliveryState, lag_s: float | None = None) -> None:
        """Count an attempt; `lag_s` for what is posted: seconds since it was due."""
        self._deliveries.labels(kind.value, state.value).inc()
        if lag_s is not None:
            self._post_lag.labels(kind.value).observe(max(lag_s, 0.0))

    def called(self, method: str, seconds: float, code: str = "") -> None:
        """Count a call of Slack; `code` for one that was not done. Both come from closed lists: slack_sdk's, ours."""
        self._calls.labels(method).observe(seconds)
        if code:
            self._errors.labels(method, code).inc()

    def reconnected(self) -> None:
        """Count a connection of Socket Mode that was lost."""
        self._reconnects.inc()

    def publishing(self) -> AbstractContextManager[object]:
        """Return what traces the publication of a folder."""
        return self.spans.span("publish")

    def published(self, result: str, faults: Collection[Fault] = ()) -> None:
        """Count an attempt to publish, and note how many faults the folder has, where it was read."""
        self._publications.labels(known(result, PUBLICATIONS)).inc()
        for severity in Severity if result != Result.FAILED else ():
            self._faults.labels(severity.value).set(sum(each.severity is severity for each in faults))

    def follow(
        self,
        revision: Callable[[], float],
        skew_s: Callable[[], float],
        free_bytes: Callable[[], float],
        backup_made_at: Callable[[], float],
    ) -> None:
        """Ask for the revision that answers, the clock's skew, the room in DATA_DIR and its backup, at each scrape."""
        self._gauge("revision", "Number of the revision that this process answers from.").set_function(revision)
        self._gauge("clock_skew_seconds", "Seconds by which the clock is ahead of Slack's.").set_function(skew_s)
        self._gauge("backup_timestamp_seconds", "When `backup` last made one.").set_function(backup_made_at)
        self._gauge("data_free_bytes", "Room on the disk of DATA_DIR.").set_function(free_bytes)

    def note_health(self, found: Collection[HealthFault]) -> None:
        """Note what is wrong, so that the next scrape has it."""
        self._ready.set(not any(each.stops_work for each in found))
        wrong = {each.reason for each in found}
        for reason in Reason:
            self._wrong.labels(reason.value).set(reason in wrong)

    def loop_was_late(self, seconds: float) -> None:
        """Note by how much the event loop was late."""
        self._loop_lag.observe(seconds)
        self._late_s, self._late_at = seconds, perf_counter()

    def waited_s(self, read_at: float) -> float:
        """Return for how many seconds at most a request had waited for the event loop when it was read at a moment."""
        return max(self._late_s - abs(read_at - self._late_at), 0.0)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, namespace=PREFIX, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(self, name: str, what: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, what, labels, namespace=PREFIX, registry=self.registry, buckets=bounds)


class _ErrorLines(Collector):
    """Gives the registry how many lines of the log were errors; each event has a number from the start on."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Return the numbers."""
        family = CounterMetricFamily(f"{PREFIX}_errors", "Lines of the log that were errors.", labels=["event"])
        others = sum(number for event, number in ERRORS.items() if event not in ERROR_EVENTS)
        for event in sorted(ERROR_EVENTS):
            family.add_metric([event], ERRORS[event])
        family.add_metric([OTHER], others)
        yield family


def known(value: str, values: Collection[str]) -> str:
    """Return a value of a closed list, or `other`."""
    return value if value in values else OTHER
