#!/bin/sh
# SPDX-License-Identifier: MIT
# Every manual page renders and lints.
status=0
for source in man/*.scd; do
    [ -e "$source" ] || continue
    scdoc <"$source" >"${TMPDIR:-/tmp}/latchkey-page.$$" || status=1
    mandoc -T lint -W warning "${TMPDIR:-/tmp}/latchkey-page.$$" | grep -v -e 'paragraph macro' -e 'missing date' | sed "s|^|$source: |" |
        grep -E 'ERROR|WARNING' && status=1
    rm -f "${TMPDIR:-/tmp}/latchkey-page.$$"
done
exit $status
