// Headers: the fields of a message's head, in order, names compared without case. All text lies in one buffer, so that
// a head costs two allocations however many fields it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laraman::http {

class Headers {
 public:
  // Views are valid until the next change.
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  class Iterator {
   public:
    Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* headers_;
    std::size_t index_;
  };

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Field operator[](std::size_t index) const {
    const Entry& entry = entries_[index];
    return {view(entry.name, entry.name_size), view(entry.value, entry.value_size)};
  }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, entries_.size()}; }

  // The value of the first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name).has_value(); }
  // How many fields have that name.
  std::size_t count(std::string_view name) const;
  // Whether any field of that name has `token` in its comma-separated list, in any case.
  bool list_contains(std::string_view name, std::string_view token) const;

  void add(std::string_view name, std::string_view value);
  // Instead of all fields of that name; in the place of the first, if there is one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

 private:
  friend class Request;
  friend class RequestParser;

  struct Entry {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };

  std::string_view view(std::uint32_t begin, std::uint32_t size) const {
    return std::string_view(text_).substr(begin, size);
  }
  std::uint32_t store(std::string_view text);

  std::string text_;  // what the entries point into; may hold other text of the message too
  std::vector<Entry> entries_;
};

}  // namespace laraman::http
