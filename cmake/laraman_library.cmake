# laraman_library(NAME SOURCES a.cpp … [LINK targets…]): the static library of one folder of src/, named laraman_NAME.
# Includes are written from src/ ("net/event_loop.h"); a folder sees only headers of the folders that it links, since
# each has an include root of its own with one symbolic link in it.
function(laraman_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  set(root ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${name} ${root}/${name} SYMBOLIC)
  add_library(laraman_${name} STATIC ${arg_SOURCES})
  target_include_directories(laraman_${name} PUBLIC ${root})
  target_link_libraries(laraman_${name} PUBLIC ${arg_LINK} PRIVATE laraman_warnings)
endfunction()

add_library(laraman_warnings INTERFACE)
target_compile_options(laraman_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(LARAMAN_SANITIZE)
  add_compile_options(-fsanitize=${LARAMAN_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LARAMAN_SANITIZE})
endif()
