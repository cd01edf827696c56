"""The panel that measures a world: pins, channels, components, histogram, line and region."""
