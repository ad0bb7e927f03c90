"""assistant.threads.*: what an app shows in its assistant pane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.manifest import Prompt
from workspace.wire.methods.method import Method

if TYPE_CHECKING:
    from workspace.state.assistant import AssistantThread, AssistantThreads
    from workspace.state.state import State
    from workspace.wire.access import Access
    from workspace.wire.arguments import Arguments

_PROMPTS_MAX = 4


class AssistantMethods:
    """The methods of assistant.threads.*."""

    def __init__(self, state: State, access: Access, threads: AssistantThreads) -> None:
        """Change the threads, by these rights."""
        self._state = state
        self._access = access
        self._threads = threads

    def methods(self) -> tuple[Method, ...]:
        """Return the methods; setStatus is content with chat:write, the others are not."""
        write = ("assistant:write",)
        return (
            Method("assistant.threads.setStatus", self.set_status, ("chat:write", *write), accepts_json=True),
            Method("assistant.threads.setSuggestedPrompts", self.set_prompts, write, accepts_json=True),
            Method("assistant.threads.setTitle", self.set_title, write, accepts_json=True),
        )

    def set_status(self, arguments: Arguments) -> dict[str, Any]:
        """Say what the app is doing; an empty status takes it away, and so does a reply."""
        if "status" not in arguments:
            raise SlackError("invalid_arguments", "missing required field: status")
        status, ts = arguments.text("status"), self._state.next_ts()
        thread = self._thread(arguments)
        self._threads.change(thread, lambda before: replace(before, status=status, status_ts=ts))
        return {}

    def set_prompts(self, arguments: Arguments) -> dict[str, Any]:
        """Offer up to four questions to ask."""
        thread = self._thread(arguments)
        entries = arguments.structure("prompts", "invalid_arguments")
        if not isinstance(entries, list) or not entries or not all(_is_prompt(entry) for entry in entries):
            raise SlackError("invalid_arguments", "missing required field: prompts")
        if len(entries) > _PROMPTS_MAX:
            sentence = f"no more than {_PROMPTS_MAX} items allowed [json-pointer:/prompts]"
            raise SlackError("invalid_arguments", sentence)
        prompts = tuple(Prompt(entry["title"], entry["message"]) for entry in entries)
        title = arguments.text("title")
        self._threads.change(thread, lambda before: replace(before, prompts=prompts, prompts_title=title))
        return {}

    def set_title(self, arguments: Arguments) -> dict[str, Any]:
        """Name the conversation."""
        title = arguments.required("title")
        self._threads.change(self._thread(arguments), lambda before: replace(before, title=title))
        return {}

    def _thread(self, arguments: Arguments) -> AssistantThread:
        channel = self._access.channel(arguments.required("channel_id"))
        thread = self._threads.find(channel.id, arguments.required("thread_ts"))
        if thread is None:
            raise SlackError("invalid_thread_ts")
        return thread


def _is_prompt(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    return all(isinstance(entry.get(key), str) and entry[key] for key in ("title", "message"))
