"""The tour of five steps that a newcomer is offered once."""
