"""Does it hold: case files, measures, runs and benchmarks; given callables by app.py."""
