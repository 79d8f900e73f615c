"""Proof of written answers: what a sentence says must stand in the passages it cites, about the same subject."""
