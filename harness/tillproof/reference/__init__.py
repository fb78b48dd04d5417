"""The reference backend: the payment architecture done right, over a store, a clock, ids and processors passed in."""
