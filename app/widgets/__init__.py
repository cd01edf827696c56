"""Small controls that every panel shares, so that equal things look equal."""
