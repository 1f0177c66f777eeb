# The warnings our own code is clean of. They apply to targets made by latchkey_layer and latchkey_program, never to
# what a user of the installed package compiles.
add_library(latchkey_warnings INTERFACE)
target_compile_options(latchkey_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Wconversion -Wno-sign-conversion)
# g++ 12 sees overlapping copies in the C++ library's own strings when it optimises (GCC bug 105651).
target_compile_options(latchkey_warnings INTERFACE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict>)
# It also takes the count of references in an object for one outside of it, where a class is made of bases.
target_compile_options(latchkey_warnings INTERFACE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-stringop-overflow>)
if(LATCHKEY_DEV)
    target_compile_options(latchkey_warnings INTERFACE -Werror)
endif()
