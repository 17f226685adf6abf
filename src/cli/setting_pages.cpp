#include "cli/setting_pages.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <regex>
#include <string_view>

#include "cli/setting_values.h"
#include "cli/settings.h"
#include "cli/text_table.h"

namespace laraman::cli {
namespace {

constexpr std::size_t kLineWidth = 120;

// `page` with `part` in place of what stands between `begin`, which stays, and `end`, which stays too.
Result<std::string> with_part(const std::string& page, std::string_view begin, std::string_view end,
                              const std::string& part) {
  const std::size_t found = page.find(begin);
  const std::size_t from = found == std::string::npos ? found : found + begin.size();
  const std::size_t to = found == std::string::npos ? found : page.find(end, from);
  if (to == std::string::npos) {
    return Error{ErrorCode::kInvalid, fmt::format("there is no generated part from \"{}\" to \"{}\"", begin, end), "",
                 ""};
  }
  return page.substr(0, from) + part + page.substr(to);
}

bool is_empty(const char* text) { return *text == '\0'; }

bool is_on_page(const Setting& setting) { return !is_empty(setting.about); }

std::vector<std::string> defaults_of(const Setting& setting) {
  if (!is_empty(setting.otherwise)) return {setting.otherwise};
  return setting.access.get(Settings());
}

std::string about_of(const Setting& setting) {
  return setting.about + std::string((setting.commands & kStart) == 0 ? " Only for `laraman gateway`." : "");
}

using NameOf = std::function<std::string(const Setting&)>;

// The text of `about` for a comment: without links, and with quotation marks in place of backticks, which names of
// settings do not have. `name_of`: how the file calls a setting.
std::string plain(const std::string& about, const NameOf& name_of) {
  static const std::regex link(R"(\[([^\]]+)\]\([^)]*\))");
  static const std::regex code("`([^`]*)`");
  const std::string text = std::regex_replace(about, link, "$1");
  std::string result;
  std::size_t done = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), code); match != std::sregex_iterator(); ++match) {
    const std::string word = (*match)[1];
    const auto setting = std::find_if(all_settings().begin(), all_settings().end(), [&](const Setting& candidate) {
      return may_stand_in_file(candidate) && config_key_of(candidate) == word;
    });
    result.append(text, done, static_cast<std::size_t>(match->position()) - done);
    result += setting == all_settings().end() ? "\"" + word + "\"" : name_of(*setting);
    done = static_cast<std::size_t>(match->position() + match->length());
  }
  return result.append(text, done);
}

// The headings in the order of the table.
std::vector<std::string_view> groups() {
  std::vector<std::string_view> names;
  for (const Setting& setting : all_settings()) {
    if (std::find(names.begin(), names.end(), setting.group) == names.end()) names.emplace_back(setting.group);
  }
  return names;
}

// ---- packaging/laraman.toml

// A list of "name=value" is a table of the file.
bool is_table(const Setting& setting) { return std::string_view(setting.value) == "NAME=VALUE"; }

std::string toml_comment(const std::string& text) {
  constexpr std::string_view kPrefix = "# ";
  std::string comment(kPrefix);
  for (const char c : wrap(text, kLineWidth - kPrefix.size())) {
    comment += c;
    if (c == '\n') comment += kPrefix;
  }
  return comment + "\n";
}

std::string toml_setting(const Setting& setting) {
  std::string about = about_of(setting);
  if (!is_empty(setting.when_empty)) about += fmt::format(" Left out: {}.", setting.when_empty);
  const std::string comment = toml_comment(plain(about, place_in_file));
  if (is_table(setting)) return comment + fmt::format("#[{}]\n\n", key_of(setting));
  return comment + fmt::format("#{} = {}\n\n", key_of(setting), toml_value(setting, defaults_of(setting)));
}

