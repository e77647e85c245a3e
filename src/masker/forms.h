// How a secret may look in a log: as it is, and as programs write it that encode, escape or quote what they print.
#pragma once

#include "base/secret.h"

#include <string_view>
#include <vector>

namespace open_cicd::masker {

// Without the line breaks at both ends, which a value from a file has and a command's argument has not.
std::string_view without_outer_breaks(std::string_view value);

// Best effort: what a program makes of a value in its own way, reversed or compressed, is not found. All are at least
// limits::value_bytes_min long, and different. `value` is at least so long without its outer line breaks.
//
//   as it is, with LF and with CRLF; each line of several
//   base64 of both alphabets: anywhere in what is encoded (of which the digits count that no neighbour has a part in);
//   alone and with a line break at its end, with and without padding, wrapped after 64 and 76 digits
//   hexadecimal, percent-encoded and as a form's field, each in both cases
//   within a text of JSON, of XML or HTML, and of a shell, as its trace and its printf %q show it
std::vector<WipedText> forms_of(std::string_view value);

}  // namespace open_cicd::masker
