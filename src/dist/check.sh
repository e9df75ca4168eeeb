#!/usr/bin/env bash
# Unpacks the distribution where nothing can be written, in a folder with a blank in its name, and
# draws an image elsewhere with what came along: no home, nothing of this environment.
set -euo pipefail
tarball=$1
java=$2
trap 'chmod -R u+w "$place" && rm -rf "$place"' EXIT
place=$(mktemp -d)
mkdir "$place/some where" "$place/work" "$place/tmp"
tar -xzf "$tarball" -C "$place/some where"
chmod -R a-w "$place/some where"

cd "$place/work"
program=("$place/some where/"*/fdistill)
clean=(env -i "PATH=/usr/bin:/bin" "JAVA_HOME=$java" "TMPDIR=$place/tmp" "HOME=$place/none"
  "FDISTILL_JAVA_FLAGS=-Duser.home=$place/tmp")
"${clean[@]}" "${program[0]}" sample savedmodels/fashion-mnist-teacher --steps 2 --seeds 0 --out one.png
[[ $(ls) == one.png ]] || { echo "besides one.png there is: $(ls)" >&2; exit 1; }
