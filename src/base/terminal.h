// The developer's terminal: `laraman start` in the foreground, with a terminal to print to. The processes of the server
// learn of it by an environment variable, and print a line for each thing that happens there, in place of the log's
// form.
#pragma once

#include <string>
#include <string_view>

namespace laraman::terminal {

enum class Color { kNone, kGreen, kYellow, kRed, kCyan, kGray, kBold };

// From now on this process and those that it starts print to the developer's terminal, with colors unless NO_COLOR is
// set or the terminal has none. False, and they do not, if that is not `wanted`, or standard output or standard error
// is no terminal. Before any thread starts.
bool begin(bool wanted);

// Whether begin() was called, here or in a process above this one.
bool is_shown();

// `text` in that color, where there are colors.
std::string paint(std::string_view text, Color color);

// `text` of several lines without what could command a terminal: escape_controls(), but line ends and tabs stay.
std::string printable(std::string_view text);

// Prints a line to standard error, in one write.
void print(std::string line);

}  // namespace laraman::terminal
