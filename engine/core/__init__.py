"""The contracts that every system, panel and command of Primordia obeys."""
