"""Tests mirror the four rooms; journeys run end to end, contracts run on fake and real adapters."""
