"""Files become passages: reading, cleaning, splitting, and keeping a folder in step with the knowledge base."""
