#include "php/boot_failure.h"

#include <algorithm>

namespace laraman::php {
namespace {

struct Hint {
  std::string_view sign;  // in the text
  std::string_view advice;
};
constexpr Hint kHints[] = {
    {"No application encryption key", "run `php artisan key:generate`"},
    {"Unsupported cipher or incorrect key length", "run `php artisan key:generate`"},
    {"vendor/autoload.php", "run composer install"},
    {"could not find driver", "install PHP's extension for this database"},
    {"Connection refused", "is the service running, and its address in .env right?"},
};

std::string_view first_line(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return "";
  text.remove_prefix(begin);
  text = text.substr(0, text.find('\n'));
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

}  // namespace

std::string describe_boot_failure(std::string_view text) {
  std::string line(first_line(text));
  const auto* hint = std::find_if(std::begin(kHints), std::end(kHints),
                                  [&](const Hint& known) { return line.find(known.sign) != line.npos; });
  if (hint == std::end(kHints) || line.find(hint->advice) != line.npos) return line;
  return line.append(" (").append(hint->advice).append(")");
}

}  // namespace laraman::php
