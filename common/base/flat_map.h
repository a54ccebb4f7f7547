// Hash tables for what every record looks up. std::unordered_map keeps each element in an
// allocation of its own, so a look-up waits for memory twice and an insertion allocates; these keep
// elements side by side (docs/decisions/0014).
//
// Their order changes from run to run: nothing may depend on it. A FlatMap's elements move when it
// grows; a NodeMap's stay where they are.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/node_hash_map.h>

#include <functional>

namespace urna {

template <class Key, class Value>
using FlatMap = absl::flat_hash_map<Key, Value, std::hash<Key>>;
template <class Key>
using FlatSet = absl::flat_hash_set<Key, std::hash<Key>>;
template <class Key, class Value>
using NodeMap = absl::node_hash_map<Key, Value, std::hash<Key>>;

}  // namespace urna
