#include "supervisor/port_owner.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace laraman::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";

// Adds the sockets that listen on `port`, as /proc/<pid>/fd names them, out of a table like /proc/net/tcp.
void add_listening_sockets(const char* table, std::uint16_t port, std::set<std::string>& sockets) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    const std::size_t colon = local.rfind(':');
    if (colon == std::string::npos || state != kListening) continue;
    std::uint16_t local_port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
    if (local_port == port) sockets.insert("socket:[" + inode + "]");
  }
}

bool has_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code failure;
  for (fs::directory_iterator fd(process / "fd", failure), end; !failure && fd != end; fd.increment(failure)) {
    std::error_code gone;
    if (sockets.contains(fs::read_symlink(fd->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

std::string port_owner(std::uint16_t port) {
  std::set<std::string> sockets;
  add_listening_sockets("/proc/net/tcp", port, sockets);
  add_listening_sockets("/proc/net/tcp6", port, sockets);
  if (sockets.empty()) return {};
  std::error_code failure;
  for (fs::directory_iterator process("/proc", failure), end; !failure && process != end; process.increment(failure)) {
    const std::string pid = process->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !has_one_of(process->path(), sockets)) continue;
    std::string name;
    std::getline(std::ifstream(process->path() / "comm"), name);
    return name.append(" (pid ").append(pid).append(")");
  }
  return {};
}

}  // namespace laraman::supervisor
