"""assistant.threads.*: status, suggested prompts and title of a conversation with an agent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.manifest import Prompt
from workspace.state.agent import Suggestions
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.state.agent import AgentThread
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
    """Set up to four suggested prompts: above an agent's conversations, or in the pane of an app made before.

    With `thread_ts` the call does nothing for an agent, and says nothing of it; without, it is about the newest thread
    in the pane ("assistant.threads.setSuggestedPrompts", `thread_ts`).
    """
    agent = context.threads.agent
    if agent is not None and not agent.is_legacy:
        channel = context.access.channel(arguments.required("channel_id"))
        suggestions = _suggestions(arguments)
        if not channel.is_im:
            raise SlackError("channel_not_found")
        if not arguments.text("thread_ts"):
            context.threads.pin(channel.id, suggestions)
        return {}
    thread = _thread(context, arguments) if arguments.text("thread_ts") else _newest(context, arguments)
    context.threads.change(replace(thread, suggestions=_suggestions(arguments)))
    return {}


def set_title(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Set the title."""
    title = arguments.required("title")
    context.threads.change(replace(_thread(context, arguments), title=title))
    return {}


def _thread(context: Context, arguments: Arguments) -> AgentThread:
    channel = context.access.channel(arguments.required("channel_id"))
    thread = context.threads.find(channel.id, arguments.required("thread_ts"))
    if thread is None:
        raise SlackError("invalid_thread_ts")
    return thread


def _newest(context: Context, arguments: Arguments) -> AgentThread:
    channel = context.access.channel(arguments.required("channel_id"))
    thread = context.threads.newest(channel.im_user)
    if thread is None:
        raise SlackError("message_not_found")
    return thread


def _suggestions(arguments: Arguments) -> Suggestions:
    entries = arguments.structure("prompts", "invalid_arguments")
    if not isinstance(entries, list) or not entries or not all(_is_prompt(entry) for entry in entries):
        raise SlackError("invalid_arguments", "missing required field: prompts")
    if len(entries) > _PROMPTS_MAX:
        sentence = f"no more than {_PROMPTS_MAX} items allowed [json-pointer:/prompts]"
        raise SlackError("invalid_arguments", sentence)
    prompts = tuple(Prompt(entry["title"], entry["message"]) for entry in entries)
    return Suggestions(prompts, arguments.text("title"))


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
