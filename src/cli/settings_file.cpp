#include <fmt/core.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/try.h"
#include "cli/nearest_name.h"
#include "cli/setting_values.h"
#include "cli/settings.h"

namespace laraman::cli {
namespace {

// The same in JSON; null for what it does not have, such as a date.
nlohmann::json to_json(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto number = node.value_exact<double>()) return *number;
  if (const auto flag = node.value_exact<bool>()) return *flag;
  nlohmann::json value;
  if (node.is_array()) {
    value = nlohmann::json::array();
    for (const toml::node& entry : *node.as_array()) value.push_back(to_json(entry));
  } else if (node.is_table()) {
    value = nlohmann::json::object();
    for (const auto& [key, entry] : *node.as_table()) value[std::string(key.str())] = to_json(entry);
  }
  return value;
}

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line);
}

const Setting* find_setting(const std::string& section, const std::string& key) {
  for (const Setting& setting : all_settings()) {
    if (may_stand_in_file(setting) && section_of(setting) == section && key_of(setting) == key) return &setting;
  }
  return nullptr;
}

bool is_section(const std::string& name) {
  return std::any_of(all_settings().begin(), all_settings().end(),
                     [&](const Setting& setting) { return !name.empty() && section_of(setting) == name; });
}

// " (did you mean [tls] certificate?)". The same key in another section is nearer than any other.
std::string suggest_setting(const std::string& section, const std::string& key) {
  std::map<std::string, std::string> places;  // by the name with underscores
  for (const Setting& setting : all_settings()) {
    if (!may_stand_in_file(setting)) continue;
    const std::string own = section_of(setting);
    if (key_of(setting) == key) return " (did you mean " + place_in_file(setting) + "?)";
    places[own.empty() ? key_of(setting) : own + "_" + key_of(setting)] = place_in_file(setting);
  }
  std::vector<std::string> names;
  names.reserve(places.size());
  for (const auto& [name, place] : places) names.push_back(name);
  const std::string nearest = nearest_name(section.empty() ? key : section + "_" + key, names);
  return nearest.empty() ? "" : " (did you mean " + places[nearest] + "?)";
}

std::string suggest_section(const std::string& name) {
  std::vector<std::string> sections;
  for (const Setting& setting : all_settings()) {
    if (const std::string section = section_of(setting); !section.empty()) sections.push_back(section);
  }
  const std::string nearest = nearest_name(name, sections);
  return nearest.empty() ? "" : " (did you mean [" + nearest + "]?)";
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<void> read(const toml::table& table, const std::string& section) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      Result<void> done;
      if (section.empty() && node.is_table() && is_section(name)) {
        done = read(*node.as_table(), name);
      } else {
        done = read_setting(section, name, node);
      }
      if (!done) return done;
    }
    return {};
  }

  Given take() { return std::move(given_); }

 private:
  Result<void> read_setting(const std::string& section, const std::string& key, const toml::node& node) {
    const Setting* setting = find_setting(section, key);
    if (setting == nullptr) {
      if (section.empty() && node.is_table())
        return complain(node, "unknown section [" + key + "]" + suggest_section(key));
      const std::string place = section.empty() ? key : "[" + section + "] " + key;
      return complain(node, "unknown setting " + place + suggest_setting(section, key));
    }
    Result<std::vector<std::string>> values = values_of(*setting, to_json(node));
    if (!values) return complain(node, place_in_file(*setting) + ": " + values.error().what);
    given_[setting->name] = std::move(*values);
    return {};
  }

  Error complain(const toml::node& node, std::string what) const {
    return {ErrorCode::kInvalid, std::move(what), place(path_, node.source()), ""};
  }

  const std::string& path_;
  Given given_;
};

// What stands in TOML without quotation marks. An address is not such a one, nor is "007".
bool is_number(const std::string& text) {
  static const std::regex number(R"((0|[1-9][0-9]*)(\.[0-9]+)?)");
  return std::regex_match(text, number);
}

// A JSON string is a TOML string.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string toml_value(const Setting& setting, const std::vector<std::string>& values) {
  if (values.empty()) return setting.is_list ? "[]" : R"("")";
  if (!setting.is_list) return is_number(values.front()) ? values.front() : quoted(values.front());
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + quoted(value);
  return "[" + list + "]";
}

Result<Given> read_settings_file(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return system_error("open", path, errno);
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& failure) {
    return Error{ErrorCode::kInvalid, std::string(failure.description()), place(path, failure.source()), ""};
  }
  Reader reader(path);
  RETURN_IF_ERROR(reader.read(table, ""));
  return reader.take();
}

std::string to_toml(const Settings& settings, unsigned command) {
  std::map<std::string, std::string> sections;
  for (const Setting& setting : all_settings()) {
    std::vector<std::string> values = setting.access.get(settings);
    if ((setting.commands & command) == 0 || values.empty() || !may_stand_in_file(setting)) continue;
    if (setting.is_secret) values = {"(set)"};
    sections[section_of(setting)]
        .append(key_of(setting))
        .append(" = ")
        .append(toml_value(setting, values))
        .append("\n");
  }
  std::string text;
  for (const auto& [name, lines] : sections) {
    if (!name.empty()) text.append("\n[").append(name).append("]\n");
    text += lines;
  }
  return text;
}

}  // namespace laraman::cli
