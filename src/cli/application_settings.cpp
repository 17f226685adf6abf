#include "cli/application_settings.h"

#include <fmt/core.h>
#include <unistd.h>

#include <utility>

#include "base/minor_version.h"
#include "base/try.h"
#include "supervisor/artisan_call.h"

namespace laraman::cli {
namespace {

// It leaves the setting to laraman.toml, as an empty variable would.
bool is_empty(const nlohmann::json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<void> check_package_version(const std::string& package) {
  if (package.empty() || minor_version(package) == minor_version(LARAMAN_VERSION)) return {};
  return Error{ErrorCode::kInvalid,
               fmt::format("the program laraman is version {} and the package laraman/laraman {}; they need the same "
                           "major and minor number",
                           LARAMAN_VERSION, package),
               "",
               fmt::format("update the package: composer require laraman/laraman:~{}.0; or the program: php artisan "
                           "laraman:install, or apt install laraman",
                           minor_version(LARAMAN_VERSION))};
}

}  // namespace

Result<ApplicationSettings> read_application_settings(const nlohmann::json& answer) {
  const Error malformed{ErrorCode::kInvalid, "the answer is not understood", "php artisan laraman:settings",
                        "are the program and the package laraman/laraman of the same version?"};
  if (!answer.is_object() || !answer.contains("config") || !answer.contains("dotenv")) return malformed;
  if (Result<void> fits = check_package_version(text_at(answer, "package_version")); !fits) return fits.error();
  ApplicationSettings settings;
  for (const auto& [key, value] : answer["config"].items()) {
    if (!is_empty(value)) settings.config[key] = value;
  }
  for (const auto& [name, value] : answer["dotenv"].items()) {
    if (!value.is_string()) return malformed;
    settings.dotenv[name] = value.get<std::string>();
  }
  settings.storage_path = text_at(answer, "storage_path");
  settings.public_path = text_at(answer, "public_path");
  settings.laravel_version = text_at(answer, "laravel_version");
  settings.php_version = text_at(answer, "php_version");
  return settings;
}

Result<ApplicationSettings> ask_application(const std::string& php, const std::string& app, Duration limit,
                                            const std::string& user, const std::string& group) {
  supervisor::ArtisanCall::Options question = supervisor::settings_question(php, app, limit);
  if (!user.empty() && ::geteuid() == 0) {
    ASSIGN_OR_RETURN(supervisor::Account account, supervisor::find_account(user, group));
    question.account = std::move(account);
  }
  ASSIGN_OR_RETURN(nlohmann::json answer, supervisor::ArtisanCall::wait_for(std::move(question)));
  return read_application_settings(answer);
}

}  // namespace laraman::cli
