"""Block Kit's blocks of 2025 and 2026: one of each, with the same words as every text."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def message_blocks(words: str = "Growth zones") -> list[Json]:
    """Return a block of each kind that a message can hold; `words` is not empty."""
    plain = {"type": "plain_text", "text": words}
    mrkdwn = {"type": "mrkdwn", "text": words}
    press = {"text": plain, "value": words, "accessibility_label": words}
    button = {"type": "button", "text": plain, "value": words}
    picture = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": words}
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}],
    }
    cell = {"type": "raw_text", "text": words}
    number = {"type": "raw_number", "value": 1250, "text": "1,250"}
    act = {"type": "action_cell", "element": {**button, "action_id": "cell"}, "fallback": cell}
    source = {"type": "url", "url": "https://example.org/", "text": words}
    card = {"type": "card", "title": plain, "subtitle": mrkdwn, "body": mrkdwn, "subtext": plain}
    task = {"title": words, "details": rich, "output": rich, "sources": [source]}
    return [
        {
            "type": "data_table",
            "block_id": "table",
            "caption": words,
            "page_size": 5,
            "row_header_column_index": 1,
            "rows": [[cell] * 4, [number, cell, rich, act], *[[number, cell, cell, number]] * 6],
        },
        {**card, "block_id": "card", "slack_icon": {"type": "icon", "name": "calendar"}, "actions": [button]},
        {
            "type": "carousel",
            "block_id": "cards",
            "elements": [{**card, "icon": picture, "hero_image": picture, "actions": [button]}, card, card],
        },
        {
            "type": "container",
            "block_id": "open",
            "title": plain,
            "subtitle": mrkdwn,
            "icon": picture,
            "has_header_divider": True,
            "width": "full",
            "child_blocks": [
                {"type": "section", "text": mrkdwn, "accessory": button},
                {"type": "divider"},
                {"type": "actions", "elements": [button]},
            ],
        },
        {
            "type": "container",
            "block_id": "shut",
            "rich_text_title": rich,
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": [{"type": "context", "elements": [mrkdwn]}],
        },
        {
            "type": "plan",
            "block_id": "plan",
            "title": words,
            "tasks": [
                {**task, "task_id": state, "status": state} for state in ("complete", "in_progress", "pending", "error")
            ],
        },
        {"type": "task_card", "block_id": "task", **task, "task_id": words},
        {
            "type": "context_actions",
            "block_id": "verdict",
            "elements": [
                {"type": "feedback_buttons", "positive_button": press, "negative_button": press},
                {"type": "icon_button", "icon": "trash", "text": plain},
            ],
        },
    ]


def alerts(words: str = "Growth zones") -> list[Json]:
    """Return an alert of each level, which modals can hold; `words` is not empty."""
    return [
        {"type": "alert", "block_id": level, "level": level, "text": {"type": "mrkdwn", "text": words}}
        for level in ("default", "info", "warning", "error", "success")
    ]
