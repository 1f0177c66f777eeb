#!/bin/sh
# SPDX-License-Identifier: MIT
# What a person begins with compiles as it is: skeletons.sh PROGRAM WINMD INCLUDE FOLDER COMPILER
program=$1 winmd=$2 include=$3 folder=$4 compiler=$5
rm -rf "$folder"
"$program" --in "$winmd" --out "$folder/generated" --component "$folder/src" || exit 1
for source in "$folder"/src/*.cpp "$folder"/src/*/*.cpp "$folder/generated/module.g.cpp"; do
    echo "#include \"$source\""
done >"$folder/all.cpp"
exec "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$folder/generated" -I"$folder/src" -I"$include" "$folder/all.cpp"
