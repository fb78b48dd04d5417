"""Pure values of the payment architecture: money, statuses, entities, ledger entries, recovery points."""
