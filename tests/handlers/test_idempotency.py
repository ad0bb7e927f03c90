"""Buttons pressed twice."""

from __future__ import annotations

from handlers.idempotency import IdempotencyKey, IdempotencyKeys


def test_a_claim_is_taken_once_until_it_is_released() -> None:
    claims = IdempotencyKeys()
    assert [claims.take("a"), claims.take("a"), claims.take("b")] == [
        IdempotencyKey.TAKEN,
        IdempotencyKey.UNDER_WAY,
        IdempotencyKey.TAKEN,
    ]
    claims.release("a")
    assert claims.take("a") is IdempotencyKey.TAKEN
    claims.keep("a")
    assert claims.take("a") is IdempotencyKey.DONE


def test_the_oldest_claims_are_forgotten() -> None:
    claims = IdempotencyKeys()
    for number in range(10_001):
        claims.take(str(number))
    assert claims.take("0") is IdempotencyKey.TAKEN
    assert claims.take("10000") is IdempotencyKey.UNDER_WAY
