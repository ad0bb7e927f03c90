"""Transactional outbox: messages to post, claimed, sent and retried; nothing is lost or posted twice."""
