"""The ledger of deliveries: what is to be posted, what was, and who is at it."""
