#include "base/signal_fd.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace laraman {
namespace {

bool is_readable(const SignalFd& signals) {
  pollfd watched{signals.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

TEST(SignalFd, GivesEachSignalThatHasCome) {
  sigset_t before;
  SignalFd signals = std::move(*SignalFd::open({SIGUSR1, SIGHUP}, &before));
  EXPECT_FALSE(is_readable(signals));
  EXPECT_EQ(signals.next(), 0);
  std::raise(SIGHUP);
  std::raise(SIGUSR1);
  EXPECT_TRUE(is_readable(signals));
  const int first = signals.next();
  EXPECT_EQ(first + signals.next(), SIGHUP + SIGUSR1);
  EXPECT_EQ(signals.next(), 0);
  signals.close();
  EXPECT_EQ(signals.get(), -1);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace laraman
