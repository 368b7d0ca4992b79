"""The Python port with one mistake, named by the first argument: each is one that ports really make."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "examples" / "python"))

import mistakes_complete  # noqa: E402
import mistakes_core  # noqa: E402
import mistakes_reliable  # noqa: E402
import mistakes_storage  # noqa: E402
import port  # noqa: E402

MISTAKES = {
    **vars(mistakes_core),
    **vars(mistakes_reliable),
    **vars(mistakes_storage),
    **vars(mistakes_complete),
}

if __name__ == "__main__":
    MISTAKES[sys.argv[1].replace("-", "_")]()
    port.main()
