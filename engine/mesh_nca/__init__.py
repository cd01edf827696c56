"""Neural cellular automata whose cells are the vertices of a mesh."""
