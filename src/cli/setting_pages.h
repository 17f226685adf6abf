// The pages that are made from the table of settings: the reference, the example of laraman.toml, and the "server" part
// of config/laraman.php. `./dev settings` writes them, and a test fails while one of them is stale.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace laraman::cli {

struct SettingPage {
  const char* file;  // from the root of the repository
  // The page as it should be. What is written by hand in it is taken from `present`, the page as it is. kInvalid if
  // that does not show where the generated part is.
  Result<std::string> (*make)(const std::string& present);
};

const std::vector<SettingPage>& setting_pages();

}  // namespace laraman::cli
