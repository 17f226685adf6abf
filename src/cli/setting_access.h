// How the text of a setting becomes a field of Settings, and back: one Access (cli/settings.h) for each kind of field.
// The table of settings names them: set_number<&Settings::port, 0, 65535>. Settings with rules of their own bring their
// own functions (settings.cpp).
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.h"
#include "cli/settings.h"

namespace laraman::cli {

// The error of a value; who knows the setting adds the subject.
Error invalid(std::string what);

Result<Duration> parse_seconds(const std::string& value);

template <typename Number>
Result<Number> parse_number(const std::string& value, Number least, Number most) {
  Number number{};
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number < least || number > most) {
    const bool bounded = static_cast<std::uint64_t>(most) != std::numeric_limits<std::uint64_t>::max();
    return invalid(fmt::format("\"{}\" is not a number {} {}{}", value, bounded ? "from" : "of at least", least,
                               bounded ? fmt::format(" to {}", most) : ""));
  }
  return number;
}

// `path` as it is seen from `directory`, without "." and ".."; empty stays empty.
std::string absolute(const std::string& path, const std::string& directory);

// What a text is kept as, or what is wrong with it. Relative paths in it are relative to `directory`.
using Reader = Result<std::string> (*)(const std::string& value, const std::string& directory);

Result<std::string> as_it_is(const std::string& value, const std::string& directory);
Result<std::string> to_path(const std::string& value, const std::string& directory);
// "unix:/path", "host:port", "tcp://host:port", or a path: without what is before the path or the host.
Result<std::string> to_address(const std::string& value, const std::string& directory);
// Empty, or with http:// or https://.
Result<std::string> to_url(const std::string& value, const std::string& directory);
// An IP address, or a network such as 10.0.0.0/8.
Result<std::string> to_network(const std::string& value, const std::string& directory);

// A field of the settings, const or not, or of one of their parts.
template <typename S, typename Value>
auto& field(S& settings, Value Settings::*member) {
  return settings.*member;
}
template <typename S, typename Value>
auto& field(S& settings, Value websocket::CompressionOptions::*member) {
  return settings.compression.*member;
}

template <std::string Settings::*member, Reader read = as_it_is>
constexpr Access set_text = {
    [](Settings& settings, const std::string& value, const std::string& directory) -> Result<void> {
      ASSIGN_OR_RETURN(settings.*member, read(value, directory));
      return {};
    },
    [](const Settings& settings) -> std::vector<std::string> {
      if ((settings.*member).empty()) return {};
      return {settings.*member};
    }};

template <std::vector<std::string> Settings::*member, Reader read = as_it_is>
constexpr Access add_text = {
    [](Settings& settings, const std::string& value, const std::string& directory) -> Result<void> {
      ASSIGN_OR_RETURN(std::string text, read(value, directory));
      (settings.*member).push_back(std::move(text));
      return {};
    },
    [](const Settings& settings) { return settings.*member; }};

// With `has_auto` also "auto", which is 0.
template <auto member, auto least, auto most, bool has_auto = false>
constexpr Access set_number = {[](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
                                 auto& number = field(settings, member);
                                 if (has_auto && value == "auto") {
                                   number = 0;
                                   return {};
                                 }
                                 using Number = std::remove_reference_t<decltype(number)>;
                                 Result<Number> parsed = parse_number<Number>(value, least, most);
                                 if (!parsed) {
                                   if (has_auto) parsed.error().what += " or auto";
                                   return std::move(parsed.error());
                                 }
                                 number = *parsed;
                                 return {};
                               },
                               [](const Settings& settings) -> std::vector<std::string> {
                                 if (has_auto && field(settings, member) == 0) return {"auto"};
                                 return {std::to_string(field(settings, member))};
                               }};

template <Duration Settings::*member>
constexpr Access set_seconds = {[](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
                                  ASSIGN_OR_RETURN(settings.*member, parse_seconds(value));
                                  return {};
                                },
                                [](const Settings& settings) -> std::vector<std::string> {
                                  return {fmt::format("{}", std::chrono::duration<double>(settings.*member).count())};
                                }};

template <bool Settings::*member>
constexpr Access set_switch = {
    [](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
      const bool on = value == "on" || value == "true" || value == "1";
      const bool off = value == "off" || value == "false" || value == "0";
      if (!on && !off) return invalid("\"" + value + "\" is not on or off");
      settings.*member = on;
      return {};
    },
    [](const Settings& settings) -> std::vector<std::string> { return {settings.*member ? "on" : "off"}; }};

// One of several words; `choices` is an array of pairs of a word and the field's value.
template <auto member, const auto& choices>
constexpr Access set_choice = {[](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
                                 std::string words;
                                 for (const auto& choice : choices) {
                                   if (choice.first == value) {
                                     field(settings, member) = choice.second;
                                     return {};
                                   }
                                   const bool last = &choice == std::end(choices) - 1;
                                   words.append(words.empty() ? "" : last ? " or " : ", ").append(choice.first);
                                 }
                                 return invalid("\"" + value + "\" is not " + words);
                               },
                               [](const Settings& settings) -> std::vector<std::string> {
                                 for (const auto& [word, meaning] : choices) {
                                   if (meaning == field(settings, member)) return {std::string(word)};
                                 }
                                 return {};
                               }};

}  // namespace laraman::cli
