"""A question becomes an answer with its proof: the path every question takes, its API and its pages."""
