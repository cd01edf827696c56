"""What the languages of one family share: their instructions and how they are listed."""
