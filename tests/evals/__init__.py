"""The measures and the case reader, checked by arithmetic a reader can do."""
