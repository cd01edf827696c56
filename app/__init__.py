"""The desktop program: Qt and OpenGL, and no mathematics of any system."""
