"""The Zilog Z80 on a memory of 32 bytes, undocumented opcodes and flags included."""
