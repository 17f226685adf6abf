#include "supervisor/file_watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kCode = {".php", ".json", ".lock", ".yaml", ".yml", ".env"};

bool is_code(const fs::path& file) {
  return std::find(kCode.begin(), kCode.end(), file.extension().native()) != kCode.end();
}

// What an application writes itself, or is not its own.
bool is_left_out(const fs::path& directory) {
  const std::string name = directory.filename();
  return name.starts_with('.') || name == "node_modules" || name == "vendor" ||
         (name == "cache" && directory.parent_path().filename() == "bootstrap");
}

// 0 if the file is not there.
std::size_t fingerprint_of(const fs::path& file) {
  std::error_code failure;
  const auto time = fs::last_write_time(file, failure).time_since_epoch().count();
  if (failure) return 0;
  const auto size = fs::file_size(file, failure);
  return std::hash<std::string>()(file.native() + '\0' + std::to_string(time) + '\0' + std::to_string(size));
}

}  // namespace

FileWatcher::FileWatcher(net::EventLoop& loop, std::vector<std::string> paths, std::function<void()> on_change)
    : loop_(loop),
      paths_(std::move(paths)),
      on_change_(std::move(on_change)),
      inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      timer_(loop, [this] { look(); }) {
  if (inotify_ && !loop_.add(inotify_.get(), EPOLLIN, *this)) inotify_.reset();
  seen_ = fingerprint();
  timer_.start(kInterval);
}

FileWatcher::~FileWatcher() {
  if (inotify_) loop_.remove(inotify_.get(), *this);
}

void FileWatcher::on_io(std::uint32_t) {
  alignas(inotify_event) std::array<char, 4096> events;
  while (::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
  if (!std::exchange(looks_soon_, true)) timer_.start(kSettleTime);  // once: some file may change all the time
}

void FileWatcher::look() {
  looks_soon_ = false;
  timer_.start(kInterval);
  if (const std::size_t now = fingerprint(); now != std::exchange(seen_, now)) on_change_();
}

// Of all files, whatever their order.
std::size_t FileWatcher::fingerprint() {
  std::size_t sum = 0;
  std::error_code failure;
  for (const std::string& path : paths_) {
    if (!fs::is_directory(path, failure)) {
      watch(fs::path(path).parent_path());
      sum += fingerprint_of(path);
      continue;
    }
    watch(path);
    fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, failure);
    for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
      if (entry->is_directory(failure)) {
        if (is_left_out(entry->path())) {
          entry.disable_recursion_pending();
        } else {
          watch(entry->path());
        }
      } else if (is_code(entry->path())) {
        sum += fingerprint_of(entry->path());
      }
    }
  }
  return sum;
}

// Again and again, which costs nothing for a directory that is watched already. Where it fails the timer is left.
void FileWatcher::watch(const std::string& directory) {
  if (!inotify_) return;
  ::inotify_add_watch(inotify_.get(), directory.c_str(),
                      IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
}

}  // namespace laraman::supervisor
