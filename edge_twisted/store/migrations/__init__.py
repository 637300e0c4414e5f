"""Alembic's script directory: `env.py` and one file per step in `versions/`, run by `store/upgrade.py`."""
