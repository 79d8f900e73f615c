"""Customers and the offers they may be promised, worked out by hand from the offer sheet; `run.py` reads them."""
