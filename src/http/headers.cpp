#include "http/headers.h"

#include "http/syntax.h"

namespace laraman::http {

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name_size == name.size() && equals_ignoring_case(view(entry.name, entry.name_size), name)) {
      return view(entry.value, entry.value_size);
    }
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t count = 0;
  for (const Field field : *this) count += equals_ignoring_case(field.name, name) ? 1 : 0;
  return count;
}

bool Headers::list_contains(std::string_view name, std::string_view token) const {
  for (const Field field : *this) {
    if (equals_ignoring_case(field.name, name) && http::list_contains(field.value, token)) return true;
  }
  return false;
}

std::uint32_t Headers::store(std::string_view text) {
  const auto begin = static_cast<std::uint32_t>(text_.size());
  text_.append(text);
  return begin;
}

void Headers::add(std::string_view name, std::string_view value) {
  Entry entry{};
  entry.name = store(name);
  entry.name_size = static_cast<std::uint32_t>(name.size());
  entry.value = store(value);
  entry.value_size = static_cast<std::uint32_t>(value.size());
  entries_.push_back(entry);
}

void Headers::add_stored(std::string_view name, std::string_view value) {
  if (entries_.empty()) entries_.reserve(16);
  entries_.push_back({offset_of(name), static_cast<std::uint32_t>(name.size()), offset_of(value),
                      static_cast<std::uint32_t>(value.size())});
}

void Headers::set_value(std::size_t index, std::string_view value) {
  entries_[index].value = store(value);
  entries_[index].value_size = static_cast<std::uint32_t>(value.size());
}

void Headers::set(std::string_view name, std::string_view value) {
  bool found = false;
  for (std::size_t i = 0; i < entries_.size();) {
    if (!equals_ignoring_case((*this)[i].name, name)) {
      ++i;
    } else if (found) {
      remove_at(i);
    } else {
      found = true;
      set_value(i++, value);
    }
  }
  if (!found) add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(entries_,
                [&](const Entry& entry) { return equals_ignoring_case(view(entry.name, entry.name_size), name); });
}

}  // namespace laraman::http
