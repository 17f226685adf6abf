// HandshakeRequest: what the gateway keeps of the request by which a connection began. All of it in one string: there
// are as many of these as connections, and most of their values are short or empty.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace laraman::gateway {

class HandshakeRequest {
 public:
  struct Values {
    std::string_view path{};
    std::string_view query{};  // without '?'
    std::string_view remote_address{};
    std::string_view forwarded_for{};  // X-Forwarded-For as received
    std::string_view real_ip{};        // X-Real-IP as received
  };

  HandshakeRequest() = default;
  explicit HandshakeRequest(const Values& values) {
    text_.reserve(values.path.size() + values.query.size() + values.remote_address.size() + values.real_ip.size() +
                  values.forwarded_for.size());
    add(0, values.path);
    add(1, values.query);
    add(2, values.remote_address);
    add(3, values.real_ip);
    text_.append(values.forwarded_for);
  }

  std::string_view path() const { return between(0, ends_[0]); }
  std::string_view query() const { return between(ends_[0], ends_[1]); }
  std::string_view remote_address() const { return between(ends_[1], ends_[2]); }
  std::string_view real_ip() const { return between(ends_[2], ends_[3]); }
  std::string_view forwarded_for() const { return between(ends_[3], text_.size()); }

 private:
  // A request line is a few kilobytes at most, an address some bytes: what is more than can be counted here is cut.
  void add(std::size_t index, std::string_view value) {
    text_.append(value.substr(0, UINT16_MAX - text_.size()));
    ends_[index] = static_cast<std::uint16_t>(text_.size());
  }
  std::string_view between(std::size_t begin, std::size_t end) const {
    return std::string_view(text_).substr(begin, end - begin);
  }

  std::string text_;
  std::array<std::uint16_t, 4> ends_{};  // of all values but the last
};

}  // namespace laraman::gateway
