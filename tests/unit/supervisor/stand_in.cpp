#include "stand_in.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "base/handed_down.h"
#include "base/scoreboard.h"
#include "temporary_directory.h"

namespace laraman::supervisor::test {
namespace {

constexpr const char* kMark = "--stand-in";

void note(const std::string& file, const std::string& line) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string text = line + "\n";
  if (::write(fd.get(), text.data(), text.size()) < 0) std::abort();
}

// Answers pings as the roles do, until the process ends.
void answer_pings(const std::string& role) {
  std::vector<UniqueFd> pings = take_handed_down("LARAMAN_PING_FDS");
  Result<Scoreboard> opened = Scoreboard::open(take_handed_down_one("LARAMAN_SCOREBOARD_FD"));
  if (!opened) return;
  for (std::size_t i = 0; i < pings.size(); ++i) {
    std::thread([i, role, fd = std::make_shared<UniqueFd>(std::move(pings[i])),
                 board = std::make_shared<Scoreboard>(std::move(*Scoreboard::open(UniqueFd(::dup(opened->fd())))))] {
      Counter& answers = role == "gateway" ? board->loop(static_cast<std::uint32_t>(i)).pings : board->pool_pings();
      for (pollfd ready{fd->get(), POLLIN, 0}; ::poll(&ready, 1, -1) > 0;) {
        std::uint64_t count = 0;
        if (::read(fd->get(), &count, sizeof count) > 0) answers.add();
      }
    }).detach();
  }
}

int serve(const std::string& saw, bool deaf, bool slow) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  StartNotice().ready();
  while (true) {
    int signal = 0;
    ::sigwait(&set, &signal);
    note(saw, signal == SIGTERM ? "TERM" : signal == SIGHUP ? "HUP" : signal == SIGUSR1 ? "USR1" : "INT");
    if (signal == SIGHUP || signal == SIGUSR1) continue;
    if (deaf) continue;
    if (slow && signal == SIGTERM) ::usleep(500'000);
    note(saw, "end");
    return 0;
  }
}

}  // namespace

std::vector<std::string> stand_in_arguments(const std::string& directory, const std::string& name) {
  return {kMark, directory, name};
}

int run_stand_in(int argc, char** argv) {
  if (argc != 4 || std::string(argv[1]) != kMark) return -1;
  const std::string files = std::string(argv[2]) + "/" + argv[3];
  const std::string saw = files + ".saw";
  std::istringstream does(read_file(files + ".does"));
  std::string what;
  does >> what >> std::ws;
  std::string rest;
  std::getline(does, rest, '\0');
  note(saw, "start " + std::to_string(::getpid()));
  if (what == "fail") {
    StartNotice().failed(rest);
    return 1;
  }
  if (what == "exit") return std::atoi(rest.c_str());
  if (what == "silent") {
    while (true) ::pause();
  }
  if (what == "brief") {
    StartNotice().ready();
    ::usleep(20'000);
    return 3;
  }
  if (what == "answering") answer_pings(argv[3]);
  return serve(saw, what == "stubborn", what == "slow");
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace laraman::supervisor::test
