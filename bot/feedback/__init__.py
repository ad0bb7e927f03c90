"""Feedback: votes on answers, and reports and questions to the maintainers."""
