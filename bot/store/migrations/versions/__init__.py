"""Migrations, numbered in order. One that is released is never changed: the next one mends it."""
