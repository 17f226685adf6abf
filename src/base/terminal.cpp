#include "base/terminal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/escape.h"

namespace laraman::terminal {
namespace {

constexpr const char* kVariable = "LARAMAN_TERMINAL";
constexpr std::string_view kColors = "colors";

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

const char* code_of(Color color) {
  switch (color) {
    case Color::kNone: return "";
    case Color::kGreen: return "\x1b[32m";
    case Color::kYellow: return "\x1b[33m";
    case Color::kRed: return "\x1b[31m";
    case Color::kCyan: return "\x1b[36m";
    case Color::kGray: return "\x1b[90m";
    case Color::kBold: return "\x1b[1m";
  }
  return "";
}

}  // namespace

bool begin(bool wanted) {
  if (!wanted || ::isatty(STDOUT_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
    ::unsetenv(kVariable);  // of a server that this one was started by
    return false;
  }
  const bool has_colors = variable("NO_COLOR").empty() && variable("TERM") != "dumb" && !variable("TERM").empty();
  ::setenv(kVariable, has_colors ? kColors.data() : "plain", 1);
  return true;
}

bool is_shown() {
  static const bool shown = !variable(kVariable).empty();
  return shown;
}

std::string paint(std::string_view text, Color color) {
  static const bool has_colors = variable(kVariable) == kColors;
  if (!has_colors || color == Color::kNone) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(color), text);
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
    out += escape_controls(text.substr(0, end));
    if (end < text.size()) out += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void print(std::string line) {
  line += '\n';
  // An error of the terminal cannot be shown anywhere.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace laraman::terminal