Result<std::string> make_example_file(const std::string& present) {
  std::string part;
  for (const std::string_view group : groups()) {
    std::string lines;
    for (const Setting& setting : all_settings()) {
      const bool is_here = setting.group == group && section_of(setting).empty() && !is_table(setting);
      if (is_here && is_on_page(setting)) lines += toml_setting(setting);
    }
    if (!lines.empty()) part += fmt::format("# ---- {}\n\n{}", group, lines);
  }
  // TOML has tables at the end.
  for (const Setting& setting : all_settings()) {
    if (is_table(setting)) part += toml_setting(setting);
  }
  for (const Section& section : setting_sections()) {
    part += fmt::format("# ---- {}\n\n#[{}]\n\n", section.title, section.name);
    for (const Setting& setting : all_settings()) {
      if (section_of(setting) == section.name && is_on_page(setting)) part += toml_setting(setting);
    }
  }
  part.pop_back();  // the empty line at the end
  const std::size_t first_heading = present.find("\n# ---- ");
  if (first_heading == std::string::npos) return Error{ErrorCode::kInvalid, "there is no line \"# ---- \"", "", ""};
  return present.substr(0, first_heading + 1) + part;
}

// ---- laravel/config/laraman.php

// "2 GiB" of "2147483648", where the number is one of bytes.
std::string readable(const Setting& setting, const std::string& value) {
  if (!std::string_view(setting.name).ends_with("-bytes")) return value;
  std::uint64_t number = std::stoull(value);
  std::size_t unit = 0;
  constexpr std::string_view kUnits[] = {"", " KiB", " MiB", " GiB"};
  while (unit + 1 < std::size(kUnits) && number > 0 && number % 1024 == 0) {
    number /= 1024;
    ++unit;
  }
  return std::to_string(number) + std::string(kUnits[unit]);
}

std::string first_sentence(const std::string& text) {
  const std::size_t end = text.find(". ");
  if (end != std::string::npos) return text.substr(0, end);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string default_comment(const Setting& setting) {
  if (!is_empty(setting.when_empty)) return plain(setting.when_empty, config_key_of);
  const std::vector<std::string> values = defaults_of(setting);
  return values.empty() || setting.is_list ? "" : readable(setting, values.front());
}

Result<std::string> make_published_config(const std::string& present) {
  std::size_t width = 0;
  std::vector<std::pair<std::string, std::string>> lines;  // the code and the comment
  for (const Setting& setting : all_settings()) {
    const bool is_of_laravel = (setting.commands & kStart) != 0 && setting.in_laravel;
    if (!is_of_laravel || !is_on_page(setting)) continue;
    std::string comment = first_sentence(plain(setting.about, config_key_of));
    if (!is_empty(setting.example)) comment += fmt::format(": {}", setting.example);
    if (const std::string value = default_comment(setting); !value.empty()) comment += fmt::format(" ({})", value);
    lines.emplace_back(fmt::format("        '{}' => null,", config_key_of(setting)), std::move(comment));
    width = std::max(width, lines.back().first.size());
  }
  std::string part;
  for (const auto& [code, comment] : lines) part += fmt::format("{:<{}}  // {}\n", code, width, comment);
  return with_part(present, "    'server' => [\n", "    ],\n", part);
}

// ---- docs/reference/settings.md

std::string default_cell(const Setting& setting) {
  if (!is_empty(setting.when_empty)) return setting.when_empty;
  const std::vector<std::string> values = defaults_of(setting);
  if (setting.is_list) return "`[]`";
  return values.empty() || values.front().empty() ? "–" : "`" + values.front() + "`";
}

std::string about_cell(const Setting& setting) {
  std::string text = about_of(setting);
  if (!is_empty(setting.example)) text += fmt::format(" In PHP: `{}`.", setting.example);
  if (applies_at_reload(setting)) text += " A reload applies it.";
  return text;
}

Result<std::string> make_reference(const std::string& present) {
  std::string part;
  for (const std::string_view group : groups()) {
    part += fmt::format("\n### {}\n\n| key | default | |\n| --- | --- | --- |\n", group);
    for (const Setting& setting : all_settings()) {
      if (setting.group != group || !is_on_page(setting)) continue;
      part += fmt::format("| `{}` | {} | {} |\n", config_key_of(setting), default_cell(setting), about_cell(setting));
    }
  }
  return with_part(present, "<!-- from here, `./dev settings` writes -->\n", "\n<!-- to here -->", part);
}

}  // namespace

const std::vector<SettingPage>& setting_pages() {
  static const std::vector<SettingPage> pages = {
      {"docs/reference/settings.md", make_reference},
      {"packaging/laraman.toml", make_example_file},
      {"laravel/config/laraman.php", make_published_config},
  };
  return pages;
}

}  // namespace laraman::cli
