// Every limit of expressions, in one place. Going over one is an error that names it.
#pragma once

#include <cstddef>

namespace open_cicd::expressions::limits {

inline constexpr std::size_t text_bytes_max = 8 << 10;             // of one expression
inline constexpr std::size_t template_bytes_max = 64 << 10;        // of a text with expressions in it
inline constexpr std::size_t depth_max = 64;                       // of brackets, and of the tree
inline constexpr std::size_t pattern_bytes_max = 1 << 10;          // of a regular expression
inline constexpr std::size_t pattern_memory_bytes_max = 64 << 10;  // of a compiled one, its automaton included
inline constexpr std::size_t pattern_classes_max = 8;  // of Unicode in one, as \pL: each takes a millisecond
inline constexpr std::size_t patterns_kept_max = 64;   // compiled, for those who use the same again

// Of one evaluation. An operation is a node of the tree, or work_per_operation bytes of data that a comparison or a
// function reads or writes.
inline constexpr std::size_t operations_max = 10'000;
inline constexpr std::size_t work_per_operation = 256;
// To compile a regular expression: for itself, for each class of Unicode, and one for so many instructions.
inline constexpr std::size_t pattern_operations = 100;
inline constexpr std::size_t pattern_class_operations = 400;
inline constexpr std::size_t instructions_per_operation = 2;
inline constexpr std::size_t parsing_work = 8;  // to read a byte of JSON is so much more than to read a byte
// A search reads its text once, and once more for each so many instructions of the pattern: at worst it looks at all of
// them for each byte.
inline constexpr std::size_t instructions_per_reading = 8;
inline constexpr std::size_t result_bytes_max = 64 << 10;

}  // namespace open_cicd::expressions::limits
