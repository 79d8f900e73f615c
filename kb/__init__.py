"""What the call centre knows: the catalogue, its indexes and the one search over both."""
