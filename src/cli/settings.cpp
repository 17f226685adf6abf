#include "cli/settings.h"

#include <algorithm>
#include <string_view>

namespace laraman::cli {
namespace {

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::string help_of(const Setting& setting) {
  static const Settings defaults;
  std::string help = setting.help;
  constexpr std::string_view kDefault = "{}";
  if (const std::size_t place = help.find(kDefault); place != std::string::npos) {
    help.replace(place, kDefault.size(), setting.access.get(defaults).front());
  }
  return help;
}

bool may_stand_in_file(const Setting& setting) {
  const std::string_view name = setting.name;
  return name != "app" && name != "config" && name != "netsvr-config";
}

bool applies_at_reload(const Setting& setting) {
  const bool is_for_workers = (setting.commands & (kPhp | kGateway)) == kPhp;
  return is_for_workers && may_stand_in_file(setting) && std::string_view(setting.name) != "php";
}

std::string section_of(const Setting& setting) {
  const std::string name = setting.name;
  const std::string first = name.substr(0, name.find('-'));
  if (first == name) return "";
  const std::vector<Section>& sections = setting_sections();
  const bool is_section =
      std::any_of(sections.begin(), sections.end(), [&](const Section& section) { return section.name == first; });
  return is_section ? first : "";
}

std::string key_of(const Setting& setting) {
  const std::string section = section_of(setting);
  return with_underscores(setting.name + (section.empty() ? 0 : section.size() + 1));
}

std::string place_in_file(const Setting& setting) {
  const std::string section = section_of(setting);
  return (section.empty() ? "" : "[" + section + "] ") + key_of(setting);
}

std::string config_key_of(const Setting& setting) { return with_underscores(setting.name); }

std::string variable_of(const Setting& setting) {
  std::string name = "LARAMAN_" + with_underscores(setting.name);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return name;
}

}  // namespace laraman::cli
