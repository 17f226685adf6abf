// What a Laravel application says of its server: `php artisan laraman:settings` answers it, at the start and at each
// reload. The process has the environment of this one, so what .env says is read at that time and freezes nowhere.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace laraman::cli {

struct ApplicationSettings {
  // "server" of config/laraman.php: key ("max_requests") -> value. No nulls, and no empty texts and lists.
  std::map<std::string, nlohmann::json> config = {};
  std::map<std::string, std::string> dotenv = {};  // .env: LARAMAN_… variable -> value
  std::string storage_path = {};                   // where the application has it; empty: not known
  std::string public_path = {};                    // the same
  std::string laravel_version = {};                // "12.0.1"; empty: not known
  std::string php_version = {};                    // "8.2.29", of the PHP that runs artisan; empty: not known
};

// Reads the answer. kInvalid if it is not of that form.
Result<ApplicationSettings> read_application_settings(const nlohmann::json& answer);

// Asks the application in the directory `app`, and waits for at most `limit`. Root asks as `user` (and `group`), if
// there is one: the code may be that user's. The error's `what` is the first useful line of what artisan has printed.
Result<ApplicationSettings> ask_application(const std::string& php, const std::string& app, Duration limit,
                                            const std::string& user = {}, const std::string& group = {});

}  // namespace laraman::cli
