#include "cli/text_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string_view>

#include "base/escape.h"
#include "base/utf8_prefix.h"

namespace laraman::cli {
namespace {

constexpr std::string_view kGap = "  ";

}  // namespace

std::string text_table(std::vector<TextRow> rows, std::span<const std::size_t> left, std::size_t elastic,
                       std::span<const std::string> notes) {
  for (TextRow& row : rows) {
    for (std::string& cell : row) cell = escape_controls(cell);  // paths and names come from outside
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const TextRow& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap.size() * (widths.size() - 1));
  if (total > kTerminalWidth) {
    widths[elastic] =
        std::max(rows.front()[elastic].size(), widths[elastic] - std::min(total - kTerminalWidth, widths[elastic]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool is_left = std::find(left.begin(), left.end(), i) != left.end();
      const std::string cell = cut(rows[r][i], widths[i]);
      line += is_left ? fmt::format("{:<{}}", cell, widths[i]) : fmt::format("{:>{}}", cell, widths[i]);
      line += kGap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (r < notes.size()) text += notes[r];
  }
  return text;
}

std::string cut(const std::string& text, std::size_t width) {
  constexpr std::string_view kEllipsis = "...";
  if (text.size() <= width || width < kEllipsis.size()) return text;
  return std::string(utf8_prefix(text, width - kEllipsis.size())).append(kEllipsis);
}

std::string wrap(const std::string& text, std::size_t width) {
  std::string wrapped = text;
  std::size_t line = 0;   // where it begins
  std::size_t space = 0;  // the last one in it; at its beginning: none
  for (std::size_t i = 0; i <= wrapped.size(); ++i) {
    if (i < wrapped.size() && wrapped[i] != ' ' && wrapped[i] != '\n') continue;
    if (i - line > width && space > line) {
      wrapped[space] = '\n';
      line = space + 1;
    }
    if (i < wrapped.size() && wrapped[i] == '\n') line = i + 1;
    space = i;
  }
  return wrapped;
}

std::string count_text(std::uint64_t count) {
  if (count < 100'000) return std::to_string(count);
  if (count < 100'000'000) return fmt::format("{} k", count / 1000);
  return fmt::format("{} M", count / 1'000'000);
}

std::string age_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2.0 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48.0 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(units)) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

}  // namespace laraman::cli
