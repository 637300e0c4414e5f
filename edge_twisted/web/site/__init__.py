"""EdgeManager, the pages around the API: each module is a room of pages; `site` lists them, `place` opens the API."""
