#include "supervisor/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace laraman::supervisor {

Result<Account> find_account(const std::string& user, const std::string& group) {
  const passwd* entry = ::getpwnam(user.c_str());  // safe: the supervisor has one thread
  if (entry == nullptr) return Error{ErrorCode::kNotFound, "there is no such user", user, "choose another --user"};
  Account account{entry->pw_name, entry->pw_dir, entry->pw_uid, entry->pw_gid};
  if (group.empty()) return account;
  const ::group* group_entry = ::getgrnam(group.c_str());
  if (group_entry == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no such group", group, "choose another --group"};
  }
  account.group_id = group_entry->gr_gid;
  return account;
}

Result<void> become(const Account& account) {
  if (::geteuid() != 0) {
    if (account.user_id == ::geteuid() && account.group_id == ::getegid()) return {};
    return Error{ErrorCode::kInvalid, "only root can run as another user or group", account.user,
                 "leave out --user and --group"};
  }
  int signal_at_parents_end = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal_at_parents_end);
  ::setenv("HOME", account.home.c_str(), 1);
  ::setenv("USER", account.user.c_str(), 1);
  ::setenv("LOGNAME", account.user.c_str(), 1);
  if (::initgroups(account.user.c_str(), account.group_id) != 0) return system_error("initgroups", account.user, errno);
  if (::setgid(account.group_id) != 0) return system_error("setgid", account.user, errno);
  if (::setuid(account.user_id) != 0) return system_error("setuid", account.user, errno);
  ::prctl(PR_SET_PDEATHSIG, signal_at_parents_end);  // a change of user has taken it away
  return {};
}

}  // namespace laraman::supervisor
