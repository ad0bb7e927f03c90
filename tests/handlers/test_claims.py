"""Buttons pressed twice."""

from __future__ import annotations

from handlers.idempotency import Claim, Claims


def test_a_claim_is_taken_once_until_it_is_released() -> None:
    claims = Claims()
    assert [claims.take("a"), claims.take("a"), claims.take("b")] == [Claim.TAKEN, Claim.UNDER_WAY, Claim.TAKEN]
    claims.release("a")
    assert claims.take("a") is Claim.TAKEN
    claims.keep("a")
    assert claims.take("a") is Claim.DONE


def test_the_oldest_claims_are_forgotten() -> None:
    claims = Claims()
    for number in range(10_001):
        claims.take(str(number))
    assert claims.take("0") is Claim.TAKEN
    assert claims.take("10000") is Claim.UNDER_WAY
