#include "common/uplink/send.h"

#include <grpcpp/grpcpp.h>

#include "common/uplink/channel.h"
#include "urna/v1/uplink.grpc.pb.h"

namespace urna::uplink {

namespace {

ErrorCode code_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED: return ErrorCode::kNotAuthorised;
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return ErrorCode::kTooLarge;
    default: return ErrorCode::kUnavailable;
  }
}

}  // namespace

Result<std::vector<v1::SignedReceipt>> send_batches(const Upstream& to,
                                                    const model::ElectionId& election,
                                                    const TlsIdentity& tls,
                                                    const std::vector<v1::SignedBatch>& batches,
                                                    std::chrono::milliseconds timeout) {
  const auto stub = v1::Uplink::NewStub(make_channel(to, election, tls));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  context.set_wait_for_ready(false);
  const auto stream = stub->Submit(&context);
  std::vector<v1::SignedReceipt> receipts;
  for (const v1::SignedBatch& batch : batches) {
    v1::SignedReceipt receipt;
    if (!stream->Write(batch) || !stream->Read(&receipt)) break;
    receipts.push_back(std::move(receipt));
  }
  if (receipts.size() == batches.size()) {
    stream->WritesDone();
    stream->Finish();
    return receipts;
  }
  const grpc::Status status = stream->Finish();
  return fail(code_of(status.error_code()),
              to.unit.str() + " at " + to.address + ": " +
                  (status.ok() ? "it ended the stream" : status.error_message()));
}

}  // namespace urna::uplink
