#!/usr/bin/env bash
# What an installation brings along, as a CycloneDX list: make_sbom.sh FILE.json [PYTHON].
# PYTHON is one in whose environment capacity_planner is installed, by default the checkout's.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
file=${1:?where to write}
python=${2:-$here/.venv/bin/python}
tool=$(command -v cyclonedx-py || echo "$here/.venv/bin/cyclonedx-py")
"$tool" environment --output-reproducible --output-format JSON --output-file "$file" "$python"
"$python" -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]), "components in", sys.argv[1])' "$file"
