// OutputQueue: what a socket still has to send: bytes of its own, shared bytes, ranges of files, in order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/byte_sink.h"
#include "net/shared_bytes.h"

namespace laraman::net {

class OutputQueue {
 public:
  void append(std::string_view bytes);
  // Holds a reference; few bytes are copied, which costs less than to keep them apart.
  void append(const SharedBytes& bytes);
  void append_file(std::shared_ptr<const UniqueFd> file, std::uint64_t offset, std::uint64_t length);

  // Bytes not sent yet, files included.
  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();

  // Sends as much as the socket `fd` takes now. True if all is sent, false if the socket is full.
  Result<bool> send_to(int fd);
  // The same through `sink`, in pieces of up to 16 KiB; files are read for it.
  Result<bool> send_to(ByteSink& sink);
  // Moves the next bytes into `buffer`, reading files for it. Gives how many; fewer than would fit, too, but 0 only of
  // an empty queue.
  Result<std::size_t> take(std::span<char> buffer);

 private:
  // A range of own_, of `shared`, or of `file`.
  struct Segment {
    SharedBytes shared;
    std::shared_ptr<const UniqueFd> file;
    std::uint64_t begin;
    std::uint64_t end;
  };

  bool own(const Segment& segment) const { return !segment.shared && !segment.file; }
  // The next bytes: copied together into `chunk`, or where they are if they fill it.
  Result<std::string_view> next_chunk(std::span<char> chunk) const;
  void consume(std::uint64_t bytes);
  void compact();

  std::string own_;
  std::vector<Segment> segments_;
  std::size_t first_ = 0;  // index of the first segment with something left
  std::uint64_t size_ = 0;
};

}  // namespace laraman::net
