#include "cli/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace laraman::cli {
namespace {

// Insertions, deletions and replacements of one character that lead from `a` to `b` (Levenshtein).
std::size_t changes_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& names) {
  std::string best;
  std::size_t fewest = std::max<std::size_t>(name.size() / 2, 1) + 1;
  for (const std::string& candidate : names) {
    const std::size_t changes = changes_between(name, candidate);
    if (changes < fewest) {
      fewest = changes;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
  const std::string nearest = nearest_name(name, names);
  return nearest.empty() ? "" : " (did you mean " + nearest + "?)";
}

}  // namespace laraman::cli
