# The warnings our own code is clean of. They apply to targets made by latchkey_layer and latchkey_program, never to
# what a user of the installed package compiles.
add_library(latchkey_warnings INTERFACE)
target_compile_options(latchkey_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Wconversion -Wno-sign-conversion)
if(LATCHKEY_DEV)
    target_compile_options(latchkey_warnings INTERFACE -Werror)
endif()
