// Result<T>: how an expected failure travels. A function that can fail for reasons outside the program (the network,
// a file, bad input) returns Result<T>; a programming error aborts. Nothing here throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace laraman {

enum class ErrorCode {
  kInvalid,      // the input is malformed or out of range
  kNotFound,     // what was named does not exist
  kExists,       // what was to be made exists already (a port in use, a second server)
  kUnavailable,  // the other side is not there, or went away
  kLimit,        // a configured bound was reached
  kTimeout,      // the time allowed for it is over
  kSystem,       // a system call failed; `what` has the system's words
};

// What happened, to what, and what to do about it.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string what;     // "address already in use"
  std::string subject;  // "127.0.0.1:8000"; empty if there is none
  std::string hint;     // "stop the other server or choose --port"; empty if there is none

  // "127.0.0.1:8000: address already in use (stop the other server or choose --port)"
  std::string message() const;
};

// An error of the failed system call `call` on `subject`, from `error_number` (an errno value).
Error system_error(std::string_view call, std::string_view subject, int error_number);

// Either a value or an Error. Reading the one that is not there aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & noexcept { return std::get<0>(state_); }
  const T& value() const& noexcept { return std::get<0>(state_); }
  T&& value() && noexcept { return std::get<0>(std::move(state_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  Error& error() noexcept { return std::get<1>(state_); }
  const Error& error() const noexcept { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  Error& error() noexcept { return error_.value(); }
  const Error& error() const noexcept { return error_.value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace laraman
