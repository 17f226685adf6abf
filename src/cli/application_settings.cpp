#include "cli/application_settings.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "supervisor/artisan_call.h"

namespace laraman::cli {
namespace {

constexpr const char* kConfigFile = "config/laraman.php: server.";

// A value as it would be written on the command line; nothing for what has no such form.
std::optional<std::string> text_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

// One value, a list of them, or a map, whose entries become "key=value".
std::optional<std::vector<std::string>> values_of(const nlohmann::json& value) {
  std::vector<std::string> values;
  if (!value.is_structured()) {
    const std::optional<std::string> text = text_of(value);
    if (!text) return std::nullopt;
    if (!text->empty()) values.push_back(*text);  // as an empty variable
    return values;
  }
  for (const auto& [key, entry] : value.items()) {
    const std::optional<std::string> text = text_of(entry);
    if (!text) return std::nullopt;
    values.push_back(value.is_object() ? key + "=" + *text : *text);
  }
  return values;
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Result<ApplicationSettings> read_application_settings(const nlohmann::json& answer) {
  const Error malformed{ErrorCode::kInvalid, "the answer is not understood", "php artisan laraman:settings",
                        "are the program and the package laraman/laraman of the same version?"};
  if (!answer.is_object() || !answer.contains("config") || !answer.contains("dotenv")) return malformed;
  ApplicationSettings settings;
  for (const auto& [key, value] : answer["config"].items()) {
    if (value.is_null()) continue;
    std::optional<std::vector<std::string>> values = values_of(value);
    if (!values) {
      return Error{ErrorCode::kInvalid, "not a text, a number, true, false, or a list of them", kConfigFile + key, ""};
    }
    // An empty text and an empty list leave the setting to laraman.toml, as null does.
    if (!values->empty()) settings.config[key] = std::move(*values);
  }
  for (const auto& [name, value] : answer["dotenv"].items()) {
    if (!value.is_string()) return malformed;
    settings.dotenv[name] = value.get<std::string>();
  }
  settings.storage_path = text_at(answer, "storage_path");
  settings.public_path = text_at(answer, "public_path");
  settings.laravel_version = text_at(answer, "laravel_version");
  return settings;
}

Result<ApplicationSettings> ask_application(const std::string& php, const std::string& app, Duration limit,
                                            const std::string& user, const std::string& group) {
  supervisor::ArtisanCall::Options question = supervisor::settings_question(php, app, limit);
  if (!user.empty() && ::geteuid() == 0) {
    Result<supervisor::Account> account = supervisor::find_account(user, group);
    if (!account) return std::move(account.error());
    question.account = std::move(*account);
  }
  Result<nlohmann::json> answer = supervisor::ArtisanCall::wait_for(std::move(question));
  if (!answer) return std::move(answer.error());
  return read_application_settings(*answer);
}

}  // namespace laraman::cli
