# SPDX-License-Identifier: MIT
# The build of packages: components, programs, files and a manifest -> a folder and a package file. Part of
# find_package(Latchkey); needs the target Latchkey::command (the program `latchkey`).
include_guard(GLOBAL)

# latchkey_add_package(NAME name MANIFEST file [COMPONENTS target…] [APP target] [FILES file…])
#
# Makes the folder NAME and the package file NAME.appx in the current build folder, with the target NAME_package.
#   MANIFEST    becomes AppxManifest.xml; each class of the components that can be activated is added to its
#               in-process servers, unless the manifest has that class already
#   COMPONENTS  targets of latchkey_add_component: their libraries and metadata
#   APP         the program that the manifest names as Executable
#   FILES       scripts, pictures …: those below the current source folder keep their place, others go to the top
#
# The build fails, with the file and line, when the manifest has an error. The target has the properties
# LATCHKEY_PACKAGE_FOLDER and LATCHKEY_PACKAGE_FILE.
function(latchkey_add_package)
    cmake_parse_arguments(ARG "" "NAME;MANIFEST;APP" "COMPONENTS;FILES" ${ARGN})
    if(NOT ARG_NAME OR NOT ARG_MANIFEST)
        message(FATAL_ERROR "latchkey_add_package needs NAME and MANIFEST")
    endif()
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "latchkey_add_package(NAME ${ARG_NAME}): not understood: ${ARG_UNPARSED_ARGUMENTS}")
    endif()

    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME})
    set(package ${folder}.appx)
    get_filename_component(manifest ${ARG_MANIFEST} ABSOLUTE)
    latchkey_require_file("latchkey_add_package(NAME ${ARG_NAME}): MANIFEST" ${manifest})
    if(ARG_APP AND NOT TARGET ${ARG_APP})
        message(FATAL_ERROR "latchkey_add_package(NAME ${ARG_NAME}): there is no target ${ARG_APP} to be the APP")
    endif()

    set(copy)
    set(classes)
    set(depends ${manifest})
    foreach(component IN LISTS ARG_COMPONENTS)
        if(TARGET ${component})
            get_target_property(winmd ${component} LATCHKEY_WINMD)
        endif()
        if(NOT TARGET ${component} OR NOT winmd)
            message(FATAL_ERROR "latchkey_add_package(NAME ${ARG_NAME}): ${component} is not a component")
        endif()
        list(APPEND copy COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${component}> ${winmd} ${folder})
        list(APPEND classes --winmd ${winmd} --library $<TARGET_FILE_NAME:${component}>)
        list(APPEND depends ${component} ${winmd})
    endforeach()
    if(ARG_APP)
        list(APPEND copy COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${ARG_APP}> ${folder})
        list(APPEND depends ${ARG_APP})
    endif()
    set(folders ${folder})
    foreach(file IN LISTS ARG_FILES)
        get_filename_component(file ${file} ABSOLUTE)
        latchkey_require_file("latchkey_add_package(NAME ${ARG_NAME}): FILES" ${file})
        cmake_path(IS_PREFIX CMAKE_CURRENT_SOURCE_DIR ${file} below)
        if(below)
            file(RELATIVE_PATH target ${CMAKE_CURRENT_SOURCE_DIR} ${file})
        else()
            get_filename_component(target ${file} NAME)
        endif()
        get_filename_component(directory ${folder}/${target} DIRECTORY)
        list(APPEND folders ${directory})
        list(APPEND copy COMMAND ${CMAKE_COMMAND} -E copy ${file} ${folder}/${target})
        list(APPEND depends ${file})
    endforeach()
    list(REMOVE_DUPLICATES folders)
    if(classes)
        set(write_manifest Latchkey::command manifest classes ${manifest} ${classes} -o ${folder}/AppxManifest.xml)
    else()
        set(write_manifest ${CMAKE_COMMAND} -E copy ${manifest} ${folder}/AppxManifest.xml)
    endif()

    # From nothing each time: what is no longer named must not stay in the package.
    add_custom_command(
        OUTPUT ${package}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${folders}
        ${copy}
        COMMAND ${write_manifest}
        COMMAND Latchkey::command pack ${folder} -o ${package}
        DEPENDS ${depends} Latchkey::command
        COMMENT "Packing ${ARG_NAME}.appx"
        VERBATIM)
    add_custom_target(${ARG_NAME}_package ALL DEPENDS ${package})
    set_target_properties(${ARG_NAME}_package PROPERTIES
        LATCHKEY_PACKAGE_FOLDER ${folder} LATCHKEY_PACKAGE_FILE ${package})
endfunction()
