#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "cli/nearest_name.h"
#include "cli/settings.h"

namespace laraman::cli {
namespace {

// A value as it would be written on the command line; nothing for what has no such form.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? "1" : "0";
  return std::nullopt;
}

// A list is an array, or a table whose entries become "key=value".
std::optional<std::vector<std::string>> values_of(const toml::node& node, bool is_list) {
  std::vector<std::string> values;
  if (is_list && node.is_array()) {
    for (const toml::node& entry : *node.as_array()) {
      const std::optional<std::string> text = text_of(entry);
      if (!text) return std::nullopt;
      values.push_back(*text);
    }
    return values;
  }
  if (is_list && node.is_table()) {
    for (const auto& [key, entry] : *node.as_table()) {
      const std::optional<std::string> text = text_of(entry);
      if (!text) return std::nullopt;
      values.push_back(std::string(key.str()) + "=" + *text);
    }
    return values;
  }
  if (const std::optional<std::string> text = text_of(node)) return std::vector{*text};
  return std::nullopt;
}

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line);
}

// These two say where the file is.
bool may_stand_in_file(const Setting& setting) {
  const std::string_view name = setting.name;
  return name != "app" && name != "config";
}

}  // namespace

Result<Given> read_settings_file(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& failure) {
    return Error{ErrorCode::kInvalid, std::string(failure.description()), place(path, failure.source()), ""};
  }
  std::vector<std::string> keys;
  for (const Setting& setting : all_settings()) {
    if (may_stand_in_file(setting)) keys.push_back(key_of(setting));
  }
  Given given;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
      return Error{ErrorCode::kInvalid, "unknown setting " + name + did_you_mean(name, keys),
                   place(path, node.source()), ""};
    }
    for (const Setting& setting : all_settings()) {
      if (key_of(setting) != name) continue;
      const std::optional<std::vector<std::string>> values = values_of(node, setting.is_list);
      if (!values) {
        const char* form = setting.is_list ? " is a list of values" : " is a single value";
        return Error{ErrorCode::kInvalid, name + form, place(path, node.source()), ""};
      }
      given[setting.name] = *values;
    }
  }
  return given;
}

}  // namespace laraman::cli
