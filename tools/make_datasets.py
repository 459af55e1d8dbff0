"""Write lessons_lib/datasets/*.npz from the sets that scikit-learn carries (see the README beside them).

Run: python -m tools.make_datasets
"""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits

from tools.shared import ROOT

FOLDER = ROOT / "lessons_lib" / "datasets"


def main():
    digits = load_digits()
    np.savez_compressed(
        FOLDER / "digits.npz", images=digits.data.astype(np.uint8), labels=digits.target.astype(np.uint8)
    )
    tumours = load_breast_cancer()
    # scikit-learn counts benign as 1; here 1 is what one looks for, a malignant tumour.
    malignant = (tumours.target == list(tumours.target_names).index("malignant")).astype(np.uint8)
    np.savez_compressed(FOLDER / "breast_cancer.npz", features=tumours.data, malignant=malignant)
    for path in sorted(FOLDER.glob("*.npz")):
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
