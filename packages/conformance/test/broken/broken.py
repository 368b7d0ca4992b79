"""The Python port with one mistake, named by the first argument: each is one that ports really make.

Without a mistake it reads one line, a list of tasks, and writes a line for each mistake: its name, and the answers of
the port with it that differ from those without it, by the position of the task.
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "examples" / "python"))

import mistakes_complete  # noqa: E402
import mistakes_core  # noqa: E402
import mistakes_reliable  # noqa: E402
import mistakes_storage  # noqa: E402
import port  # noqa: E402

MISTAKES = {
    name.replace("_", "-"): function
    for module in (mistakes_core, mistakes_reliable, mistakes_storage, mistakes_complete)
    for name, function in vars(module).items()
    if getattr(function, "__module__", None) == module.__name__
}


def compare_all(tasks):
    right = [port.answer(task) for task in tasks]
    for name, mistake in MISTAKES.items():
        # A mistake changes modules, so each is made in a process of its own.
        if os.fork() == 0:
            mistake()
            answers = enumerate(port.answer(task) for task in tasks)
            print(json.dumps([name, {index: answer for index, answer in answers if answer != right[index]}]), flush=True)
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        MISTAKES[sys.argv[1]]()
        port.main()
    else:
        compare_all(json.loads(sys.stdin.readline()))
