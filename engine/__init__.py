"""All computing of Primordia: usable on a server, in a notebook or in a test, without a window."""
