// Text from outside as it may stand in a log and on a terminal. Pure.
#pragma once

#include <string>
#include <string_view>

namespace laraman {

// What could end the line, steer a terminal or turn the order of what is read becomes \xNN, byte by byte: control
// characters (C0, DEL, C1), line and paragraph separators, marks of direction, and what is not UTF-8. A line feed
// becomes \n. Everything else stays.
std::string escape_controls(std::string_view text);

// The same between quotation marks, with a backslash before those of the text and before its backslashes: one value
// of a "key=value" line.
std::string quote(std::string_view text);

}  // namespace laraman
