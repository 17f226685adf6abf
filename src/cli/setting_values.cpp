#include "cli/setting_values.h"

#include <fmt/core.h>

#include <string_view>

#include "base/try.h"
#include "cli/setting_access.h"

namespace laraman::cli {
namespace {

// "NAME=VALUE" and "[URI=]DIR": a list that may be written as a map.
bool is_map(const Setting& setting) { return std::string_view(setting.value).find('=') != std::string_view::npos; }

Result<void> try_text(const Setting& setting, const std::string& text) {
  Settings scratch;
  return setting.access.set(scratch, text, "/");
}

Result<std::string> text_of(const Setting& setting, const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool takes_any_text = try_text(setting, "text").ok();
  if (value.is_boolean()) {
    if (is_map(setting)) return std::string(value.get<bool>() ? "1" : "0");  // as php.ini has it
    std::string text = value.get<bool>() ? "true" : "false";
    if (takes_any_text) return invalid(text + " is not a text");
    RETURN_IF_ERROR(try_text(setting, text));
    return text;
  }
  if (value.is_number()) {
    std::string text = value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump();
    if (takes_any_text && std::string_view(setting.value) != "TEXT") return invalid(text + " is not a text");
    return text;
  }
  return invalid("not a text, a number, true, false, or a list of them");
}

}  // namespace

Result<std::vector<std::string>> values_of(const Setting& setting, const nlohmann::json& value) {
  std::vector<std::string> values;
  if (!value.is_structured()) {
    ASSIGN_OR_RETURN(std::string text, text_of(setting, value));
    values.push_back(std::move(text));
    return values;
  }
  if (!setting.is_list) return invalid("is a single value");
  for (const auto& [key, entry] : value.items()) {
    ASSIGN_OR_RETURN(std::string text, text_of(setting, entry));
    // The keys of other lists mean nothing: PHP's array_filter() leaves numbers with gaps.
    if (value.is_object() && is_map(setting)) text.insert(0, key + "=");
    values.push_back(std::move(text));
  }
  return values;
}

}  // namespace laraman::cli
