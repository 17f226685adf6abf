#include "supervisor/process_output.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace laraman::supervisor {
namespace {

constexpr std::size_t kLongestLine = 8 * 1024;  // a longer one is printed in pieces
constexpr std::size_t kMaxLastWords = 4 * 1024;

}  // namespace

Result<std::unique_ptr<ProcessOutput>> ProcessOutput::open(net::EventLoop& loop, std::string name) {
  std::unique_ptr<ProcessOutput> output(new ProcessOutput(loop, std::move(name)));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", output->name_, errno);
  output->reading_.reset(ends[0]);
  output->writing_.reset(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  if (Result<void> added = loop.add(ends[0], EPOLLIN, *output); !added) {
    output->reading_.reset();
    return std::move(added.error());
  }
  return output;
}

ProcessOutput::~ProcessOutput() {
  if (!reading_) return;
  drain();
  if (!unfinished_.empty()) fmt::print(stderr, "[{}] {}\n", name_, unfinished_);
  loop_.remove(reading_.get(), *this);
}

void ProcessOutput::drain() {
  std::array<char, 16 * 1024> bytes;
  for (ssize_t size; (size = ::read(reading_.get(), bytes.data(), bytes.size())) > 0;) {
    const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
    last_words_.append(text);
    if (last_words_.size() > kMaxLastWords) last_words_.erase(0, last_words_.size() - kMaxLastWords);
    unfinished_.append(text);
    print_lines();
  }
}

void ProcessOutput::print_lines() {
  std::size_t begin = 0;
  for (std::size_t end; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    fmt::print(stderr, "[{}] {}\n", name_, std::string_view(unfinished_).substr(begin, end - begin));
  }
  unfinished_.erase(0, begin);
  if (unfinished_.size() < kLongestLine) return;
  fmt::print(stderr, "[{}] {}\n", name_, unfinished_);
  unfinished_.clear();
}

}  // namespace laraman::supervisor
