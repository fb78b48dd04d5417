"""A gateway fake served over HTTP, with a second port to steer it by: faults, time, the shopper, the ledger."""
