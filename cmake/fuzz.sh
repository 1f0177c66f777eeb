#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every fuzz target of a build on its corpus.   fuzz.sh BUILD-FOLDER SECONDS [TARGET]...
# Longer, one target:   cmake --preset fuzz && cmake --build build/fuzz && cmake/fuzz.sh build/fuzz 3600 winmd_reader
set -euo pipefail
build=${1:?fuzz.sh BUILD-FOLDER SECONDS [TARGET]...}
seconds=${2:?fuzz.sh BUILD-FOLDER SECONDS [TARGET]...}
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(find "$build/fuzz" -maxdepth 1 -type f -perm -u+x -printf '%f\n' | sort)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz.sh: no fuzz target in $build/fuzz" >&2; exit 1; }
for target in "${targets[@]}"; do
    echo "-- $target, $seconds s"
    found=$build/fuzz/found/$target
    mkdir -p "$found/corpus"
    corpora=("$found/corpus")
    [ ! -d "$root/tests/fuzz/corpus/$target" ] || corpora+=("$root/tests/fuzz/corpus/$target")
    status=0
    "$build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
        -artifact_prefix="$found/" "${corpora[@]}" >"$found.log" 2>&1 || status=$?
    sed -nE '/ERROR|SUMMARY|Test unit|number_of_executed_units|peak_rss_mb/p' "$found.log"
    if [ $status -ne 0 ]; then
        tail -n 40 "$found.log" >&2
        echo "fuzzing $target ended with $status; what it found is in $found" >&2
        exit 1
    fi
done
