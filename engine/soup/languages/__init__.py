"""The languages, one file each: whatever lies here and has a `LANGUAGE` is found."""
