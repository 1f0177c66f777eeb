# What installation adds beside the programs and libraries that install themselves: documentation, man pages, licence.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
