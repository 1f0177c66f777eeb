#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs Latchkey, moves the installation, and builds an outside project against it; then the example against the
build folder. Ends at the first thing that is not as promised."""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile

parser = argparse.ArgumentParser()
for name in ("cmake", "build", "source", "cxx"):
    parser.add_argument("--" + name, required=True)
given = parser.parse_args()
BLOCK = 65536


def run(*command, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


def build(source, folder, *options):
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    run(given.cmake, "-S", source, "-B", folder, *generator, f"-DCMAKE_CXX_COMPILER={given.cxx}",
        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", *options)
    run(given.cmake, "--build", folder, "-j", "2")


def exported(library) -> set[str]:
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[-1] for line in lines}


ENTRY_POINTS = {"DllGetActivationFactory", "DllCanUnloadNow", "WINRT_GetActivationFactory", "WINRT_CanUnloadNow"}


def check_installation(prefix: pathlib.Path, old: pathlib.Path):
    wanted = ["bin/latchkey", "bin/latchkey-midl", "bin/latchkey-cppwinrt", "bin/latchkey-winmd",
              "include/winrt/base.h", "include/winrt/Windows.ApplicationModel.Background.h", "include/latchkey/runtime.h",
              "share/latchkey/winmd/Windows.winmd", "share/latchkey/winmd/Latchkey.winmd",
              "share/latchkey/idl/windows.applicationmodel.background.idl",
              "share/bash-completion/completions/latchkey", "share/zsh/site-functions/_latchkey",
              "share/fish/vendor_completions.d/latchkey.fish"]
    if shutil.which("scdoc"):
        wanted += ["share/man/man1/latchkey.1"]
    missing = [name for name in wanted if not (prefix / name).exists()]
    check(not missing, f"the installation is complete {missing or ''}")
    for name in ("LICENSE", "manifest.md"):
        check(list(prefix.glob(f"share/doc/*/{name}")), f"{name} is installed")
    texts = [path for pattern in ("*.cmake", "*.pc") for path in prefix.rglob(pattern)]
    tied = [path.name for path in texts for place in (str(old), given.build, given.source) if place in path.read_text()]
    check(texts and not tied, f"no file of the package names where it was built or installed {tied or ''}")
    run("bash", "-n", prefix / "share/bash-completion/completions/latchkey")
    answer = run("bash", "-c", 'source "$1"; COMP_WORDS=(latchkey manifest ch); COMP_CWORD=2; _latchkey; echo "${COMPREPLY[@]}"',
                 "bash", prefix / "share/bash-completion/completions/latchkey")
    check(answer == "check\n", "bash completes a command")


def check_package(folder: pathlib.Path, latchkey):
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    wanted = ["AppxManifest.xml", "Latchkey.winmd", "Shapes.so", "Shapes.winmd", "Tasks.so", "Tasks.winmd", "js/task.js",
              "js/with space.js", "outside-app"]
    check(files == wanted, f"the package folder has its files and no others {files}")
    record = json.loads(run(latchkey, "manifest", "check", folder, "--json"))["manifests"][0]["manifest"]
    classes = {one["id"]: (one["library"], one["threading"]) for one in record["classes"]}
    check(classes == {"Shapes.Square": ("Shapes.so", "MTA"), "Tasks.ExampleBackgroundTask": ("Tasks.so", "both")},
          f"the manifest announces the classes that can be created, the one by hand as it was {classes}")
    hosts = [task["host"] for task in record["applications"][0]["tasks"]]
    check(hosts == ["latchkey-host", "latchkey-jshost"], "the tasks have their hosts")
    check("<!-- by hand -->" in (folder / "AppxManifest.xml").read_text(), "comments stay")


# By other programs' eyes: Python's zip reader, and hashes computed here.
def check_archive(package: pathlib.Path, folder: pathlib.Path):
    with zipfile.ZipFile(package) as archive:
        check(archive.testzip() is None, "the package file is a sound zip")
        names = archive.namelist()
        check("js/with%20space.js" in names and "[Content_Types].xml" in names, "its parts have their names")
        block_map = xml.fromstring(archive.read("AppxBlockMap.xml"))
        space = "{http://schemas.microsoft.com/appx/2010/blockmap}"
        listed = {}
        for file in block_map.iter(space + "File"):
            listed[file.get("Name").replace("\\", "/")] = file
        on_disk = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        check(set(listed) == set(on_disk), "the block map lists each file")
        for name, path in on_disk.items():
            data = path.read_bytes()
            hashes = [base64.b64encode(hashlib.sha256(data[at:at + BLOCK]).digest()).decode() for at in range(0, len(data), BLOCK)]
            check([block.get("Hash") for block in listed[name].iter(space + "Block")] == hashes, f"the blocks of {name}")
            info = archive.getinfo(name.replace(" ", "%20"))
            check(int(listed[name].get("LfhSize")) == 30 + len(info.filename.encode()) + len(info.extra), f"the header of {name}")
        types = xml.fromstring(archive.read("[Content_Types].xml"))
        check(types.tag.endswith("Types"), "the content types are XML")


def check_pkg_config(prefix: pathlib.Path, scratch: pathlib.Path):
    folder = next(prefix.rglob("latchkey.pc")).parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
    variable = lambda name: pathlib.Path(shlex.split(run("pkg-config", f"--variable={name}", "latchkey", env=environment))[0])
    check(os.access(variable("midl"), os.X_OK) and os.access(variable("cppwinrt"), os.X_OK), "pkg-config names the tools")
    check((variable("winmddir") / "Windows.winmd").exists(), "pkg-config names the metadata")
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "latchkey", env=environment))
    source = scratch / "one.cpp"
    source.write_text('#include <windows.h>\n#include <winrt/Windows.Foundation.h>\nint main() { return winrt::hstring("a").size() == 1 ? 0 : 1; }\n')
    run(given.cxx, "-O0", source, "-o", scratch / "one", *flags)
    library = next(prefix.rglob("liblatchkey.so")).parent
    run(scratch / "one", env={**os.environ, "LD_LIBRARY_PATH": str(library)})
    check(True, "a program builds and runs with pkg-config's flags")


with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    first, prefix = scratch / "first", scratch / "moved here"
    run(given.cmake, "--install", given.build, "--prefix", first)
    first.rename(prefix)
    check_installation(prefix, first)
    outside = scratch / "outside"
    build(pathlib.Path(given.source) / "tests/install/outside", outside, f"-DCMAKE_PREFIX_PATH={prefix}")
    for component in (outside / "Shapes.so", outside / "tasks/Tasks.so"):
        check(exported(component) == ENTRY_POINTS, f"{component.name} shows the entry points and nothing else")
    check_package(outside / "Outside", prefix / "bin/latchkey")
    check_archive(outside / "Outside.appx", outside / "Outside")
    check(run(outside / "Outside/outside-app") == "9 4\nnot implemented\n", "the app calls the classes of both components")
    before = (outside / "Outside.appx").stat().st_mtime_ns
    run(given.cmake, "--build", outside)
    check((outside / "Outside.appx").stat().st_mtime_ns == before, "a second build has nothing to do")
    check_pkg_config(prefix, scratch)
    minimal = scratch / "minimal"
    build(pathlib.Path(given.source) / "examples/minimal-task", minimal, f"-DLatchkey_DIR={given.build}")
    check(run(minimal / "MinimalTask/minimal-app") == "Tasks.ExampleBackgroundTask is ready\n",
          "the example works from the build folder")
