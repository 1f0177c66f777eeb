# Everything that comes from outside, in one place. Versions are Debian 12's; the packages are in cmake/debian-12.packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 2.1 REQUIRED)
