"""What differs between two contents: lines, entries beside facts, answers; and bounded Markdown that shows it."""
