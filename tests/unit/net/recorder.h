// A stream's handler that remembers what it was told.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/stream.h"

namespace laraman::net {

struct Recorder final : Stream::Handler {
  std::size_t on_data(std::span<char> bytes) override {
    offered.append(bytes.data(), bytes.size());
    largest = std::max(largest, bytes.size());
    const std::size_t consumed = consume ? consume(bytes) : bytes.size();
    received.append(bytes.data(), consumed);
    return consumed;
  }
  void on_file(UniqueFd file) override { files.push_back(std::move(file)); }
  void on_peer_end() override { ++peer_ends; }
  void on_drained() override { ++drained; }
  void on_closed(const Error* error) override {
    ++closed;
    if (error != nullptr) why = error->what;
  }
  std::function<std::size_t(std::span<char>)> consume;  // how much of it; all without
  std::string offered;                                  // what came, again where it was left over
  std::string received;                                 // what was consumed of it
  std::vector<UniqueFd> files;
  std::string why;
  std::size_t largest = 0;
  int peer_ends = 0;
  int drained = 0;
  int closed = 0;
};

}  // namespace laraman::net
