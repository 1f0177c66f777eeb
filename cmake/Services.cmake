# What starts the broker where nobody asked for it by name: systemd's user units, D-Bus activation, XDG autostart. Such
# files hold absolute paths, so they are written when the prefix is known: at installation.
configure_file(${PROJECT_SOURCE_DIR}/cmake/install_services.cmake.in ${PROJECT_BINARY_DIR}/install_services.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/install_services.cmake)
install(FILES ${PROJECT_SOURCE_DIR}/data/systemd/latchkeyd.socket DESTINATION lib/systemd/user)
install(FILES ${PROJECT_SOURCE_DIR}/data/org.latchkey.Broker1.xml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/dbus-1/interfaces)
install(FILES ${PROJECT_SOURCE_DIR}/data/policy.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/latchkey)
