// FileWatcher: tells when the code of an application has changed, for `laraman start --watch`.
//
// It looks at names, times and sizes of the files: soon after inotify says that something happens in their folders, and
// every kInterval anyway, since some file systems (network mounts, shared folders of virtual machines) tell nothing and
// the number of inotify watches is limited.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "net/event_loop.h"

namespace laraman::supervisor {

class FileWatcher final : private net::IoHandler {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(2);
  static constexpr Duration kSettleTime = std::chrono::milliseconds(100);  // an editor or git writes several files

  // `paths` are files, and directories with all in them but bootstrap/cache, node_modules, vendor and what begins with
  // a dot; in directories only code counts (.php, .json, .lock, .yaml, .yml, .env). One that does not exist may come to
  // be. `on_change` comes from the loop.
  FileWatcher(net::EventLoop& loop, std::vector<std::string> paths, std::function<void()> on_change);
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;
  ~FileWatcher();

 private:
  void on_io(std::uint32_t) override;
  void look();
  std::size_t fingerprint();
  void watch(const std::string& directory);

  net::EventLoop& loop_;
  const std::vector<std::string> paths_;
  std::function<void()> on_change_;
  UniqueFd inotify_;  // none where it cannot be had
  std::size_t seen_ = 0;
  bool looks_soon_ = false;
  net::Timer timer_;
};

}  // namespace laraman::supervisor
