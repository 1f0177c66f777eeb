# The last thing configuration says: what was chosen, so that a surprise is seen before the build.
message(STATUS "Latchkey ${PROJECT_VERSION}")
message(STATUS "  build type   ${CMAKE_BUILD_TYPE}")
message(STATUS "  compiler     ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
message(STATUS "  sanitizers   ${LATCHKEY_SANITIZE}")
message(STATUS "  tests        ${LATCHKEY_TESTS}, benchmarks ${LATCHKEY_BENCH}, fuzzing ${LATCHKEY_FUZZ}")
message(STATUS "  install to   ${CMAKE_INSTALL_PREFIX}")
