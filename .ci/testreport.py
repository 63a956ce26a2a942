"""Reads the output of go test -json: prints what failed or was skipped, and counts.

usage: testreport.py LOG [skips-allowed]

A skipped test is a failure, for it means that something which the test needs is not there.
"""

import collections
import json
import sys


def main(log, allow_skips):
    output = collections.defaultdict(list)
    ended = collections.defaultdict(list)
    for line in open(log, encoding="utf-8"):
        event = json.loads(line)
        key = event.get("Package") or event.get("ImportPath", ""), event.get("Test", "")
        action = event["Action"]
        if action in ("output", "build-output"):
            output[key].append(event["Output"])
        elif action in ("pass", "fail", "skip", "build-fail"):
            ended[action].append(key)
    skips = [key for key in ended["skip"] if key[1]]  # a package without tests is skipped, too
    bad = ended["build-fail"] + ended["fail"] + ([] if allow_skips else skips)
    for package, test in bad:
        print("".join(output[package, test]), end="")
    tests = {action: sum(1 for key in keys if key[1]) for action, keys in ended.items()}
    print(f"{tests.get('pass', 0)} tests passed, {tests.get('fail', 0)} failed, {len(skips)} skipped")
    return 1 if bad or not tests.get("pass") else 0


sys.exit(main(sys.argv[1], "skips-allowed" in sys.argv[2:]))
