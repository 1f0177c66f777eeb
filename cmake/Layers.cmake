# latchkey_layer(NAME USES layer… [LIBRARIES target…])
#
# A room of the architecture (docs/architecture.md): a static library of every source in the calling directory except
# main.cpp, and, when tests are built, one test program of tests/unit/NAME/*.cpp. Sources are globbed so that a
# new file needs no edit here. tests/tidy/layers.py holds the includes against the table in the document.
function(latchkey_layer NAME)
    cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    add_library(latchkey_${NAME} STATIC ${sources})
    add_library(latchkey::${NAME} ALIAS latchkey_${NAME})
    target_include_directories(latchkey_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(latchkey_${NAME} PUBLIC tl::expected ${ARG_LIBRARIES} PRIVATE latchkey_warnings)
    foreach(used IN LISTS ARG_USES)
        target_link_libraries(latchkey_${NAME} PUBLIC latchkey::${used})
    endforeach()
    if(LATCHKEY_TESTS)
        file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${NAME}/*.cpp)
        if(tests)
            latchkey_test(${NAME}_tests SOURCES ${tests} LIBRARIES latchkey::${NAME})
        endif()
    endif()
endfunction()

# latchkey_program(NAME SOURCES … LIBRARIES … [DIRECTORY dir])
#
# An installed program: a tool (bin, the default) or a daemon or host (DIRECTORY libexec/latchkey).
function(latchkey_program NAME)
    cmake_parse_arguments(ARG "" "DIRECTORY" "SOURCES;LIBRARIES" ${ARGN})
    if(NOT ARG_DIRECTORY)
        set(ARG_DIRECTORY ${CMAKE_INSTALL_BINDIR})
    endif()
    add_executable(${NAME} ${ARG_SOURCES})
    target_link_libraries(${NAME} PRIVATE ${ARG_LIBRARIES} latchkey_warnings)
    set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    # Outside, latchkey-midl is Latchkey::midl.
    string(REGEX REPLACE "^latchkey-" "" exported ${NAME})
    set_target_properties(${NAME} PROPERTIES EXPORT_NAME ${exported})
    install(TARGETS ${NAME} EXPORT LatchkeyTargets RUNTIME DESTINATION ${ARG_DIRECTORY})
endfunction()

# latchkey_test(NAME SOURCES … LIBRARIES … [LABELS …] [TIMEOUT seconds])
#
# A GoogleTest program; each TEST is one ctest test. LATCHKEY_TEST_DATA names tests/data.
function(latchkey_test NAME)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    find_package(GTest REQUIRED)
    include(GoogleTest)
    add_executable(${NAME} ${ARG_SOURCES})
    target_link_libraries(${NAME} PRIVATE ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main latchkey_warnings)
    target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${NAME} PRIVATE
        LATCHKEY_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" LATCHKEY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    set(properties TIMEOUT ${ARG_TIMEOUT} SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
    if(ARG_LABELS)
        list(APPEND properties LABELS "${ARG_LABELS}")
    endif()
    gtest_discover_tests(${NAME} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()
