#!/usr/bin/env bash
# Builds wheel and source archive and installs each with pip, pipx and uv, away from the checkout; the
# shipped county must be read. An argument names a wheelhouse that the dependencies are taken from.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
[ -z "${1:-}" ] || export PIP_FIND_LINKS=$1 UV_FIND_LINKS=$1

python3 -m venv "$place/tools"
"$place/tools/bin/pip" install -q build pipx uv
"$place/tools/bin/python" -m build --outdir "$place/dist" "$here" >/dev/null
export PIPX_HOME="$place/pipx" PIPX_BIN_DIR="$place/pipx-bin" PIP_CONSTRAINT="$here/constraints.txt"
export UV_CONSTRAINT="$here/constraints.txt"

try() { # what, command
  (cd "$place" && "$2" check --county dazhu -q && "$2" --version) || { echo "$1 failed"; exit 1; }
  echo "$1 ok"
}
for file in "$place"/dist/*; do
  kind=${file##*.}
  python3 -m venv "$place/pip-$kind"
  "$place/pip-$kind/bin/pip" install -q "$file"
  try "pip $kind" "$place/pip-$kind/bin/plan-gaps"
  "$place/tools/bin/pipx" install -q --force "$file" >/dev/null
  try "pipx $kind" "$place/pipx-bin/plan-gaps"
  "$place/tools/bin/uv" venv -q --python python3 "$place/uv-$kind"
  "$place/tools/bin/uv" pip install -q --python "$place/uv-$kind/bin/python" "$file"
  try "uv $kind" "$place/uv-$kind/bin/plan-gaps"
done
