// PHP tells its version and build only once it has started. Before, its read-only data has them: the text that a module
// names its build by ("API20220829,NTS"), and the header X-Powered-By.
#include "php/version.h"

#include <fmt/core.h>
#include <link.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "php/engine.h"

namespace laraman::php {
namespace {

struct Library {
  std::string path;
  std::vector<std::string_view> texts;  // its read-only data
};

constexpr std::string_view kBuild = ZEND_MODULE_BUILD_ID;  // "API20220829,NTS"

// The shared object that has PHP's function zend_startup_module().
Library find_library() {
  Library library;
  const auto look = [](dl_phdr_info* object, std::size_t, void* found) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(&zend_startup_module);
    std::vector<std::string_view> texts;
    bool is_php = false;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = object->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD) continue;
      const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
      is_php = is_php || (wanted >= begin && wanted < begin + segment.p_memsz);
      if ((segment.p_flags & PF_W) != 0) continue;
      // NOLINTNEXTLINE(performance-no-int-to-ptr): the dynamic linker tells addresses as numbers
      texts.emplace_back(reinterpret_cast<const char*>(begin), segment.p_filesz);
    }
    if (is_php) *static_cast<Library*>(found) = {object->dlpi_name, std::move(texts)};
    return is_php ? 1 : 0;
  };
  ::dl_iterate_phdr(look, &library);
  return library;
}

// The text of the library that begins with `prefix`, up to its zero byte; empty if there is none.
std::string text_at(const Library& library, std::string_view prefix) {
  for (std::string_view texts : library.texts) {
    const std::size_t at = texts.find(prefix);
    if (at != std::string_view::npos) return std::string(texts.substr(at, texts.find('\0', at) - at));
  }
  return "";
}

std::string version_of(const Library& library) {
  constexpr std::string_view kHeader = "X-Powered-By: PHP/";
  const std::string text = text_at(library, kHeader);
  return text.empty() ? "of an unknown version" : text.substr(kHeader.size());
}

}  // namespace

std::string php_version() { return version_of(find_library()); }

Result<void> check_php_library() {
  const Library library = find_library();
  const std::string found = text_at(library, "API20");  // it begins with a date
  if (found == kBuild) return {};
  return Error{ErrorCode::kInvalid,
               fmt::format("this is PHP {} ({}), and the program was built for PHP {}.{} ({})", version_of(library),
                           found, PHP_MAJOR_VERSION, PHP_MINOR_VERSION, kBuild),
               library.path,
               fmt::format("install libphp{0}.{1}-embed, or the package laraman-php… of the PHP that is there",
                           PHP_MAJOR_VERSION, PHP_MINOR_VERSION)};
}

}  // namespace laraman::php
