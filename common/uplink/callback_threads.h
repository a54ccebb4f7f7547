// Keeps gRPC's callback threads for the life of the process.
#pragma once

namespace urna::uplink {

// gRPC 1.51 ends its callback threads with the last channel or server that used them. When that
// last one is released by a callback, on one of those very threads, the thread joins itself, the
// join fails silently, and the queue it goes on reading is freed under it. So one channel, never
// connected, holds on to them for good. Call before the first client or server; cheap to call
// again.
void keep_callback_threads();

}  // namespace urna::uplink
