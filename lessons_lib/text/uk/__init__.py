"""The strings of the course in Ukrainian: one module per topic."""
