"""What must hold for the course to call its library fast. Times depend on the machine, these ratios hardly do."""

SMALL, LARGE = "small", "large"
DOUBLE, SINGLE, BOTH = ("float64",), ("float32",), ("float64", "float32")
# (network, program, dtypes, field, bound, value)
STEPS = [
    (SMALL, "library", DOUBLE, "times_floor", "at most", 1.25),
    (SMALL, "textbook", DOUBLE, "times_library", "at least", 1.4),
    (SMALL, "scikit-learn", DOUBLE, "times_library", "at least", 3.0),
    (SMALL, "PyTorch", BOTH, "times_library", "at least", 5.0),
    (SMALL, "JAX", BOTH, "times_library", "at least", 1.0),
    (LARGE, "scikit-learn", BOTH, "times_library", "at least", 1.0),
    (LARGE, "PyTorch", BOTH, "times_library", "at least", 1.0),
    (LARGE, "JAX", DOUBLE, "times_library", "at least", 0.93),  # the floor is about as quick as JAX
    (LARGE, "JAX", SINGLE, "times_library", "at least", 0.8),
    (LARGE, "library", BOTH, "share_of_peak", "at least", 0.6),
]
IMPORT_MS = 30


def broken(record):
    """Sentences, one for every limit that a record breaks; none for programs that were not installed."""
    found = []
    for network, program, dtypes, field, bound, limit in STEPS:
        for row in record["steps"][network]["rows"]:
            kept = row[field] <= limit if bound == "at most" else row[field] >= limit
            if row["program"] == program and row["dtype"] in dtypes and not kept:
                found.append(f"{network}: {field} of {program}, {row['dtype']}: {row[field]}, expected {bound} {limit}")
    if record["imports"]["added_ms"] > IMPORT_MS:
        found.append(f"import: lessons_lib adds {record['imports']['added_ms']} ms, expected at most {IMPORT_MS}")
    return found
