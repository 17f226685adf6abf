#include "pool_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/unique_fd.h"

namespace laraman::php::test {
namespace fs = std::filesystem;

PoolProcess::PoolProcess(const std::string& script, PoolOptions options, const std::function<void()>& meanwhile) {
  options.script = std::string(LARAMAN_TEST_SCRIPTS) + "/" + script;
  options.app = directory();
  options.runtime_dir = directory();
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  UniqueFd from_pool(ends[0]);
  UniqueFd notify(ends[1]);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int log = ::open((directory_ / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(log, STDERR_FILENO);
    ::close(from_pool.release());
    ::setenv("LARAMAN_NOTIFY_FD", std::to_string(notify.get()).c_str(), 1);
    ::setenv("LARAMAN_TEST_DIRECTORY", directory().c_str(), 1);
    ::_exit(run_php_pool(options));
  }
  notify.reset();
  if (meanwhile) meanwhile();
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(from_pool.get(), buffer, sizeof buffer)) > 0) {
    notice_.append(buffer, static_cast<std::size_t>(count));
  }
}

PoolProcess::~PoolProcess() {
  if (pid_ > 0) {
    signal(SIGINT);
    wait();
  }
}

std::vector<std::string> PoolProcess::sockets() const {
  std::vector<std::string> sockets;
  for (const auto& entry : fs::directory_iterator(directory())) {
    if (entry.path().extension() == ".sock") sockets.push_back(entry.path().string());
  }
  return sockets;
}

std::string PoolProcess::socket() const {
  const std::vector<std::string> all = sockets();
  return all.empty() ? "" : all.front();
}

bool PoolProcess::replaced(const std::string& first) const {
  const std::vector<std::string> all = sockets();
  return all.size() == 1 && all.front() != first;
}

std::string PoolProcess::marker() const {
  std::string text;
  eventually([&] { return !(text = read_file(directory_ / "marker")).empty(); });
  return text;
}

std::string PoolProcess::log() const { return read_file(directory_ / "log"); }

void PoolProcess::signal(int number) const { ::kill(pid_, number); }

int PoolProcess::wait() {
  int status = 0;
  const bool gone = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
  if (!gone) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = 0;
  return gone && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace laraman::php::test
