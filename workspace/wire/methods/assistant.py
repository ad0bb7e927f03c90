"""assistant.threads.*: status, suggested prompts and title of an assistant thread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.manifest import Prompt
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.state.assistant import AssistantThread
    from workspace.wire.arguments import Arguments

_PROMPTS_MAX = 4


def set_status(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Set the status line; an empty status or a reply clears it."""
    if "status" not in arguments:
        raise SlackError("invalid_arguments", "missing required field: status")
    status, ts = arguments.text("status"), context.state.next_ts()
    thread = _thread(context, arguments)
    context.threads.change(replace(thread, status=status, status_ts=ts))
    return {}


def set_prompts(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Set up to four suggested prompts."""
    thread = _thread(context, arguments)
    entries = arguments.structure("prompts", "invalid_arguments")
    if not isinstance(entries, list) or not entries or not all(_is_prompt(entry) for entry in entries):
        raise SlackError("invalid_arguments", "missing required field: prompts")
    if len(entries) > _PROMPTS_MAX:
        sentence = f"no more than {_PROMPTS_MAX} items allowed [json-pointer:/prompts]"
        raise SlackError("invalid_arguments", sentence)
    prompts = tuple(Prompt(entry["title"], entry["message"]) for entry in entries)
    title = arguments.text("title")
    context.threads.change(replace(thread, prompts=prompts, prompts_title=title))
    return {}


def set_title(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Set the title."""
    title = arguments.required("title")
    context.threads.change(replace(_thread(context, arguments), title=title))
    return {}


def _thread(context: Context, arguments: Arguments) -> AssistantThread:
    channel = context.access.channel(arguments.required("channel_id"))
    thread = context.threads.find(channel.id, arguments.required("thread_ts"))
    if thread is None:
        raise SlackError("invalid_thread_ts")
    return thread


def _is_prompt(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    return all(isinstance(entry.get(key), str) and entry[key] for key in ("title", "message"))


_WRITE = ("assistant:write",)
METHODS = (
    Method("assistant.threads.setStatus", set_status, ("chat:write", *_WRITE), accepts_json=True),
    Method("assistant.threads.setSuggestedPrompts", set_prompts, _WRITE, accepts_json=True),
    Method("assistant.threads.setTitle", set_title, _WRITE, accepts_json=True),
)
