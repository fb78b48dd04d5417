"""The contract between a backend and a payment processor, and between a processor and a gateway."""
