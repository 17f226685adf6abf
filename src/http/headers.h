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

  // ---- for RequestParser and Request: a head whose text is in the buffer already, fields and more
  const std::string& text() const { return text_; }
  std::string& text() { return text_; }
  std::string_view view(std::uint32_t begin, std::uint32_t size) const {
    return std::string_view(text_).substr(begin, size);
  }
  // Where a part of the text begins.
  std::uint32_t offset_of(std::string_view part) const {
    return static_cast<std::uint32_t>(part.data() - text_.data());
  }
  // Appends to the text; returns where it begins there.
  std::uint32_t store(std::string_view text);
  // Adds a field of which both are parts of the text.
  void add_stored(std::string_view name, std::string_view value);
  void set_value(std::size_t index, std::string_view value);
  void remove_at(std::size_t index) { entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index)); }

 private:
  struct Entry {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };

  std::string text_;  // what the entries point into; may hold other text of the message too
  std::vector<Entry> entries_;
};

}  // namespace laraman::http
