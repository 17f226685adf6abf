#include "supervisor/php_program.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/minor_version.h"
#include "base/unique_fd.h"
#include "supervisor/executable.h"

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "laraman-php";
constexpr int kNotStarted = 127;  // exit code of the dynamic linker, which lacks a library or a symbol

std::vector<fs::path> folders_of(const std::string& laraman) {
  const fs::path own = fs::path(laraman).parent_path();
  return {own, own.parent_path() / "lib/laraman"};
}

bool is_version(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

struct Outcome {
  int exit_code = kNotStarted;
  std::string output;  // and error output, without the newline at the end
};

Outcome run(std::vector<std::string> command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), fd);
  }
  pid_t pid = 0;
  const int failure = ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  if (failure != 0) return {kNotStarted, std::generic_category().message(failure)};
  Outcome outcome;
  char buffer[4096];
  for (ssize_t size; (size = ::read(reading.get(), buffer, sizeof buffer)) > 0 || (size < 0 && errno == EINTR);) {
    if (size > 0) outcome.output.append(buffer, static_cast<std::size_t>(size));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  while (outcome.output.ends_with('\n')) outcome.output.pop_back();
  return outcome;
}

// Empty if it cannot be run.
std::string version_of(const std::string& php) {
  const Outcome asked = run({php, "-n", "-r", "echo PHP_VERSION;"});
  return asked.exit_code == 0 ? asked.output : "";
}

Error no_program(const std::string& wanted, const std::vector<std::string>& there, const std::string& laraman) {
  if (there.empty()) {
    return {ErrorCode::kNotFound, "there is no program laraman-php" + (wanted.empty() ? "8.x" : wanted), laraman,
            "install the package laraman-php" + (wanted.empty() ? "8.x" : wanted)};
  }
  if (wanted.empty()) {
    return {ErrorCode::kInvalid, fmt::format("there are programs for PHP {}", fmt::join(there, " and ")), laraman,
            "name the application's PHP with --php"};
  }
  return {ErrorCode::kNotFound,
          fmt::format("the application's PHP is {}, and there is only laraman-php{}", wanted,
                      fmt::join(there, " and laraman-php")),
          laraman, fmt::format("install the package laraman-php{}, or name another PHP with --php", wanted)};
}

// The dynamic linker's words, without the program's name before them.
std::string missing_library(std::string_view output) {
  constexpr std::string_view kLoading = "error while loading shared libraries: ";
  constexpr std::string_view kSymbol = "symbol lookup error: ";
  output = output.substr(0, output.find('\n'));
  for (const std::string_view words : {kLoading, kSymbol}) {
    if (const std::size_t at = output.find(words); at != std::string_view::npos) {
      return std::string(output.substr(at + words.size()));
    }
  }
  return std::string(output);
}

}  // namespace

std::vector<std::string> php_versions_of(const std::string& laraman) {
  std::vector<std::string> versions;
  for (const fs::path& folder : folders_of(laraman)) {
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(kPrefix) || ::access(entry.path().c_str(), X_OK) != 0) continue;
      if (const std::string version = name.substr(kPrefix.size()); is_version(version)) versions.push_back(version);
    }
  }
  std::sort(versions.begin(), versions.end());
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

std::string php_program_of(const std::string& laraman, const std::string& php_version) {
  fs::path path;
  for (const fs::path& folder : folders_of(laraman)) {
    path = folder / (std::string(kPrefix) + php_version);
    if (::access(path.c_str(), X_OK) == 0) break;
  }
  return path.string();
}

Result<PhpProgram> find_php_program(const std::string& laraman, const std::string& php, std::string wanted) {
  const std::string place = resolve_program(laraman);
  const std::vector<std::string> there = php_versions_of(place);
  if (wanted.empty()) wanted = version_of(php);
  wanted = minor_version(wanted);
  if (wanted.empty() && there.size() == 1) wanted = there.front();
  if (std::find(there.begin(), there.end(), wanted) == there.end()) return no_program(wanted, there, place);

  const std::string program = php_program_of(place, wanted);
  const Outcome told = run({program, "--version"});
  if (told.exit_code == 0) return PhpProgram{wanted, told.output};
  if (told.exit_code == kNotStarted) {
    return Error{ErrorCode::kUnavailable, missing_library(told.output), program,
                 fmt::format("it needs libphp{0}.so of PHP {0}, not thread-safe and without debugging: install the "
                             "package libphp{0}-embed",
                             wanted)};
  }
  constexpr std::string_view kOurs = "laraman: ";
  if (told.output.starts_with(kOurs)) return Error{ErrorCode::kInvalid, told.output.substr(kOurs.size()), "", ""};
  return Error{ErrorCode::kUnavailable, fmt::format("ended with exit code {}", told.exit_code), program, ""};
}

}  // namespace laraman::supervisor
