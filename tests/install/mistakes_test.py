#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mistakes in calls of the CMake functions are found when the project is configured, in words that name them."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
for name in ("cmake", "build", "source", "cxx"):
    parser.add_argument("--" + name, required=True)
given = parser.parse_args()

SHAPES = "latchkey_add_component(NAME Shapes IDL Shapes.idl SOURCES Shapes.cpp"
MISTAKES = [
    ("CXX", "latchkey_add_component(NAME Shapes IDL Shapes.idl)", "needs NAME, IDL and SOURCES"),
    ("CXX", "latchkey_add_component(NAME Shapes IDL no.idl SOURCES Shapes.cpp)", "there is no file"),
    ("CXX", f"{SHAPES} REFERENCES Other)", "Other is no component (yet)"),
    ("CXX", f"add_library(plain INTERFACE)\n{SHAPES} REFERENCES plain)", "plain is not a component"),
    ("CXX", f"{SHAPES})\n{SHAPES})", "a target of this name already"),
    ("C", f"{SHAPES})", "components are C++"),
    ("CXX", f"{SHAPES})\nlatchkey_use_component(app Shapes)", "there is no target app"),
    ("CXX", "add_library(app INTERFACE)\nlatchkey_use_component(app Shapes)", "Shapes is not a component"),
    ("CXX", "latchkey_add_package(NAME P MANIFEST no.xml)", "there is no file"),
    ("CXX", "latchkey_add_package(NAME P MANIFEST Shapes.idl COMPONENTS No)", "No is not a component"),
    ("CXX", "latchkey_add_package(NAME P MANIFEST Shapes.idl APP absent)", "there is no target absent"),
    ("CXX", "latchkey_add_package(NAME P MANIFEST Shapes.idl FILES no.js)", "there is no file"),
    ("CXX", "latchkey_add_package(NAME P MANIFEST Shapes.idl SCRIPTS a.js)", "not understood"),
]

wrong = 0
with tempfile.TemporaryDirectory() as folder:
    project = pathlib.Path(folder)
    for file in ("Shapes.idl", "Shapes.cpp", "Square.h"):
        shutil.copy(pathlib.Path(given.source) / "tests/install/outside" / file, project)
    for number, (language, text, expected) in enumerate(MISTAKES):
        (project / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\n"
                                                f"project(Mistakes LANGUAGES {language})\n"
                                                f"find_package(Latchkey REQUIRED)\n{text}\n")
        # One folder a language, so that the compiler is looked at once.
        done = subprocess.run([given.cmake, "-S", project, "-B", project / language, f"-DLatchkey_DIR={given.build}",
                               f"-DCMAKE_CXX_COMPILER={given.cxx}"], capture_output=True, text=True)
        said = " ".join(done.stderr.split())
        if done.returncode == 0 or expected not in said:
            wrong += 1
            print(f"{text}\nended with {done.returncode}; it should say \"{expected}\", and said\n{said}")
sys.exit(1 if wrong else 0)
