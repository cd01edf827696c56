"""A Python prompt in the window: the open lab, with the hands that the tests use."""
