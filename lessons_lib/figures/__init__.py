"""The figures of the course: one module per chapter, arrays in, a Figure out. ``style`` holds what they share."""
