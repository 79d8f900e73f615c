"""Leaving intent: whether a customer shows that they mean to leave, why, and what the agent is offered to say."""
