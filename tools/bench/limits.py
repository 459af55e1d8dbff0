"""What must hold for the course to call its library fast. Times depend on the machine, these ratios hardly do."""

SMALL, LARGE = "small", "large"
# (network, program, dtype, field, bound, value)
STEPS = [
    (SMALL, "library", "float64", "times_floor", "at most", 1.25),
    (SMALL, "textbook", "float64", "times_library", "at least", 1.4),
    (SMALL, "scikit-learn", "float64", "times_library", "at least", 3.0),
    (SMALL, "PyTorch", "float64", "times_library", "at least", 5.0),
    (SMALL, "PyTorch", "float32", "times_library", "at least", 5.0),
    (SMALL, "JAX", "float64", "times_library", "at least", 1.0),
    (SMALL, "JAX", "float32", "times_library", "at least", 1.0),
    (LARGE, "scikit-learn", "float64", "times_library", "at least", 1.0),
    (LARGE, "scikit-learn", "float32", "times_library", "at least", 1.0),
    (LARGE, "PyTorch", "float64", "times_library", "at least", 1.0),
    (LARGE, "PyTorch", "float32", "times_library", "at least", 1.0),
    (LARGE, "JAX", "float64", "times_library", "at least", 0.93),  # the floor is about as quick as JAX
    (LARGE, "JAX", "float32", "times_library", "at least", 0.8),
    (LARGE, "library", "float64", "share_of_peak", "at least", 0.6),
    (LARGE, "library", "float32", "share_of_peak", "at least", 0.6),
]
IMPORT_MS = 30


def broken(record):
    """Sentences, one for every limit that a record breaks; none for programs that were not installed."""
    found = []
    for network, program, dtype, field, bound, limit in STEPS:
        for row in record["steps"][network]["rows"]:
            if (row["program"], row["dtype"]) == (program, dtype):
                kept = row[field] <= limit if bound == "at most" else row[field] >= limit
                if not kept:
                    found.append(f"{network}: {field} of {program}, {dtype}: {row[field]}, expected {bound} {limit}")
    if record["imports"]["added_ms"] > IMPORT_MS:
        found.append(f"import: lessons_lib adds {record['imports']['added_ms']} ms, expected at most {IMPORT_MS}")
    return found
