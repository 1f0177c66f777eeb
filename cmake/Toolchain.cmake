# Language, visibility, and the helpers that make two cores feel like more.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

# Programs find their libraries and data relative to themselves, so an installation works at any prefix.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

find_program(LATCHKEY_CCACHE ccache)
if(LATCHKEY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${LATCHKEY_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${LATCHKEY_CCACHE})
endif()

find_program(LATCHKEY_MOLD mold)
if(LATCHKEY_MOLD AND LATCHKEY_TESTS)
    add_link_options(-fuse-ld=mold)
endif()

if(LATCHKEY_SANITIZE)
    add_compile_options(-fsanitize=${LATCHKEY_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${LATCHKEY_SANITIZE})
    if(LATCHKEY_SANITIZE MATCHES "undefined")
        # Objects that cross the ABI have vtables without type information: they may be written in C.
        add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=vptr)
        # clang 14 cannot assemble its function signatures for the pieces of a coroutine.
        if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
            add_compile_options(-fno-sanitize=function)
        endif()
    endif()
endif()

# The rooms report their coverage to libFuzzer too: without it the fuzzer sees only its own file.
if(LATCHKEY_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
