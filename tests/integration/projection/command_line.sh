#!/bin/sh
# SPDX-License-Identifier: MIT
# The exit codes and the two spellings of latchkey-cppwinrt: command_line.sh PROGRAM WINMD FOLDER PARTIAL-WINMD
program=$1 winmd=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"
status=0

expect() { # what, code, then the command
    what=$1 wanted=$2
    shift 2
    "$@" >"$folder/out.txt" 2>"$folder/err.txt"
    got=$?
    if [ $got -ne "$wanted" ]; then
        echo "$what: ended with $got instead of $wanted"
        cat "$folder/out.txt" "$folder/err.txt"
        status=1
    fi
}

expect "no arguments" 2 "$program"
expect "an option that does not exist" 2 "$program" --in "$winmd" --out "$folder/a" --no-such-option
expect "a missing file" 1 "$program" --in "$folder/none.winmd" --out "$folder/a"
grep -q "none.winmd" "$folder/err.txt" || { echo "the missing file is not named"; status=1; }
expect "--help" 0 "$program" --help
expect "--version" 0 "$program" --version

expect "our spelling" 0 "$program" --in "$winmd" --out "$folder/ours" --component --depfile "$folder/d" --stamp "$folder/s"
[ -s "$folder/out.txt" ] && { echo "a quiet run printed something"; status=1; }
grep -q "$winmd" "$folder/d" || { echo "the depfile does not name the input"; status=1; }
[ -e "$folder/s" ] || { echo "no stamp"; status=1; }
printf -- '-in "%s"\n-component\n-overwrite -base -out %s\n' "$winmd" "$folder/theirs" >"$folder/args.rsp"
expect "their spelling" 0 "$program" "@$folder/args.rsp"
diff -r "$folder/ours" "$folder/theirs" || { echo "the two spellings differ"; status=1; }

# A file whose types are defined in another, which is not given.
if [ -n "$4" ]; then
    expect "metadata that is not whole" 0 "$program" --in "$4" --ref "$winmd" --out "$folder/part"
    grep -q "left out .* missing types" "$folder/err.txt" || { echo "what is left out is not said"; status=1; }
    grep -q "  Windows\\." "$folder/err.txt" || { echo "what is missing is not named"; status=1; }
    expect "the same, asked for" 0 "$program" --in "$4" --ref "$winmd" --out "$folder/part" --skip-unresolved
    [ "$(wc -l <"$folder/err.txt")" = 1 ] || { echo "what was asked for is explained"; status=1; }
    expect "the same, refused" 1 "$program" --in "$4" --ref "$winmd" --out "$folder/none" --no-skip-unresolved
    expect "the same, as a component" 1 "$program" --in "$4" --ref "$winmd" --out "$folder/none" --component
    [ -e "$folder/none" ] && { echo "something was written in spite of an error"; status=1; }
fi
exit $status
