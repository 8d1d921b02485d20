#!/usr/bin/env bash
# Collects the wheel of this project and of all it needs into one folder, for a machine without internet.
set -euo pipefail
target=${1:?usage: scripts/make_wheelhouse.sh FOLDER}
here=$(cd "$(dirname "$0")/.." && pwd)
python3 -m pip wheel --quiet --wheel-dir "$target" --constraint "$here/constraints.txt" "$here"
echo "$(find "$target" -name '*.whl' | wc -l) wheels in $target"
