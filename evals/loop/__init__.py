"""Measures of the knowledge loop on own data: clustering of questions, contradictions planted in the samples."""
