"""The few questions the program asks before it writes or learns something."""
