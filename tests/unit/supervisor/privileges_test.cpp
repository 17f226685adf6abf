#include "supervisor/privileges.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

namespace laraman::supervisor::test {
namespace {

int in_another_process(const std::function<int()>& test) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(test());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Privileges, FindsAccounts) {
  const Result<Account> root = find_account("root", "");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->user_id, 0u);
  EXPECT_EQ(root->group_id, 0u);
  EXPECT_EQ(find_account("no-such-user", "").error().what, "there is no such user");
  EXPECT_FALSE(find_account("root", "no-such-group").ok());
}

TEST(Privileges, RootGivesThemUpForGood) {
  const Result<Account> nobody = find_account("nobody", "");
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(in_another_process([&] {
              const bool was_root = ::geteuid() == 0;
              const Result<void> became = become(*nobody);
              if (!was_root) return became ? 1 : 0;
              if (!became || ::getuid() != nobody->user_id || ::getgid() != nobody->group_id) return 2;
              if (std::string(std::getenv("USER")) != "nobody") return 3;
              return ::setuid(0) == 0 || ::setgid(0) == 0 ? 4 : 0;
            }),
            0);
}

TEST(Privileges, LeavesTheSignalAtTheParentsEnd) {
  const Result<Account> nobody = find_account("nobody", "");
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(in_another_process([&] {
              if (::geteuid() != 0) return 0;
              ::prctl(PR_SET_PDEATHSIG, SIGTERM);
              if (!become(*nobody)) return 1;
              int signal = 0;
              ::prctl(PR_GET_PDEATHSIG, &signal);
              return signal == SIGTERM ? 0 : 2;
            }),
            0);
}

TEST(Privileges, WhoIsThatAccountAlreadyNeedsNone) {
  EXPECT_EQ(in_another_process([] {
              const Account own{"me", "/", ::geteuid(), ::getegid()};
              return ::geteuid() == 0 || become(own) ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace laraman::supervisor::test
