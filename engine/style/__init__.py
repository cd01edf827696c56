"""Texture statistics: how alike two textures look, as a number that can be trained on."""
