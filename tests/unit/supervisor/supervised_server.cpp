#include "supervised_server.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "base/log.h"
#include "stand_in.h"
#include "supervisor/control_client.h"
#include "supervisor/runtime_directory.h"

namespace laraman::supervisor::test {

SupervisedServer::SupervisedServer() {
  options.version = "test";
  options.app = "/srv/app";
  options.listen.port = 0;
  options.listen.loops = 2;
  options.workers = 2;
  options.server.runtime_dir = directory / "run";
  options.server.pid_file = directory / "laraman.pid";
  options.gateway = {this_program(), stand_in_arguments(directory.path(), "gateway")};
  options.php = {this_program(), stand_in_arguments(directory.path(), "php")};
  options.stop_timeout = std::chrono::seconds(5);
  options.server.start_timeout = std::chrono::seconds(15);
  set("gateway", "ready");
  set("php", "ready");
}

SupervisedServer::~SupervisedServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGINT);
  if (wait() < 0 && pid_ > 0) ::kill(pid_, SIGKILL);  // else the signal has ended it
}

void SupervisedServer::set(const std::string& role, const std::string& does) {
  write_file(directory / (role + ".does"), does);
}

void SupervisedServer::start() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  notice_.reset(ends[0]);
  UniqueFd writing(ends[1]);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int log = ::open((directory / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::setenv("LARAMAN_NOTIFY_FD", std::to_string(writing.release()).c_str(), 1);
    ::_exit(run_supervisor(options));
  }
}

std::string SupervisedServer::notice() {
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(notice_.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

void SupervisedServer::start_and_wait() {
  start();
  if (notice() != "ready\n") std::abort();
}

void SupervisedServer::signal(int number) const { ::kill(pid_, number); }

int SupervisedServer::wait() {
  int status = 0;
  if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return -1;
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Result<nlohmann::json> SupervisedServer::ask(const nlohmann::json& request) const {
  Result<ControlClient> client = ControlClient::connect(control_socket_path(options.server.runtime_dir));
  if (!client) return std::move(client.error());
  return client->ask(request, std::chrono::seconds(20));
}

nlohmann::json SupervisedServer::process(const std::string& role) const {
  const Result<nlohmann::json> status = ask({{"command", "status"}});
  if (!status) return nlohmann::json::object();
  for (const nlohmann::json& process : (*status)["processes"]) {
    if (process["role"] == role) return process;
  }
  return nlohmann::json::object();
}

std::vector<std::string> SupervisedServer::seen(const std::string& role) const {
  std::vector<std::string> lines;
  std::istringstream text(read_file(directory / (role + ".saw")));
  for (std::string line; std::getline(text, line);) lines.push_back(line.substr(0, line.find(' ')));
  return lines;
}

std::size_t SupervisedServer::starts(const std::string& role) const {
  const std::vector<std::string> lines = seen(role);
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "start"));
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

}  // namespace laraman::supervisor::test
