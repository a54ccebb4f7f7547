// Small files written so that a reader never sees half of one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace urna::service {

// Replaces `file` with `bytes`: written beside it, flushed to the disk, renamed over it, and the
// folder flushed. After a crash the file holds the old bytes or the new ones. The folder must
// exist.
//
// `mode` is the permission of the new file, e.g. 0600 for a private key, whatever the umask.
// kNoSpace: the disk is full; kNotFound: no such folder; kInvalidArgument: what is there is a
// folder, a device or a pipe; kUnavailable: anything else. After a failure the old file stands and
// nothing is left beside it.
Result<void> write_file_atomically(const std::filesystem::path& file, std::string_view bytes,
                                   unsigned mode = 0644);

// Flushes a folder's entries to the disk, after a file in it was renamed; "" is the current one.
// kUnavailable.
Result<void> flush_folder(const std::filesystem::path& folder);

// Writes "host:port\n", for scripts that start a listener on port 0 and wait for this file.
Result<void> write_address_file(const std::filesystem::path& file, std::string_view address);

// The whole of a file. kNotFound; kTooLarge when it has more than `bytes_max`; kUnavailable when it
// is a folder or cannot be read.
Result<Bytes> read_file(const std::filesystem::path& file, std::size_t bytes_max);

}  // namespace urna::service
