"""Triangle meshes: read, mend, judge, remesh, draw, bake; what mesh automata live on."""
