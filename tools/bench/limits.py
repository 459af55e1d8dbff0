"""What must hold for the course to call its library fast. Times depend on the machine, these ratios hardly."""

SMALL, LARGE = "small", "large"
# (network, program, dtype, field, bound, value)
STEPS = [
    (SMALL, "library", "float64", "times_floor", "at most", 1.3),
    (SMALL, "textbook", "float64", "times_library", "at least", 1.4),
    (SMALL, "scikit-learn", "float64", "times_library", "at least", 2.5),
    (SMALL, "scikit-learn, partial_fit", "float64", "times_library", "at least", 3.0),
    (SMALL, "PyTorch", "float32", "times_library_float64", "at least", 3.8),
    (SMALL, "PyTorch, DataLoader", "float32", "times_library_float64", "at least", 5.0),
    (LARGE, "scikit-learn", "float64", "times_library", "at least", 1.0),
    (LARGE, "scikit-learn", "float32", "times_library", "at least", 1.0),
    (LARGE, "PyTorch", "float64", "times_library", "at least", 1.0),
    (LARGE, "PyTorch", "float32", "times_library", "at least", 1.0),
    (LARGE, "library", "float64", "share_of_peak", "at least", 0.6),
    (LARGE, "library", "float32", "share_of_peak", "at least", 0.6),
]
CHECKS = 1.03  # times longer than a step of the small network without the checks of its optimizer
IMPORT_MS = 30


def broken(record):
    """Sentences, one for every limit that a record does not keep; of programs that were not installed, none."""
    found = []
    for network, program, dtype, field, bound, limit in STEPS:
        for row in record["steps"][network]["rows"]:
            if (row["program"], row["dtype"]) == (program, dtype):
                kept = row[field] <= limit if bound == "at most" else row[field] >= limit
                if not kept:
                    found.append(f"{network}: {field} of {program}, {dtype}: {row[field]}, expected {bound} {limit}")
    if 1 / record["gains"][SMALL]["checks"] > CHECKS:
        found.append(f"checks: a step without them takes {record['gains'][SMALL]['checks']} of its time")
    if record["imports"]["added_ms"] > IMPORT_MS:
        found.append(f"import: lessons_lib adds {record['imports']['added_ms']} ms, expected at most {IMPORT_MS}")
    return found
