"""Metrics and health for operators, on a port of their own."""
