"""Commands of operators: run, database, deliveries, subscriptions."""
