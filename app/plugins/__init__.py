"""The user's folder of one-file systems: consent, reload, and what went wrong in them."""
