# SPDX-License-Identifier: MIT
# The build of components: IDL -> metadata -> headers -> library. Part of find_package(Latchkey), and used by Latchkey's
# own build and tests; it needs the targets Latchkey::midl, Latchkey::cppwinrt, Latchkey::Latchkey and the variable
# Latchkey_WINMD_DIR.
include_guard(GLOBAL)
set(LATCHKEY_COMPONENT_MAP ${CMAKE_CURRENT_LIST_DIR}/component.map)

# Fails when a file is not there and the build is not going to make it.
function(latchkey_require_file WHAT FILE)
    cmake_path(IS_PREFIX CMAKE_BINARY_DIR ${FILE} made)
    if(NOT made AND NOT EXISTS ${FILE})
        message(FATAL_ERROR "${WHAT}: there is no file ${FILE}")
    endif()
endfunction()

# latchkey_add_component(NAME name IDL file… SOURCES file… [PCH file] [REFERENCES …] [LIBRARIES …] [DEFINITIONS …])
#
# A library of Windows Runtime classes, NAME.so, that hosts activate by class name. NAME is the root namespace of its
# types: the metadata is NAME.winmd.
#   IDL         the classes, MIDL 3.0
#   SOURCES     their implementation; includes "X.g.h", and "X.g.cpp" if it likes, for each class X
#   PCH         a header that every source includes first ("pch.h"); precompiled
#   REFERENCES  components (targets of this function), or .winmd files, whose types the IDL mentions
#   LIBRARIES   what else to link
#   DEFINITIONS preprocessor definitions of the IDL
#
# Target NAME has the properties LATCHKEY_WINMD (the metadata file), LATCHKEY_INCLUDE (the folder of the generated
# headers) and can be linked by name in target_link_libraries only for its headers: use latchkey_use_component.
function(latchkey_add_component)
    cmake_parse_arguments(ARG "" "NAME;PCH" "IDL;SOURCES;REFERENCES;LIBRARIES;DEFINITIONS" ${ARGN})
    if(NOT ARG_NAME OR NOT ARG_IDL OR NOT ARG_SOURCES)
        message(FATAL_ERROR "latchkey_add_component needs NAME, IDL and SOURCES")
    endif()
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "latchkey_add_component(NAME ${ARG_NAME}): not understood: ${ARG_UNPARSED_ARGUMENTS}")
    endif()
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT CXX IN_LIST languages)
        message(FATAL_ERROR "latchkey_add_component(NAME ${ARG_NAME}): components are C++: project(… LANGUAGES CXX)")
    endif()
    if(TARGET ${ARG_NAME})
        message(FATAL_ERROR "latchkey_add_component(NAME ${ARG_NAME}): there is a target of this name already")
    endif()

    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.component)
    set(winmd ${folder}/${ARG_NAME}.winmd)
    set(headers ${folder}/include)
    set(module ${headers}/module.g.cpp)
    file(MAKE_DIRECTORY ${headers})

    set(idl)
    foreach(file IN LISTS ARG_IDL)
        get_filename_component(file ${file} ABSOLUTE)
        latchkey_require_file("latchkey_add_component(NAME ${ARG_NAME}): IDL" ${file})
        list(APPEND idl ${file})
    endforeach()
    set(references)
    set(generator_references)
    set(reference_files)
    set(reference_headers)
    set(reference_targets)
    foreach(reference IN LISTS ARG_REFERENCES)
        if(TARGET ${reference})
            get_target_property(file ${reference} LATCHKEY_WINMD)
            get_target_property(include ${reference} LATCHKEY_INCLUDE)
            if(NOT file)
                message(FATAL_ERROR "latchkey_add_component(NAME ${ARG_NAME}): ${reference} is not a component")
            endif()
            list(APPEND reference_headers ${include})
            list(APPEND reference_targets ${reference}_headers)
        else()
            get_filename_component(file ${reference} ABSOLUTE)
            latchkey_require_file(
                "latchkey_add_component(NAME ${ARG_NAME}): ${reference} is no component (yet), and REFERENCES" ${file})
        endif()
        list(APPEND references -r ${file})
        list(APPEND generator_references --ref ${file})
        list(APPEND reference_files ${file})
    endforeach()
    set(definitions)
    foreach(definition IN LISTS ARG_DEFINITIONS)
        list(APPEND definitions -D ${definition})
    endforeach()

    add_custom_command(
        OUTPUT ${winmd}
        COMMAND Latchkey::midl ${definitions} ${references} -r ${Latchkey_WINMD_DIR} -I ${CMAKE_CURRENT_SOURCE_DIR}
                --depfile ${winmd}.d -o ${winmd} ${idl}
        DEPENDS Latchkey::midl ${idl} ${reference_files} ${Latchkey_WINMD_DEPENDS}
        DEPFILE ${winmd}.d
        COMMENT "Compiling ${ARG_NAME}.winmd"
        VERBATIM)
    add_custom_command(
        OUTPUT ${module} ${headers}/${ARG_NAME}.stamp
        COMMAND Latchkey::cppwinrt --in ${winmd} --ref ${Latchkey_WINMD_DIR} ${generator_references} --component --out ${headers}
        COMMAND ${CMAKE_COMMAND} -E touch ${headers}/${ARG_NAME}.stamp
        DEPENDS Latchkey::cppwinrt ${winmd} ${reference_files} ${Latchkey_WINMD_DEPENDS}
        COMMENT "Generating the headers of ${ARG_NAME}"
        VERBATIM)
    add_custom_target(${ARG_NAME}_headers DEPENDS ${headers}/${ARG_NAME}.stamp)
    if(reference_targets)
        add_dependencies(${ARG_NAME}_headers ${reference_targets})
    endif()

    add_library(${ARG_NAME} MODULE ${ARG_SOURCES} ${module} ${headers}/${ARG_NAME}.stamp)
    add_dependencies(${ARG_NAME} ${ARG_NAME}_headers)
    # A host loads it by this name. Only the entry points, which the generated module marks, are visible: weak symbols
    # shared between two components would tie them to each other.
    set_target_properties(${ARG_NAME} PROPERTIES
        PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON POSITION_INDEPENDENT_CODE ON
        LATCHKEY_WINMD ${winmd} LATCHKEY_INCLUDE ${headers})
    target_include_directories(${ARG_NAME} PRIVATE ${headers} ${CMAKE_CURRENT_SOURCE_DIR} ${reference_headers})
    target_link_libraries(${ARG_NAME} PRIVATE Latchkey::Latchkey ${ARG_LIBRARIES})
    target_link_options(${ARG_NAME} PRIVATE LINKER:--version-script=${LATCHKEY_COMPONENT_MAP})
    if(ARG_PCH)
        target_precompile_headers(${ARG_NAME} PRIVATE ${ARG_PCH})
    endif()
endfunction()

# latchkey_use_component(TARGET component…)
#
# Lets a program or library call the classes of components: adds their headers. The classes are found at run time.
function(latchkey_use_component TARGET)
    if(NOT TARGET ${TARGET})
        message(FATAL_ERROR "latchkey_use_component(${TARGET} ${ARGN}): there is no target ${TARGET}")
    endif()
    foreach(component IN LISTS ARGN)
        set(include)
        if(TARGET ${component})
            get_target_property(include ${component} LATCHKEY_INCLUDE)
        endif()
        if(NOT include)
            message(FATAL_ERROR "latchkey_use_component(${TARGET} ${component}): ${component} is not a component")
        endif()
        target_include_directories(${TARGET} PRIVATE ${include})
        add_dependencies(${TARGET} ${component}_headers)
    endforeach()
    target_link_libraries(${TARGET} PRIVATE Latchkey::Latchkey)
endfunction()
