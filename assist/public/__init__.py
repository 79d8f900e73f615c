"""The customer's side: a process of its own over a published copy, with an outbox as its only way of writing."""
