# The Debian packages laraman, laraman-php8.2 and liblaraman-dev, made from the installed files: `./dev package` calls cpack.
# LARAMAN_DEBIAN_RELEASE: Debian release on and for which the packages are built, for example "12".
# LARAMAN_MAINTAINER: maintainer in the packages, set only here. If you publish your own packages, set your own name.
set(LARAMAN_MAINTAINER "The Laraman developers <maintainers@laraman.example>" CACHE STRING "Of the Debian packages")
set(package_of_laraman laraman)
set(package_of_php laraman-php${LARAMAN_PHP_MINOR})
set(package_of_business liblaraman-dev)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL laraman php business)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${LARAMAN_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~deb${LARAMAN_DEBIAN_RELEASE}u1")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

set(CPACK_DEBIAN_LARAMAN_PACKAGE_NAME ${package_of_laraman})
set(CPACK_DEBIAN_LARAMAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_LARAMAN_PACKAGE_RECOMMENDS ${package_of_php})
set(CPACK_COMPONENT_LARAMAN_DESCRIPTION "Laravel over HTTP and WebSocket from resident memory
Serves a Laravel application and holds its WebSocket connections, on one port.
This is the command line, the supervisor and the gateway.")
set(CPACK_DEBIAN_LARAMAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm)

# The dependency on libphp is explicit, since dpkg-shlibdeps cannot derive it: the library's name has no version.
execute_process(COMMAND ${LARAMAN_PHP_CONFIG} --phpapi OUTPUT_VARIABLE php_api OUTPUT_STRIP_TRAILING_WHITESPACE)
set(CPACK_DEBIAN_PHP_PACKAGE_NAME ${package_of_php})
set(CPACK_DEBIAN_PHP_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PHP_PACKAGE_DEPENDS
  "${package_of_laraman} (= ${version}), libphp${LARAMAN_PHP_MINOR}-embed, phpapi-${php_api}")
set(CPACK_COMPONENT_PHP_DESCRIPTION "PHP ${LARAMAN_PHP_MINOR} workers for Laraman
Runs Laravel applications for laraman, with the PHP ${LARAMAN_PHP_MINOR} of this system.")

set(CPACK_DEBIAN_BUSINESS_PACKAGE_NAME ${package_of_business})
set(CPACK_DEBIAN_BUSINESS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_BUSINESS_PACKAGE_DEPENDS "libabsl-dev, libfmt-dev, libprotobuf-dev, libspdlog-dev")
set(CPACK_COMPONENT_BUSINESS_DESCRIPTION "C++ library for programs behind a Laraman gateway
A static library and its headers, for programs that handle the events of
WebSocket connections, and send to them, over the netsvr protocol.")

string(TIMESTAMP CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(debian/changelog.in changelog.Debian @ONLY)
foreach(component laraman php business)
  set(folder ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package_of_${component}})
  install(FILES debian/copyright DESTINATION ${folder} COMPONENT ${component})
  install_compressed(${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian changelog.Debian ${folder} ${component})
endforeach()
install_compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog ${CMAKE_INSTALL_DOCDIR} laraman)

include(CPack)
