# Compiler flags, sanitizers, and the tools that make builds quick where they are installed (ccache, mold).
option(OPEN_CICD_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(OPEN_CICD_TSAN "ThreadSanitizer" OFF)
option(OPEN_CICD_FUZZ "the libFuzzer targets of tests/fuzz; use with OPEN_CICD_ASAN" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header carries a time; these settings let ccache see through it. Checkouts share what they compiled: of debug
  # information, only the name of the folder may then be another one's.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror=return-type)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Xclang -fno-pch-timestamp -Wno-missing-designated-field-initializers)
else()
  add_compile_options(-Wno-missing-field-initializers)
endif()
add_compile_options($<$<CONFIG:Release>:-fstack-protector-strong> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>
                    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
if(OPEN_CICD_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(OPEN_CICD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(OPEN_CICD_TSAN)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
