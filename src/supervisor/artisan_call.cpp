#include "supervisor/artisan_call.h"
#include "base/try.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace laraman::supervisor {
namespace {

constexpr std::size_t kMaxPrinted = 16 * 1024;  // what is more is thrown away

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// What is in the pipe: the command writes less than it holds, and has ended.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 64 * 1024> bytes;
  for (ssize_t size; (size = ::read(fd, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(size));
  }
  return text;
}

// Tells a loop that a child has ended, for wait_for().
class EndWatch final : public net::IoHandler {
 public:
  explicit EndWatch(net::EventLoop& loop) : loop_(loop) {}
  void on_io(std::uint32_t) override { loop_.stop(); }

 private:
  net::EventLoop& loop_;
};

}  // namespace

ProcessSpec in_directory(const std::string& directory, const std::vector<std::string>& command) {
  ProcessSpec spec;
  spec.program = "/bin/sh";
  spec.arguments = {"-c", R"(cd "$0" && exec "$@")", directory};
  spec.arguments.insert(spec.arguments.end(), command.begin(), command.end());
  return spec;
}

std::string first_useful_line(std::string_view output) {
  std::array<std::string_view, 2> lines;  // the first two that are not blank
  std::size_t count = 0;
  while (!output.empty() && count < lines.size()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    if (const std::string_view line = trimmed(output.substr(0, end)); !line.empty()) lines[count++] = line;
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  // "In routes/web.php line 3:" or "ParseError", and the message below it.
  const bool is_place = lines[0].starts_with("In ") && lines[0].ends_with(':');
  const bool is_class = lines[0].find_first_of(" :") == std::string_view::npos;
  if (count == 2 && is_place) return fmt::format("{} ({})", lines[1], lines[0].substr(0, lines[0].size() - 1));
  if (count == 2 && is_class) return fmt::format("{}: {}", lines[0], lines[1]);
  // "The environment file is invalid!"
  if (count == 2 && lines[0].ends_with('!')) return fmt::format("{} {}", lines[0], lines[1]);
  return std::string(lines[0]);
}

Result<std::unique_ptr<ArtisanCall>> ArtisanCall::start(net::EventLoop& loop, Options options, OnAnswer on_answer) {
  std::unique_ptr<ArtisanCall> call(new ArtisanCall(loop, std::move(options), std::move(on_answer)));
  RETURN_IF_ERROR(call->open());
  return call;
}

Result<void> ArtisanCall::open() {
  int output[2];
  int answer[2];
  if (::pipe2(output, O_CLOEXEC) != 0) return system_error("pipe", options_.command.front(), errno);
  output_.reset(output[0]);
  const UniqueFd output_end(output[1]);
  if (::pipe2(answer, O_CLOEXEC) != 0) return system_error("pipe", options_.command.front(), errno);
  answer_.reset(answer[0]);
  const UniqueFd answer_end(answer[1]);
  for (const int fd : {output_.get(), answer_.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  if (Result<void> added = loop_.add(output_.get(), EPOLLIN, *this); !added) {
    output_.reset();
    return added;
  }
  std::vector<std::string> command;
  if (const std::optional<Account>& account = options_.account) {
    command = {"/usr/bin/env", "HOME=" + account->home, "USER=" + account->user, "LOGNAME=" + account->user};
  }
  command.insert(command.end(), {options_.php, "artisan", "--no-ansi"});
  command.insert(command.end(), options_.command.begin(), options_.command.end());
  ProcessSpec spec = in_directory(options_.app, command);
  spec.output = output_end.get();
  spec.account = options_.account;
  spec.handed_down.push_back({options_.answer_variable, {answer_end.get()}});
  Result<std::unique_ptr<Process>> process = Process::start(loop_, spec, options_.limit, [] {});
  if (!process) return std::move(process.error());
  process_ = std::move(*process);
  return {};
}

ArtisanCall::~ArtisanCall() {
  if (output_) loop_.remove(output_.get(), *this);
}

void ArtisanCall::drain() {
  std::array<char, 16 * 1024> bytes;
  ssize_t size = 0;
  while ((size = ::read(output_.get(), bytes.data(), bytes.size())) > 0) {
    printed_.append(bytes.data(), std::min(static_cast<std::size_t>(size), kMaxPrinted - printed_.size()));
  }
  if (size == 0) {  // the other end is closed
    loop_.remove(output_.get(), *this);
    output_.reset();
  }
}

bool ArtisanCall::reap(pid_t pid, int status) {
  if (process_->pid() != pid) return false;
  if (output_) drain();
  const OnAnswer told = std::exchange(on_answer_, nullptr);
  told(answer(process_->ended(status)));
  return true;
}

Result<nlohmann::json> ArtisanCall::answer(const std::string& how) const {
  const std::string subject = "php artisan " + options_.command.front();
  const std::string text = read_all(answer_.get());
  if (text.empty()) {
    const std::string line = first_useful_line(printed_);
    constexpr std::string_view kNotFound = "ended with exit code 127";  // the shell's
    return Error{ErrorCode::kUnavailable, line.empty() ? how + " and gave no answer" : line, subject,
                 how == kNotFound ? "name the PHP that runs artisan with --php" : ""};
  }
  nlohmann::json answer = nlohmann::json::parse(text, nullptr, false);
  if (answer.is_discarded()) return Error{ErrorCode::kInvalid, "the answer is not JSON", subject, ""};
  return answer;
}

ArtisanCall::Options settings_question(const std::string& php, const std::string& app, Duration limit) {
  return {php, app, {"laraman:settings", "--json"}, "LARAMAN_SETTINGS_FD", limit};
}

Result<nlohmann::json> ArtisanCall::wait_for(Options options) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::EventLoop> loop, net::EventLoop::create());
  std::optional<Result<nlohmann::json>> answer;
  auto call = start(*loop, std::move(options), [&answer](Result<nlohmann::json> given) { answer = std::move(given); });
  if (!call) return std::move(call.error());
  const pid_t pid = (*call)->process_->pid();
  const UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!end) return system_error("pidfd_open", "php artisan", errno);
  EndWatch watch(*loop);
  RETURN_IF_ERROR(loop->add(end.get(), EPOLLIN, watch));
  loop->run();
  loop->remove(end.get(), watch);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  (*call)->reap(pid, status);
  return std::move(*answer);
}

}  // namespace laraman::supervisor
