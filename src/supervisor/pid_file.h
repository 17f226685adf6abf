// The pid file, and the lock on it that tells a running server from a file that one left behind. The lock is on the
// file itself, held as long as the PidFile lives: the kernel lets go of it when the process ends, however it ends.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace laraman::supervisor {

// The name of a process's user (the number, without a name); empty if it is gone.
std::string user_of(pid_t pid);
bool is_own_process(pid_t pid);

class PidFile {
 public:
  PidFile() = default;
  PidFile(PidFile&&) = default;
  PidFile& operator=(PidFile&& other) noexcept;
  // Removes the file, if this object holds it.
  ~PidFile();

  // Makes the file at `path` (its directory too) and writes this process's id into it. A file that a dead server left
  // is taken over. kExists if a living process holds it; `what` has its id then.
  static Result<PidFile> take(const std::string& path);

  // The same error as take(), without taking the file, if a process holds it now.
  static Result<void> expect_free(const std::string& path);

  // The process that holds the file at `path`; nothing if there is no such file, or no process holds it.
  static std::optional<pid_t> holder(const std::string& path);

  // A pidfd of the holder, for waiting and for signals; nothing if no process holds the file. kInvalid if the file
  // names a process of another user than the owner of the file: its writer must not choose the process that root
  // signals.
  static Result<UniqueFd> open_holder(const std::string& path);

  // The process id that stands in the file, held or not.
  static std::optional<pid_t> written(const std::string& path);

 private:
  PidFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

}  // namespace laraman::supervisor
