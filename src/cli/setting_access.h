// How the text of a setting becomes a field of Settings, and back: one Access (cli/settings.h) for each kind of field.
// The table of settings (settings.cpp) makes them: number(FIELD(gateway.listen.port), 0, 65535). Settings with rules of
// their own have functions of their own.
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/try.h"
#include "cli/settings.h"

namespace laraman::cli {

// The error of a value; the caller, which knows the setting, adds the subject.
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

// `field` is a function object that leads to a field of the settings, const or not.
template <typename Field>
using ValueOf = std::remove_cvref_t<std::invoke_result_t<Field, Settings&>>;

template <typename Field>
Access text(Field field, Reader read = as_it_is) {
  return {[=](Settings& settings, const std::string& value, const std::string& directory) -> Result<void> {
            ASSIGN_OR_RETURN(field(settings), read(value, directory));
            return {};
          },
          [=](const Settings& settings) -> std::vector<std::string> {
            if (field(settings).empty()) return {};
            return {field(settings)};
          }};
}

template <typename Field>
Access texts(Field field, Reader read = as_it_is) {
  return {[=](Settings& settings, const std::string& value, const std::string& directory) -> Result<void> {
            ASSIGN_OR_RETURN(std::string text, read(value, directory));
            field(settings).push_back(std::move(text));
            return {};
          },
          [=](const Settings& settings) { return field(settings); }};
}

template <typename Field>
Access networks(Field field) {
  return {[=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            if (field(settings).add(value)) return {};
            return invalid("\"" + value + "\" is not an IP address or network such as 10.0.0.0/8");
          },
          [=](const Settings& settings) { return field(settings).texts(); }};
}

template <typename Field>
Access number(Field field, ValueOf<Field> least, ValueOf<Field> most) {
  return {[=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            ASSIGN_OR_RETURN(field(settings), parse_number<ValueOf<Field>>(value, least, most));
            return {};
          },
          [=](const Settings& settings) -> std::vector<std::string> { return {std::to_string(field(settings))}; }};
}

// A field of bytes whose text is a number of MiB.
template <typename Field>
Access mebibytes(Field field) {
  return {
      [=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
        constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
        ASSIGN_OR_RETURN(const std::uint64_t mebibytes, parse_number<std::uint64_t>(value, 0, kMost));
        field(settings) = mebibytes << 20;
        return {};
      },
      [=](const Settings& settings) -> std::vector<std::string> { return {std::to_string(field(settings) >> 20)}; }};
}

// "auto" is 0.
template <typename Field>
Access number_or_auto(Field field, ValueOf<Field> least, ValueOf<Field> most) {
  return {[=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            if (value == "auto") {
              field(settings) = 0;
              return {};
            }
            Result<ValueOf<Field>> parsed = parse_number<ValueOf<Field>>(value, least, most);
            if (!parsed) {
              parsed.error().what += " or auto";
              return std::move(parsed.error());
            }
            field(settings) = *parsed;
            return {};
          },
          [=](const Settings& settings) -> std::vector<std::string> {
            return {field(settings) == 0 ? "auto" : std::to_string(field(settings))};
          }};
}

template <typename Field>
Access seconds(Field field) {
  return {[=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            ASSIGN_OR_RETURN(field(settings), parse_seconds(value));
            return {};
          },
          [=](const Settings& settings) -> std::vector<std::string> {
            return {fmt::format("{}", std::chrono::duration<double>(field(settings)).count())};
          }};
}

template <typename Field>
Access on_or_off(Field field) {
  return {[=](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            const bool on = value == "on" || value == "true" || value == "1";
            const bool off = value == "off" || value == "false" || value == "0";
            if (!on && !off) return invalid("\"" + value + "\" is not on or off");
            field(settings) = on;
            return {};
          },
          [=](const Settings& settings) -> std::vector<std::string> { return {field(settings) ? "on" : "off"}; }};
}

// One of several words; `choices` is an array of pairs of a word and the field's value, and outlives the access.
template <typename Field, typename Choices>
Access choice(Field field, const Choices& choices) {
  return {[=, &choices](Settings& settings, const std::string& value, const std::string&) -> Result<void> {
            std::string words;
            for (const auto& choice : choices) {
              if (choice.first == value) {
                field(settings) = choice.second;
                return {};
              }
              const bool last = &choice == std::end(choices) - 1;
              words.append(words.empty() ? "" : last ? " or " : ", ").append(choice.first);
            }
            return invalid("\"" + value + "\" is not " + words);
          },
          [=, &choices](const Settings& settings) -> std::vector<std::string> {
            for (const auto& [word, meaning] : choices) {
              if (meaning == field(settings)) return {std::string(word)};
            }
            return {};
          }};
}

}  // namespace laraman::cli
