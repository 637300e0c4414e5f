"""Shows: the API, and later EdgeManager's pages around it."""
