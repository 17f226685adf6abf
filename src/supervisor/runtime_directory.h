// The runtime directory: where the sockets between the processes of one server lie.
#pragma once

#include <string>

#include "base/result.h"

namespace laraman::supervisor {

// The files in the runtime directory `directory`.
std::string control_socket_path(const std::string& directory);
std::string worker_socket_path(const std::string& directory);
std::string task_socket_path(const std::string& directory);

// Makes `directory` (mode 0750: members of its group can reach the task socket) and checks that it can be used: paths
// of sockets in it are short enough, it is a directory of ours, and it is not writable for all users. Returns its path
// without symbolic links, which stays the same when the application is switched to another release.
Result<std::string> make_runtime_directory(const std::string& directory);

// Makes `name` a symbolic link to `directory`, unless something is there already; a link that leads nowhere is
// replaced. Returns the path of the link, with symbolic links before its last part resolved; empty if none was needed.
Result<std::string> link_runtime_directory(const std::string& name, const std::string& directory);

// Removes the sockets that workers of an earlier, dead server left. Only for the holder of the pid file.
void remove_left_over_sockets(const std::string& directory);

}  // namespace laraman::supervisor
