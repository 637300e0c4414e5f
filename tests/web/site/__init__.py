"""EdgeManager's pages."""
