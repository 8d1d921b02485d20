#!/usr/bin/env bash
# Proves the lower bounds of pyproject.toml: a fresh environment with the lowest version of each direct
# dependency, then the tests. Arguments go to pytest; without any, all tests but those of a browser run.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 -m venv "$place/tools"
"$place/tools/bin/pip" install -q uv
uv="$place/tools/bin/uv"
python="$place/floor/bin/python"
"$uv" pip compile -q --resolution lowest-direct --extra test --no-header --no-annotate \
  -o "$place/floor.txt" "$here/pyproject.toml"
"$uv" venv -q --python python3 "$place/floor"
"$uv" pip install -q --python "$python" -r "$place/floor.txt"
"$uv" pip install -q --python "$python" --no-deps "$here"
grep -iE '^(geopandas|numpy|pandas|pyogrio|pyproj|shapely|matplotlib|ortools)==' "$place/floor.txt" | paste -sd' '
cd "$here"
[ $# -gt 0 ] || set -- -m 'not browser'
# pyproj hands single points over in a way that numpy before 2.4 warns of; nothing that a caller can change.
"$python" -m pytest -q -p no:cacheprovider \
  -W 'ignore:Conversion of an array with ndim:DeprecationWarning' "$@"
