#!/bin/sh
# SPDX-License-Identifier: MIT
# Every manual page renders and lints.
status=0
for source in man/*.scd; do
    [ -e "$source" ] || continue
    # mandoc takes the end of the file's name for the section.
    page=${TMPDIR:-/tmp}/latchkey-page-$$.$(echo "$source" | sed 's/.*\.\([0-9]\)\.scd$/\1/')
    scdoc <"$source" >"$page" || status=1
    mandoc -T lint -W warning "$page" | grep -v -e 'paragraph macro' -e 'missing date' | sed "s|^|$source: |" |
        grep -E 'ERROR|WARNING' && status=1
    rm -f "$page"
done
exit $status
