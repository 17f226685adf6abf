#include "gateway/handshake_commands.h"

#include <utility>

namespace laraman::gateway {
namespace {

std::size_t size_of(const UserClose& close) {
  const std::size_t last = close.last.size();
  return close.user.size() + close.close.reason.size() + last + close.except_login.size() +
         close.except.size() * sizeof(ConnectionId);
}

std::size_t size_of(const LoginClose& close) { return close.login.size() + close.close.reason.size(); }

std::size_t size_of(const LoginChange& change) {
  std::size_t size = change.login.size() + (change.change.login ? change.change.login->size() : 0);
  for (const auto& [name, value] : change.change.meta) size += 2 * sizeof(std::string) + name.size() + value.size();
  return size;
}

}  // namespace

void HandshakeCommands::begin(const ConnectionId& id) { under_way_.emplace(id, first_ + kept_.size()); }

HandshakeCommands::Missed HandshakeCommands::end(const ConnectionId& id) {
  Missed missed;
  const auto it = under_way_.find(id);
  if (it == under_way_.end()) return missed;
  missed.complete = it->second >= first_;
  const std::size_t from = missed.complete ? it->second - first_ : 0;
  for (std::size_t i = from; i < kept_.size(); ++i) missed.commands.push_back(kept_[i].command);
  under_way_.erase(it);
  if (under_way_.empty()) {
    first_ += kept_.size();
    kept_.clear();
    bytes_ = 0;
  }
  return missed;
}

void HandshakeCommands::keep(std::shared_ptr<const Command> command) {
  const std::size_t bytes = sizeof(Command) + std::visit([](const auto& one) { return size_of(one); }, *command);
  kept_.push_back({bytes, std::move(command)});
  bytes_ += bytes;
  for (; bytes_ > kMaxBytes; kept_.pop_front(), ++first_) bytes_ -= kept_.front().bytes;
}

}  // namespace laraman::gateway
