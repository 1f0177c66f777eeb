# Everything that comes from outside, in one place. Versions are Debian 12's; the packages are in cmake/debian-12.packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
# Debian has {fmt} as a shared library only, and the broker links nothing that parses or prints for others: its compiled
# part is made here, once, and every program holds what it uses of it. FMT_SHARED only says that it was compiled apart.
add_library(latchkey_fmt STATIC ${PROJECT_SOURCE_DIR}/cmake/fmt.cpp)
add_library(latchkey::fmt ALIAS latchkey_fmt)
target_compile_definitions(latchkey_fmt PUBLIC FMT_SHARED)
find_package(tl-expected REQUIRED)
find_package(CLI11 2.1 REQUIRED)
