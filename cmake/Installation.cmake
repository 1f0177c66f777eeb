# What installation adds beside the programs, libraries, metadata and generated headers that install themselves: the
# hand-written headers, the CMake package, the pkg-config file, the documentation. Everything finds everything else
# relative to itself, so the prefix may be moved afterwards.
include(CMakePackageConfigHelpers)

set(LATCHKEY_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Latchkey)
set(LATCHKEY_PACKAGE_FILES LatchkeyComponents.cmake LatchkeyPackages.cmake component.map)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT LatchkeyTargets NAMESPACE Latchkey:: DESTINATION ${LATCHKEY_PACKAGE_DIR})
set(LATCHKEY_WINMD_LOCATION ${CMAKE_INSTALL_DATADIR}/latchkey/winmd)
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/package/LatchkeyConfig.cmake.in ${PROJECT_BINARY_DIR}/installed/LatchkeyConfig.cmake
    INSTALL_DESTINATION ${LATCHKEY_PACKAGE_DIR} PATH_VARS LATCHKEY_WINMD_LOCATION)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/LatchkeyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/installed/LatchkeyConfig.cmake ${PROJECT_BINARY_DIR}/LatchkeyConfigVersion.cmake
        DESTINATION ${LATCHKEY_PACKAGE_DIR})

# The same package from the build folder: -DLatchkey_DIR=build.
export(EXPORT LatchkeyTargets NAMESPACE Latchkey:: FILE ${PROJECT_BINARY_DIR}/LatchkeyTargets.cmake)
set(LATCHKEY_WINMD_LOCATION ${LATCHKEY_WINMD_BUILD_DIR})
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/package/LatchkeyConfig.cmake.in ${PROJECT_BINARY_DIR}/LatchkeyConfig.cmake
    INSTALL_DESTINATION ${PROJECT_BINARY_DIR} INSTALL_PREFIX ${PROJECT_BINARY_DIR} PATH_VARS LATCHKEY_WINMD_LOCATION)
foreach(file IN LISTS LATCHKEY_PACKAGE_FILES)
    install(FILES ${PROJECT_SOURCE_DIR}/cmake/package/${file} DESTINATION ${LATCHKEY_PACKAGE_DIR})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/package/${file} ${PROJECT_BINARY_DIR}/${file} COPYONLY)
endforeach()

file(RELATIVE_PATH LATCHKEY_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" LATCHKEY_PC_TO_PREFIX "${LATCHKEY_PC_TO_PREFIX}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/package/latchkey.pc.in ${PROJECT_BINARY_DIR}/latchkey.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/latchkey.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN "*.md" PATTERN "news" EXCLUDE PATTERN "decisions" EXCLUDE)
