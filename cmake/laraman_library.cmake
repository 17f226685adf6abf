# laraman_library(FOLDER SOURCES a.cpp … [LINK targets…] [PRIVATE targets…]): the static library of one folder of src/,
# named laraman_FOLDER, with _ for /. LINK: what its headers include; PRIVATE: what only its sources do.
# Includes are written from src/ ("net/event_loop.h"); a folder sees only headers of the folders that it links, since
# each has an include root of its own with one symbolic link in it.
function(laraman_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  string(REPLACE / _ name ${folder})
  set(root ${PROJECT_BINARY_DIR}/include/${name})
  cmake_path(GET folder PARENT_PATH parent)
  file(MAKE_DIRECTORY ${root}/${parent})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${folder} ${root}/${folder} SYMBOLIC)
  add_library(laraman_${name} STATIC ${arg_SOURCES})
  target_include_directories(laraman_${name} PUBLIC ${root})
  target_link_libraries(laraman_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE} laraman_warnings)
  # No fuzzer links these folders. With sanitizers they compile in two thirds of the time without optimization.
  if(LARAMAN_SANITIZE AND folder MATCHES "^(business|supervisor|php|cli)$")
    target_compile_options(laraman_${name} PRIVATE -O0)
    if(LARAMAN_SANITIZE MATCHES fuzzer)
      target_compile_options(laraman_${name} PRIVATE -fno-sanitize=fuzzer-no-link)
    endif()
  endif()
endfunction()

add_library(laraman_warnings INTERFACE)
# The last two are checks that clang-tidy would take much longer for (docs/decisions/linters.md).
target_compile_options(laraman_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wzero-as-null-pointer-constant> $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier>
  $<$<BOOL:${LARAMAN_WERROR}>:-Werror>)
if(LARAMAN_SANITIZE)
  add_compile_options(-fsanitize=${LARAMAN_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LARAMAN_SANITIZE})
endif()
